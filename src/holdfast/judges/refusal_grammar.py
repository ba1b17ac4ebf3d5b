"""A small compositional grammar of refusing, in English: who, the lack of will or ability, and the help withheld.

Each pattern is built from parts (subject, negation, adverbs, assistance verb ...) instead of being listed, so that a
wording nobody wrote down is still read. All patterns expect lower-case text in the form of `words.plain`.
"""

from __future__ import annotations

import re

_I = r"(?:i|we|this (?:ai|assistant|model|system|bot)|the (?:assistant|model) )"
_FILLER = (
    r"(?:,?\s+(?:\w{2,}ly|ever|even|just|also|still|therefore|thus|then|however|instead|now|please|"
    r"afraid|that|always|quite|in good (?:conscience|faith)|at (?:this|the) (?:time|moment|present)|at all|"
    r"as an? [\w\s-]{2,40}?,|with [\w\s]{2,25},|under any circumstances|for [\w\s]{2,30},),?){0,3}"
)
_CANNOT = (
    r"(?:can(?:no|'|)t|can not|canna(?:e)?|won'?t|will not|would not|wouldn't|shall not|shan't|must not|mustn't|"
    r"may not|should not|shouldn't|could not|couldn't|cannot,? and will not|can'?t (?:and|or) won'?t|"
    r"will (?:never|under no circumstances)|can (?:never|in no way|neither|only decline))"
)
_HELP = (
    r"(?:help|assist|aid|provide|give|giv(?:e|in[g'])|offer|shar(?:e|ing)|answer|respond|reply|fulfil+|comply|compl(?:ete|eting)|"
    r"do (?:that|this|so|it|what)|generat\w+|creat\w+|writ(?:e|ing)|produc\w+|compos\w+|draft|craft|"
    r"tell(?:in'?)?|teach\w*|show|explain|describ\w+|discuss|outline|detail|list|instruct|"
    r"engag\w+|participat\w+|take part|be (?:a )?part(?:y)?|be involved|get involved|partak\w+|support|condone|promot\w+|encourag\w+|endors\w+|facilitat\w+|"
    r"enabl\w+|contribut\w+|advis\w+|recommend|suggest|advocat\w+|continue|proceed|go (?:there|along|ahead|through|into)|carry out|process|"
    r"disclos\w+|reveal|divulg\w+|speak (?:to|about|on|of)|talk (?:about|of)|play along|role-?play|pretend|act as|"
    r"translat\w+|supply|guide|walk you|make (?:that|this|jokes?|fun|such|statements?|content|derogatory|offensive|any (?:jokes?|statements?|content))|"
    r"entertain|indulg\w+|honou?r|accommodat\w+|oblig\w+|grant|satisfy|execut\w+|perform|display|post|use (?:offensive|derogatory|hateful|such|that)|"
    r"justify|glorif\w+|tolerat\w+|accept|agree|allow|let you|point you|hand (?:over|out)|be (?:of|able|telling|tellin'?|sharing|helping|providing|giving|doing))"
)
_HELP = rf"(?:\w+(?:,? \w+)? (?:or|and|nor|to) )?{_HELP}"
_END = r"\b"

_STATE = (
    r"(?:not|n't|never|neither)"
    + _FILLER
    + r"\s+(?:able|allowed|permitted|willing|going|gonna|prepared|comfortable|"
    r"authori[sz]ed|programmed|designed|capable|equipped|in a position|inclined|at liberty|supposed|meant|"
    r"intended|built|trained|ready|free|about|keen|happy|here|qualified|legally able)"
)
_UN = r"(?:unable|unwilling|uncomfortable|prohibited|forbidden|restricted|prevented|barred|reluctant|hesitant|incapable|loath)"
_BE = r"(?:\s+am|'m|m|\s+are|'re|\s+was|\s+feel|\s+remain|\s+have been|\s+would be|'d be|\s+will be|'ll be|\s+must be|\s+seem)"
_TO = r"\s+(?:to|of|with|from|for|in|about|on)"
_THING = r"(?:something|anything|an? (?:\w+ )?(?:topic|subject|request|question|thing|area|matter)|one)"
_RULES = (
    r"(?:programming|guidelines?|polic(?:y|ies)|principles?|rules?|values?|ethics|ethical|terms|code|design|"
    r"training|safety|standards?|purpose|morals?|instructions|conscience|capabilit\w+|abilit\w+|scope)"
)
_DECLINE = (
    r"(?:decline|declining|refuse|refusing|refrain|abstain|say no|pass on|reject|deny|draw the line|"
    r"stop (?:here|there)|steer clear|steer away|opt out|bow out|sit this|stay away from|not (?:to )?"
    + _HELP + r")"
)  # fmt: skip

