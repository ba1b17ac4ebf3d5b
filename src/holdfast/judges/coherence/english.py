"""A small built-in knowledge of English: closed word classes, common words, and letters that go together."""

from __future__ import annotations

from functools import cache

CLASSES: dict[str, str] = {
    "det": (
        "the a an this that these those each every no any some another either neither both all such "
        "what which"
    ),
    "poss": "my your his her its our their whose",
    "prep": (
        "of in on at by for with from into onto about over under between among through during "
        "before after against without within toward towards upon across behind beyond near via per "
        "like off out up down around"
    ),
    "to": "to",
    "pron": "i you he she it we they who there one someone anyone everyone something nothing everything",
    "object": "me him us them myself yourself himself herself itself ourselves themselves",
    "be": (
        "is are was were am be been being isn't aren't wasn't weren't it's i'm you're they're we're "
        "that's he's she's there's"
    ),
    "have": "has have had having i've you've we've they've hasn't haven't hadn't",
    "do": "do does did don't doesn't didn't",
    "modal": (
        "can could will would shall should may might must can't cannot couldn't won't wouldn't "
        "shouldn't i'll you'll we'll they'll it'll i'd you'd"
    ),
    "not": "not never",
    "coord": "and or but nor so yet",
    "sub": ("if because when while although though since unless until whether where as than how why once"),
    "adv": (
        "also very too just only then now here often usually however therefore thus still even more "
        "most less much many again always sometimes already quite rather almost instead perhaps "
        "first next finally later"
    ),
}
"""Closed classes of English words."""

_CHAT = """
ur im ive ill id its dont doesnt didnt cant couldnt wouldnt isnt arent wasnt thats whats theres youre
theyre hes shes ya yea yeah yep nah ok okay lol lmao omg idk tbh ngl imo btw thx pls plz em tho thru
cuz bc wont gonna wanna gotta kinda sorta lemme dunno aint ppl rn tmrw hmm ugh
"""
CHAT = frozenset(_CHAT.split())
"""How people join words where they do not spell them out."""

_COMMON = """
people time year years day days way man men woman women child children world life hand part place case
week company system program question work government number night point home water room mother area money
story fact month lot right study book eye job word business issue side kind head house service friend
father power hour game line end member law car city community name president team minute idea body
information back parent face others level office door health person art war history party result change
morning reason research girl guy moment air teacher force education make made making go goes went going
gone get gets got getting know knew known take took taken see saw seen come came think thought look looked
want give gave given use used using find found tell told ask asked seem feel felt try tried leave left
call called good new old great big small large high low long short little own other same different
important public bad young early late best better sure free full clear simple easy hard strong whole real
certain common main put keep kept let begin began help show shown hear heard play run move live believe
hold bring happen write wrote written provide sit stand lose pay meet include included continue set learn
lead understand watch follow stop create speak read allow add spend grow open walk win offer remember love
consider appear buy wait serve die send expect build stay fall cut reach kill remain suggest raise pass
sell require report decide pull answer example food heart oil black white red blue green light dark hot
cold dry wet clean safe dangerous step steps mix heat pour stir place bowl salt sugar metal paper glass
wood stone fire earth sun moon tree plant animal dog cat bird fish horse road street train total each
times equals dollar dollars cost price half double twice left over buy sold one two three four five six
seven eight nine ten eleven twelve hundred thousand million first second third last next sorry please
thank thanks yes sure certainly course however recipe share assist cannot request assistant model language
topic anything something
"""


@cache
def word_class() -> dict[str, str]:
    """Return the class of every closed-class word."""
    return {word: name for name, listed in CLASSES.items() for word in listed.split()}


@cache
def common_words() -> frozenset[str]:
    """Return the built-in words, closed classes included."""
    return frozenset(_COMMON.split()) | frozenset(word_class())


def trigrams(word: str) -> tuple[str, ...]:
    """Return the letter triples of a word, its ends marked, such as `^ca`, `cat`, `at$`."""
    marked = f"^{word}$"
    return tuple(marked[i : i + 3] for i in range(len(marked) - 2))
