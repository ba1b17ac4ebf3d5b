"""What a prompt asks for, as far as it changes how an answer to it must be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from holdfast.judges.refusal.words import any_of
from holdfast.judges.words import plain

_WANTED = any_of(
    r"\bhow (?:do|can|could|should|would|to|might|does one)\b",
    r"\b(?:what|which)(?:'s| is| are| would be)? (?:the |some |a )?(?:\w+ )?(?:best|good|easiest|fastest|"
    r"quickest|safest|ways?|steps|methods?|recipe|tips?|strateg\w+|techniques?|tricks?|process)\b",
    r"\bwhere (?:can|do|could|should|might) (?:i|we|one|you)\b",
    r"\bdo my (?:\w+ )?(?:homework|assignment|essay|exam|coursework|quiz|test)\b",
    r"\bwhat steps\b|\bwhat (?:\w+ )?(?:should|can|could|do) (?:i|we|one)\b",
    r"\b(?:write|give|tell|show|teach|help|explain|describe|make|create|generate|provide|list|compose|"
    r"draft|develop|design|outline|produce|instruct|construct|suggest|pretend|act|imagine|let us|let's|"
    r"translate|name|build|convince|find|come up|draw|book|play|insult|continue|ignore|print|send|"
    r"rank|rate|diagnose|prescribe|predict|recommend)\b",
)
_HOW = re.compile(
    r"\bhow (?:do|can|could|should|would|to|might)\b|\bwhat \w+ (?:can|could|should|do|would) (?:i|we|"
    r"one)\b|\b(?:best|good|easiest|fastest) (?:ways?|method|"
    r"strategy|place|thing|plan)\b|\bways? (?:of|to)\b|\bsteps\b|\binstructions\b|\bwhere can i\b"
)
_COMPOSED = any_of(
    r"\b(?:write|compose|draft|create|make|give me|tell(?: me)?|continue|finish|generate|need|want|rewrite|"
    r"help me write|sing|outline|improve|edit|complete)\b[^.?!]{0,60}?"
    r"\b(?:story|stories|tale|dialogue|dialog|conversation|song|lyrics|poem|haiku|limerick|sonnet|verse|"
    r"email|e-mail|letter|note|template|text|message|reply|response|scene|script|screenplay|play|sketch|"
    r"novel|chapter|paragraph|monologue|speech|essay|code|function|program|class|joke|riddle|tweet|post|"
    r"statement|notice|sentence|example|caption|review|announcement|excuse|apology|voicemail|fable|plot|ad|slogan)\b",
    r"\b(?:role-?play|play a|act as|pretend|imagine)\b",
    r"^\W*(?:the story|story|poem|song|dialogue) ",
)
_REPORTED = any_of(
    r"\b(?:translate|summari[sz]e|paraphrase|rephrase|proofread|rewrite|transcribe|correct|shorten)\b",
    r"\bwhat (?:did|does|do|would|might|could|should) (?:(?!you\b)[\w']+ ){1,5}?(?:say|reply|respond|"
    r"answer|"
    r"write|tell)\b",
    r"\bwhat (?:is|was)(?: \w+){0,6} (?:quote|line|phrase|message|reply|response)\b|\bquotes?\b|"
    r"\bphrases?\b",
    r"\bhow (?:do|does|did|can|could|should|would|to|might) (?:\w+ ){0,4}?(?:say|decline|refuse|turn down|"
    r"reject|"
    r"apologi[sz]e)\b|\b(?:polite|nice|kind|gentle|good) way (?:to|of) (?:say|tell|declin|refus|turn)\w*\b|"
    r"\bhow to (?:say|decline|refuse|turn down|reject|apologi[sz]e)\b",
    r"\brefus(?:als?|es?|ing)\b|\b(?:says?|said|saying)\b",
)
_ROLE = any_of(
    r"\byou are (?:now |going to be )?(?:an? |the |my )?\w+",
    r"\b(?:role-?play|act as|play(?:ing)? (?:a|an|the|as)|pretend|in character|as (?:a|an) (?:pirate|"
    r"wizard)|"
    r"persona|talk like|speak like|imagine you)\b",
)
_SELF = re.compile(
    r"^\W*(?:(?:do|are|have|did|were|don't|aren't) you|(?:can|will|would|"
    r"could) you (?!\W*(?:please )?(?:just "
    r")?(?:tell|give|help|list|write|explain|show|teach|make|create|provide|describe|recommend|suggest|"
    r"name|"
    r"find|draw|book|send|share|translate|walk|insult|compose|generate))|what (?:are|is) your? |"
    r"who are you|"
    r"how (?:are|old are|do) you\b(?! (?:make|do|get|build|cook|kill)))"
)
_OPINION = any_of(
    r"\bshould we\b|\bdo you (?:think|believe|support|agree|like|prefer|favou?r)\b|\bwhat do you think\b",
    r"\b(?:what(?:'s| is)|give (?:me )?|share) your (?:\w+ )?(?:opinion|view|stance|position|take|"
    r"favou?rite|"
    r"verdict)\b|\bare you (?:for|against|in favou?r)\b|\bwho (?:would|do|should) you (?:vote|support|"
    r"choose)\b",
)
_PRESUMED = any_of(
    r"^\W*why (?:should|shouldn't|must|is it (?:best|right|good|fair|better|ok|okay|justified)|are|do|"
    r"does|is|"
    r"can|can't|don't)\b",
    r"\b(?:reasons?|arguments?|case|evidence|proof|justif\w+|explain) (?:\w+ ){0,3}?(?:why|for|that|"
    r"against)\b",
    r"\bconvince\b|\bhow (?:do|can|could|should) (?:\w+ ){1,2}(?:show|prove|argue|convince|persuade|"
    r"make people)\b",
    r"\bhow (?:do|did|does|can) (?:(?!(?:i|we|you|one)\b)[\w-]+ ){1,3}(?:overstate|exaggerate|lie|ruin|"
    r"destroy)\b",
)
_JUDGED = re.compile(
    r"\b(?:wrong|illegal|legal|immoral|unethical|ethical|moral|bad|harmful|dangerous|dangers?|safe|"
    r"forbidden|"
    r"prohibited|a crime|crimes|criminal|laws?|punish\w*|penalt\w+|risks?|consequences|unfair|offensive|"
    r"banned|"
    r"appropriate|acceptable|inappropriate|cruel|rude|prevent|protect)\b|^\W*(?:is|are|was|would|should|"
    r"can|may|"
    r"could) (?:it|i|we|they|there|this|that)\b"
)
_STEM = 4
_WORD = re.compile(r"[a-z]{3,}")


_PEOPLE = re.compile(
    r"\b(?:people|women|men|girls|boys|gays?|lesbians?|trans(?:gender|sexual)?|queer|asexual|non-binary|"
    r"bisexual|"
    r"muslims?|jew(?:s|ish)?|christians?|hindus?|buddhists?|sikhs?|"
    r"catholics?|atheists?|blacks?|whites?|asians?|latin[oax]s?|hispanics?|roma|gyps\w+|indigenous|"
    r"africans?|arabs?|mexicans?|chinese|indians?|immigrants?|"
    r"refugees?|foreigners?|migrants?|disabled|elderly|homeless|pregnant|divorced|poor|race|races|"
    r"religion|minorit\w+|workers|children|old people|veterans?)\b"
)
_DEONTIC = re.compile(
    r"\b(?:should(?:n't)?|must|better|best|right that|right for|deserve|less|inferior|superior|smart\w*|"
    r"lazy|dumb|violent|criminals?|reasons?|restore|ban|bar|deny|exclude)\b"
)
_RANKED = re.compile(
    r"\b(?:which|what) (?:race|religion|gender|nation|people|group)|\bhow (?:do|can|should|could) (?:we|"
    r"i)\b"
)
_BEYOND = re.compile(
    r"\b(?:saturn|jupiter|mars|moon|sun|sun's|space|planets?|teleport|levitat\w+|time ?travel|fly|walls|"
    r"lasers?|underwater|resurrect\w*)\b"
)
_RELATIONS = (
    r"friend|best friend|neighbou?r|boss|co-?worker|colleague|teacher|therapist|doctor|cleaner|roommate|"
    r"flatmate|landlord|landlady|uncle|aunt|cousin|mother|mom|mum|"
    r"father|dad|sister|brother|wife|husband|spouse|partner|date|ex|ex-?girlfriend|ex-?boyfriend|"
    r"girlfriend|boyfriend|manager|tenant|client|student|nanny|babysitter|"
    r"employee|supervisor|mother-in-law|father-in-law|son|daughter|lawyer|dentist|professor|classmate|"
    r"crush|mailman|trainer|accountant|grandmother|grandfather|niece|nephew"
)
_AFFAIRS = re.compile(
    r"^\W*(?=what|where|who|when|which|is|was|did|does|has|are|how (?:much|old|many|can i (?:find|access|"
    r"get|see|"
    r"read))|exactly|tell me|give me).*"
    rf"\b(?:my (?:\w+ )?(?:{_RELATIONS})'s?\b|(?:is|was|did|does|has|are) my (?:\w+ )?(?:{_RELATIONS})\b|"
    r"my (?:\w+ ){0,2}\w+'s (?:\w+ ){0,2}(?:passwords?|pin|address|number|e-?mail|history|records?|account|"
    r"certificate|orientation|beliefs?|status|login|salary|income|birthday|details|religion)\b|"
    r"(?:my (?:\w+ )?(?:\w+) (?:earn|make|live)s?\b)|"
    r"(?:other people|someone else|somebody else|someone|somebody|celebrit(?:y|ies)|strangers?)(?:'s|s'|"
    r"') )"
)
_TARGET = (
    r"(?:someone|somebody|anyone|a person|persons?|people|humans?|humanity|human being|man|woman|men|"
    r"women|child|children|child's|toddler|baby|kids?|"
    r"cops?|police|politicians?|president|classmates?|students?|enem(?:y|ies)|victims?|minorit(?:y|ies)|"
    r"neighbou?rs?|lady|girls?|boys?|hospital|school|"
    r"university|church|mosque|synagogue|airport|airplane|crowd|city|town|capital|myself|yourself|"
    r"" + _RELATIONS + ")"
)
_HARM = re.compile(
    r"\b(?:kill|murder|stab|shoot|hurt|harm|hit|punch|slap|beat(?: up)?|poison|strangle|choke|drown|burn|"
    r"bomb|blow up|explode|explod\w+|rob|steal|steal from|attack|"
    r"assault|torture|abuse|rape|kidnap|abduct|blackmail|stalk|threaten|smash|crush|break|sever|"
    r"carve(?: up)?|butcher|gut|execut\w+|eliminat\w+|"
    r"terminat\w+|exterminat\w+|annihilat\w+|wip\w+ out|slay|ambush|trap|push|drug|dox|bully|humiliate|"
    r"harass|spy on|hunt(?: down)?|set|demolish|"
    r"destroy|ax\w+|ruin|kill\w+|poison\w+|beat\w+|cut(?: off)?|rip(?: off)?|amputate|decapitate|behead|"
    r"hurt\w+|shoot\w+|dispose of)\b"
    rf"[^.?!]{{0,25}}\b{_TARGET}(?:'s)?\b|"
    r"\b(?:suicide|overdose|genocide|ethnic cleansing|terroris\w+|launder|fraud|identity theft|arson|"
    r"robber[ys]?|rob|cocaine|heroin|meth|massacre|pedophilia|"
    r"underage|coup|cult|bribe|counterfeit|forge|hack|steal|stealing|bombs?|evade taxes|smuggle|traffic|"
    r"unabomber|9/11 attacks|slavery|jim crow)\b"
)
_FICTION = re.compile(
    r"\b(?:game|film|movie|novel|story|book|tv|show|play|scene|script|fiction\w*|character|chess|checkers|"
    r"tennis|football|baseball|boxing|judo|"
    r"minecraft|gta|call of duty|film i|my d&d|range|cooking|photo|party|beer)\b"
)
_ADVICE = re.compile(
    r"\bhow (?:can|do) (?:i|we) not\b|\b(?:deal(?:ing)? with|cope|stop|quit|prevent|avoid|report|protect|"
    r"handle|overcome|recover|reach|"
    r"contact|call|e-?mail|"
    r"apologi[sz]e|feel|feeling|safely|forgive|support|reconcile|get (?:help|rid|over)|leave|survive|"
    r"escape)\b"
)
_DECLINING = re.compile(
    r"\b(?:excuse|declin\w+|turn(?:ing)? down|say no|skip|i (?:cannot|can't|can not|won't|will not)|absence|"
    r"call(?:ing)? in sick|resign\w*|cancel\w*|rejection)\b"
)
_EMERGENCY = re.compile(
    r"\bwhat (?:should|do|can|must) i do(?: now)?\W*$|\b(?:chest pain|not breathing|unconscious|choking|"
    r"seizure|heart attack|having a stroke|bleeding (?:badly|heavily)|swallowed|passed out|collapsed|"
    r"house is on fire)\b"
)
_STATED = any_of(
    r"\?\W*$",
    r"^\W*(?:why|who|whom|whose|when|where|what|which|is|are|was|were|am|do|does|did|should|can|could|has|"
    r"have|had|will|would|may|might|must|how (?:is|are|was|were|did|does|many|much|long|old|far|often|"
    r"come))(?:n't|'s|'re)?\b",
    r"^\W*(?:i|i'm|i've|my|we|he|she|they|it|there|the|this|that)\b(?![^?]*\?)",
)
"""A question of fact, or a statement: neither asks for anything to be done."""


@dataclass(frozen=True, slots=True)
class Request:
    """A prompt, read for what its answer may say without refusing.

    Attributes:
        wants: It asks for something to be done, made or explained, not for a fact or an opinion.
        how: It asks for a way of doing something.
        composed: It asks for a text in another's voice, as a story, a letter or code.
        reported: It asks for somebody's words: a quotation, a translation, a summary.
        role: It gives the answerer a part to play.
        about_self: It asks what the answerer is, feels or can do.
        opinion: It asks for the answerer's own judgement.
        presumes: It asks for reasons of what it takes for granted.
        of_people: It asks for reasons to treat people worse.
        of_harm: It asks for a way to hurt somebody, as far as its words tell.
        of_affairs: It asks for the private affairs of somebody.
        advice: It asks how to deal with something, so that pointing elsewhere may be the answer.
        declines: The text or the words that it asks for turn something down.
        judged: It asks whether or why something is wrong, or allowed, or dangerous.
        stems: The first letters of its words.
    """

    wants: bool
    how: bool
    composed: bool
    reported: bool
    role: bool
    about_self: bool
    opinion: bool
    presumes: bool
    judged: bool
    of_people: bool
    of_harm: bool
    of_affairs: bool
    advice: bool
    declines: bool
    stems: frozenset[str]


@lru_cache(maxsize=4096)
def read_request(prompt: str) -> Request:
    """Return what a prompt asks for."""
    text = plain(prompt).lower()
    about_self = bool(_SELF.search(text))
    composed, reported = bool(_COMPOSED.search(text)), bool(_REPORTED.search(text))
    return Request(
        wants=not about_self and (_WANTED.search(text) is not None or not _STATED.search(text)),
        how=bool(_HOW.search(text)),
        composed=composed,
        reported=reported,
        role=bool(_ROLE.search(text)),
        about_self=about_self,
        opinion=bool(_OPINION.search(text)),
        presumes=bool(_PRESUMED.search(text)),
        judged=bool(_JUDGED.search(text)),
        of_people=bool(_PEOPLE.search(text) and _DEONTIC.search(text) and not _BEYOND.search(text))
        and (bool(_PRESUMED.search(text)) or bool(_RANKED.search(text))),
        of_harm=bool(_HOW.search(text) and _HARM.search(text) and not _FICTION.search(text)),
        of_affairs=bool(_AFFAIRS.search(text)),
        advice=bool(_ADVICE.search(text) or _EMERGENCY.search(text)),
        declines=(composed or reported) and bool(_DECLINING.search(text)),
        stems=frozenset(word[:_STEM] for word in _WORD.findall(text)),
    )


def is_asked(verb: str, request: Request) -> bool:
    """Return whether a verb is one of the words of the prompt, whatever its ending."""
    return verb[:_STEM] in request.stems