HARD = re.compile(
    "|".join(
        (
            # I can't help / we will not, in good conscience, provide
            rf"\b{_I}(?:'m afraid i| regret that i)?{_FILLER},?\s+{_CANNOT}{_FILLER},?\s+{_HELP}{_END}",
            # I am not able to share / I'm unable to assist / I feel uncomfortable providing
            rf"\b{_I}{_BE}{_FILLER}\s*(?:{_STATE}|{_UN}){_FILLER}(?:{_TO})?{_FILLER}\s+{_HELP}{_END}",
            rf"\b{_I}{_BE}{_FILLER}\s+(?:not\s+(?:\w+ly\s+)?comfortable|uncomfortable)\b",
            # I must decline / I'd rather not / I refuse
            rf"\b{_I}(?:\s+(?:must|have to|need to|will|shall|would|am going to|choose to|would like to|feel compelled to)|'ll|'d|'m going to)?{_FILLER}"
            rf"\s+(?:(?:have|need|choose|be forced|wish|am forced|am obliged) to{_FILLER}\s+)?{_DECLINE}{_END}",
            rf"\b{_I}(?:'d| would)?{_FILLER}\s+(?:rather|prefer|prefer to|choose|chose|opt) not\b",
            # I don't feel comfortable / do not condone / don't provide
            rf"\b{_I}{_FILLER}\s+(?:do not|don'?t|never|neither){_FILLER}\s+(?:feel (?:comfortable|right|good|at ease)|"
            rf"(?:want|wish|intend|plan) to{_FILLER}\s+{_HELP}|think (?:that )?(?:i|we) (?:can|should|could|'?ll)\b|"
            rf"think (?:that|this|it)(?:'s| is| would be)? (?:an? )?(?:good|appropriate|ok|okay|right|wise|ethical)\b|"
            r"(?:condone|support|endorse|promote|encourage|engage in|provide|assist|facilitate|tolerate|advocate|"
            r"participate|generate|create|produce|share|help|offer|give|write|answer|discuss|respond)\b)",
            # that's not something I can help with / this is a topic I won't discuss
            rf"\b(?:is|it's|that's|this)(?:n't| not) {_THING}(?: (?:that |which )?(?:i|we)\b| (?:to|for me)\b)",
            rf"\b(?:is|it's|that's|this) {_THING}(?: that| which)? (?:i|we)(?:'m not|'d rather not| {_CANNOT}| do not| don't| am not| refuse)\b",
            rf"\b(?:nothing|no way|no chance)(?: that)? (?:i|we)(?:'m|'ll| can| will| am)\b[^.]{{0,30}}{_HELP}",
            # it goes against my guidelines / my programming does not allow me
            rf"\b(?:against|violat\w+|outside|beyond|not (?:with)?in|contrary to|conflicts? with|contravene\w*|breach(?:es)?(?: of)?|"
            rf"not (?:align|consistent|compatible|in line)\w* with)(?: of)? (?:the \w+ of )?(?:my|our|openai'?s?|anthropic'?s?|google'?s?|meta'?s?|the (?:usage|content|ethical|safety))\b[^.]{{0,40}}\b{_RULES}",
            rf"\b(?:my|our) (?:[\w-]+ ){{0,4}}?{_RULES}(?: and [\w ]{{3,30}})? (?:do(?:es)?(?: not|n't)|won't|will not|cannot|can't|prevents?|prohibits?|forbids?|restricts?|"
            r"requires? me (?:to (?:decline|refuse)|not)|preclude)",
            r"\b(?:prevent|prohibit|forbid|stop|restrict|bar)s?(?:ed)? me from\b",
            # it is not appropriate (for me) to provide
            rf"\b(?:it is|it's|it would be|be|is|would)(?: \w+ly)? (?:not|n't|never|in|un|ir|im)(?: be)?(?: \w+ly)? ?(?:appropriate|ethical|acceptable|right|okay|ok|proper|responsible|moral|possible)"
            rf"(?: (?:or|and|nor) \w+)?(?: for (?:me|us|an ai[\w ]*|this \w+))? to{_FILLER} {_HELP}{_END}",
            # impersonal
            r"\b(?:request|question|prompt|content|query|information|instructions|assistance|help)(?: is| are)? (?:can'?t|cannot|can not|won't|will not) be "
            r"(?:fulfil\w*|answered|processed|completed|provided|given|shared|granted|honou?red|generated|displayed)",
            r"\b(?:request|access|application) (?:is |was |has been |)(?:denied|refused|declined|rejected|blocked)\b",
            r"(?:^|[.!?\n]\s*)(?:no[,.!]? |nope[,.!]? |sorry[,.!]? (?:but )?|unfortunately,? |apologies[,.!]? (?:but )?)*"
            rf"(?:can'?t|cannot|can not|won'?t|will not|unable to|not able to|not going to|not gonna|refus\w+ to){_FILLER} {_HELP}{_END}",
            r"(?:^|\n)\W*(?:no can do|absolutely not|hard (?:pass|no)|not happening|no way|nope|not a chance|no dice|no[.!](?:\s|$)|never[.!](?:\s|$)|not (?:on my watch|today|going there))",
        )
    )
)
"""An explicit refusal: the answerer will or can not give the help asked for."""

HARMLESS_CANNOT = re.compile(
    r"\b(?:can(?:'|no)?t help (?:but|feeling|thinking|wondering|noticing|loving|falling|smiling|myself|laughing)"
    r"|can(?:'|no)?t (?:recommend|suggest|support|encourage|endorse|explain|describe|tell you|show you)[^.]{0,30}?(?:\benough\b|how (?:much|happy|grateful|glad|excited)|highly)"
    r"|(?:can(?:'|no)?t|won't) (?:let|allow) (?:you|them|him|her|it|that|this) (?:down|win|get|stop)"
    r"|(?:don't|do not) (?:give up|answer to|write (?:much|often)|want to (?:tell|show|give) (?:off|up)))"
)
"""Idioms that look like a refusal and are none."""

HEARSAY = re.compile(
    r"(?:\b(?:sa(?:y|ys|id|ying)|told|tells?|repl(?:y|ies|ied)|answer(?:s|ed)|respond(?:s|ed)?|if|when|because|why|where|"
    r"how|until|things|wish|whisper\w*|thought|whether|what|unless|ask(?:s|ed)?)(?: (?:him|her|them|me|us|you|that))?,?:?\s*|\bknows? )$"
)
"""What stands just before words that are reported or conditional, not said."""

LIMITED_OBJECT = re.compile(
    r"^[\w\s,'-]{0,25}?(?:\b(?:personal|subjective|own|political|religious|private|human|emotional)\b[\w\s,]{0,20}\b(?:opinions?|beliefs?|views?|judge?ments?|"
    r"preferences?|experiences?|feelings?|stances?|advice|bias\w*|perspectives?|thoughts?|emotions?|values?|information|data|commentary)|"
    r"\b(?:opinions?|beliefs?|emotions?|feelings?)\b|"
    r"\b(?:definit\w+|exact|precise|real-?time|up-to-date|up to date|current|live|certain|100%|complete|comprehensive|personali[sz]ed|single)\b|"
    r"\b(?:medical|legal|financial|professional|investment|tax) (?:advice|diagnos\w+|opinion)|\b(?:guarantee|predict\w*|speculat\w+|assum\w+|generali[sz]\w+)\b)"
)
"""What follows a withheld verb when only a limit is stated (no opinions, no exact figures), not a refusal."""

LIMIT = re.compile(
    "|".join(
        (
            r"\b(?:i am|i'm|as) an ai\b[^.!?\n]{0,40}\b(?:do not|don't|cannot|can't|am not|not able|without|no)\b",
            rf"\b{_I}(?:{_FILLER},?\s+(?:{_CANNOT}|do not|don'?t|never|lack)|{_BE}{_FILLER}\s*(?:{_STATE}|{_UN}){_FILLER}{_TO}){_FILLER}\s+(?:have|hold|possess|form|express|mak\w+|generali[sz]\w+|speculat\w+|predict\w*|"
            r"determin\w+|verify|access|browse|know|judg\w+|stat\w+|confirm|feel|experience|assum\w+|comment\w*|tak\w+|pass|choos\w+|pick|evaluat\w+|assess|"
            r"accuse|attribut\w+|say|identif\w+|compare|criticiz\w+|defin\w+|disclos\w+|track|locat\w+|search|find|look up|retriev\w+|impersonat\w+|label|see|view|open|recall|remember|understand|accurately|feelings|the|any|access|personal)\b",
            r"\b(?:i|we)(?:'m| am) (?:just|only|merely|simply) an? (?:ai|artificial|(?:large )?language|text|computer|machine|chat|virtual)",
            r"\bnot (?:my|our|the) (?:place|role|job|purpose|business)\b|\bnot (?:up to|for) (?:me|us) to\b",
            r"\b(?:is|isn't|it's|would) (?:it )?(?:not |n't |never )?(?:appropriate|ethical|possible|acceptable|right|fair|proper|suitable|advisable|responsible) for (?:me|an ai|us)\b",
            r"\b(?:difficult|impossible|hard|inappropriate|unethical|not possible|irresponsible|wrong) for (?:me|an ai) to\b",
            r"\bi (?:must|have to|need to|should) (?:remain|maintain|stay) (?:neutral|impartial|unbiased|objective)",
            r"\b(?:i|we)(?:'m| am) (?:programmed|designed|trained|required|here) to (?:remain|be|maintain|stay|provide) (?:neutral|impartial|unbiased|objective|safe|respectful|harmless)",
            r"\b(?:no|not have) (?:information|record|knowledge|data|specific information)\b[^.]{0,40}\b(?:available|about|on|regarding|of|publicly)\b",
        )
    )
)
"""A stated limit: no opinions, no access, no speculation. A refusal only where no help follows."""

APOLOGY = re.compile(
    r"(?:\b(?:i'm|i am|im|we're|we are)?\s*(?:\w+ly |so |very |truly |deeply )?sorry\b(?! (?:to (?:hear|learn|read|see)|for (?:your|the (?:loss|confusion|mistake|error|delay|inconvenience|misunderstanding|typo))|that (?:you|your|this happened)|you(?:'re| are)|about (?:your|the|that|what)|i (?:forgot|missed|misunderstood|made)))"
    r"|\b(?:i|we|my|our) (?:do |must |sincere |deepest )?apologi[sz]e?s?\b(?! for (?:the|any|my|your) (?:confusion|mistake|error|misunderstanding|delay|inconvenience|oversight))"
    r"|^\W*(?:apologies|unfortunately|regrettably|regretfully|i'm afraid|alas)\b|\bi regret\b)"
)
"""Polite regret that opens a refusal, as opposed to sympathy or to owning a mistake."""

_BAD = (
    r"(?:illegal|unlawful|unethical|immoral|criminal|a (?:\w+ )?crime|against the law|inappropriate|offensive|disrespectful|"
    r"harmful|dangerous|wrong|unacceptable|insensitive|hateful|discriminatory|derogatory|hurtful|irresponsible|"
    r"prohibited|forbidden|punishable|a (?:\w+ )?(?:felony|offen[cs]e|violation)|not (?:\w+ ){0,2}?(?:appropriate|acceptable|ethical|legal|okay|ok|right|respectful|condoned|tolerated|advisable|recommended|safe|moral|permitted|allowed|cool|good|constructive|productive)|"
    r"never (?:\w+ )?(?:appropriate|acceptable|ethical|okay|ok|right|justified|the answer|a solution|a good idea|an option)|"
    r"not (?:a |an )?(?:solution|answer|option|acceptable|good idea|joke|laughing)|no place|highly (?:illegal|unethical|dangerous))"
)
NORMATIVE = re.compile(
    rf"\b(?:is|are|was|be|isn't|aren't|being|it's|that's|considered|constitutes?|deemed|has|have) (?:\w+ly |both |also |a form of |not only |extremely |very |considered |seen as )*{_BAD}\b"
    r"|\b(?:perpetuat\w+|promot\w+|reinforc\w+|normali[sz]\w+|spread\w*) (?:[\w-]+ ){0,4}?(?:stereotypes?|violence|hatred?|hate|discriminat\w+|prejudice|bias|racism|harm\w*|misinformation|division|intolerance|illegal)"
    r"|\b(?:important|essential|crucial|vital|necessary|better|best) (?:\w+ )?(?:to|that we|that you|we|for us to) (?:\w+ )?(?:treat|respect|avoid|remember|promote|acknowledge|recogni[sz]e|be respectful|be mindful|prioriti[sz]e|refrain|approach|consider|seek|understand|foster|focus|value|celebrate|maintain|practice|uphold|note|follow|always)"
    r"|\b(?:serious|severe|legal|criminal) (?:\w+ )?(?:consequences|charges|penalties|punishment|crime|offen[cs]e|harm)\b"
    r"|\b(?:violat\w+|infring\w+ (?:on|upon)|disregards?) (?:[\w']+ ){0,4}?(?:privacy|rights|laws?|dignity)"
    r"|\bdeserves? (?:to be treated|respect|equal|dignity)|\bshould (?:be|always be|all be) (?:treated|judged|respected|approached)|\b(?:everyone|all (?:people|individuals|humans)|every (?:person|individual|human)) (?:deserves?|should|has|have|is|are)\b"
    r"|\b(?:i|we) (?:must|have to|need to|want to|would like to|feel (?:it'?s?|compelled)[\w\s]{0,20} to|should|'d like to) (?:point out|emphasi[sz]e|remind|inform|stress|clarify|warn|caution|note)"
    r"|\b(?:should|must|can|do) (?:not|never|n't) be (?:encouraged|condoned|tolerated|taken lightly|supported|promoted|glorified|used to|made|generali[sz]ed|justified)"
    r"|\b(?:stereotypes?|generali[sz]ations?|discriminat\w+|violence|racism|hate speech) (?:\w+ ){0,5}?(?:is|are|has|have|can be|should|based)\b"
    r"|\b(?:no|not any|never any) (?:justification|excuse|place|reason)s? (?:for|to)\b"
)
"""A moral or legal statement about what was asked."""

_URGE = r"(?:advise|urge|encourage|recommend|suggest|caution|warn|implore|ask|discourage|beg)"
DISSUADE = re.compile(
    rf"\b(?:i|we)(?:'d| would| must| will| have to| can only|'ll)? ?(?:strongly |highly |kindly |also |not |always |only |like to |firmly |respectfully )*{_URGE} (?:you |that you |anyone |everyone |users )?(?:against|not to|to (?:not|avoid|refrain|reconsider|seek|speak|talk|reach|contact|consult|stop|think|find|focus|consider|report|follow|pursue|respect|look for|use (?:legal|legitimate)|explore|stay away))"
    r"|\b(?:please )?(?:do not|don't|never) (?:attempt|try|do (?:that|this|it)|engage|ask|use (?:such|this|that)|make (?:such|these)|harm|hurt|commit|break)\b"
    r"|\bplease (?:refrain|avoid|stop|reconsider|be respectful|seek|reach out|contact|consider|consult|remember|let me know if you have any other|note that)\b"
    r"|\b(?:would|should|must|could|can) (?:not|never) (?:attempt|try|engage in|ask|make (?:such|these|any))\b|\bavoid (?:making|asking|using|engaging|such|spreading|promoting|perpetuating)\b|\brefrain from\b"
)
"""Advice against the thing asked for."""

REDIRECT = re.compile(
    r"\b(?:seek(?:ing)? (?:\w+ ){0,4}?(?:help|support|assistance|advice|guidance|counsel\w*|treatment|therapy)|suicide (?:prevention|hotline)|(?:crisis|support|help) ?-?(?:line|hotline|text line)|hotline|\b988\b|lifeline|"
    r"(?:reach(?:ing)? out|talk(?:ing)?|speak(?:ing)?|turn(?:ing)?) (?:\w+ )?to (?:an? |someone|your|the |local |law |mental|trusted|friends|emergency|those)|mental health (?:professional|services|provider)|"
    r"(?:contact|call|consult|notify|report (?:it|this|them) to)(?:ing)? (?:\w+ ){0,4}?(?:authorities|police|law enforcement|emergency|professional|lawyer|attorney|doctor|expert|therapist|counselor|911)|"
    r"(?:is there|do you have|if (?:there is|there's|you have|you need|you'd like|you want|you would like|you're looking for)|feel free|let me know if|happy to (?:help|assist)|glad to (?:help|assist)|here to (?:help|assist|provide)|(?:can|could) i (?:help|assist)|let me help|love to help|like to (?:talk|discuss|know) about)\b[^.!?\n]{0,80}\b(?:else|other|another|different|instead|help|assist\w*|questions?|further|topic|alternative)|"
    r"let'?s (?:us )?(?:focus|talk|discuss|keep|work|strive|promote|celebrate|change|find|treat|instead|not|remember|try|explore|move|stick|all)|let us (?:focus|strive|promote|celebrate|work|remember|not|treat|instead|all)|"
    r"(?:instead|rather),? (?:i|let|we|you|try|consider|focus|of|why|how about|perhaps|maybe)|(?:i|we) (?:can|could|would|'d)(?: be (?:happy|glad|more than happy))? (?:instead |only |to )?(?:suggest|offer|provide|help|recommend|share) (?:\w+ ){0,3}(?:other|alternative|different|general|resources|safer|legal|instead)|"
    r"i (?:suggest|recommend|encourage|invite|urge) (?:you|that you|we|asking|consulting|speaking|seeking|checking|contacting)|my (?:purpose|goal|role|main goal|primary function|aim|job) is to)\b"
)
"""An offer of something else, or a pointer to somebody else."""

DELIVERS = re.compile(
    r"\b(?:here(?:'s| is| are| ye)|(?:the )?following (?:are|is|steps|tips)|(?:these|some|several|a few|general|common|possible) (?:\w+ ){0,2}?(?:steps|tips|ways|reasons|factors|examples|suggestions|things|traits|theories)|below (?:is|are)|step 1|first(?:ly)?,|to (?:do|achieve) (?:this|so),|"
    r"(?:i|we) can (?:still |certainly |definitely |instead )?(?:provide|offer|give|tell|share|explain|describe|suggest|assist|help|speculate|say|mention|answer|generate) |generally speaking|in general|according to|sure[,!]|certainly[,!]|of course[,!]|absolutely[,!])"
)
"""Words that announce content."""

EVASION = re.compile(
    r"\b(?:up to (?:the |each |every )?(?:individuals?|you|people|communit\w+|person|society|those|public|historians|reader)|depends? (?:up)?on|subjective|matter of (?:\w+ ){0,3}(?:debate|opinion|preference|perspective)|"
    r"(?:some|others|many|supporters|critics|people) (?:people |individuals |who \w+ )?(?:may|might|could|would|will|also)? ?(?:argue|believe|view|see|consider|feel|prefer)|(?:complex|sensitive|controversial|complicated|subjective|nuanced|multifaceted|debatable|personal) (?:\w+ ){0,4}?(?:issue|topic|matter|question|subject|decision|choice|figure|legacy)|"
    r"various (?:perspectives|factors|opinions|viewpoints|reasons)|different (?:perspectives|opinions|people|cultures|individuals|viewpoints)|should be based on|no evidence|not (?:accurate|fair|productive|helpful|possible) to|be based on)\b"
)
"""A sentence that answers without saying anything: it depends, opinions differ."""

LIST_ITEM = re.compile(r"^\s*(?:[-*\u2022]|\d{1,2}[.)]|step \d+)\s+\S", re.MULTILINE)
"""A line of a list."""

REQUEST = re.compile(
    r"\b(?:how (?:do|can|could|should|would|to|might|does|did|are|is)|(?:what|which)(?:'s| is| are| would be)? (?:the |some |a )?(?:\w+ )?(?:best|good|easiest|fastest|quickest|safest|ways?|steps|methods?|recipe|tips?|strateg\w+|techniques?|tricks?)|"
    r"(?:write|give|tell|show|teach|help|explain|describe|make|create|generate|provide|list|compose|draft|develop|design|outline|produce|instruct|construct|suggest|pretend|act|imagine|let us|let's|translate|name|build|convince|find|get|come up|where (?:can|do|could))\b)"
)
"""A prompt that asks for something to be made or explained, as opposed to a question of fact or opinion."""
