"""Which language a text is in, as far as a judge must know: English, another one, or another script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

from holdfast.judges.coherence.english import common_words, word_class
from holdfast.judges.coherence.evidence import Sample

_SCRIPTS = (
    ("latin", 0x0041, 0x024F), ("greek", 0x0370, 0x03FF), ("cyrillic", 0x0400, 0x052F), ("armenian", 0x0530,
    0x058F), ("hebrew", 0x0590, 0x05FF), ("arabic", 0x0600, 0x08FF), ("indic", 0x0900, 0x0DFF), ("thai",
    0x0E00, 0x0EFF), ("tibetan", 0x0F00, 0x0FFF), ("georgian", 0x10A0, 0x10FF), ("hangul", 0x1100, 0x11FF),
    ("ethiopic", 0x1200, 0x139F), ("khmer", 0x1780, 0x17FF), ("latin", 0x1E00, 0x1EFF), ("greek", 0x1F00,
    0x1FFF), ("han", 0x3040, 0x30FF), ("han", 0x3400, 0x9FFF), ("hangul", 0xAC00, 0xD7AF), ("han", 0xF900,
    0xFAFF), ("arabic", 0xFB50, 0xFDFF), ("arabic", 0xFE70, 0xFEFE), ("latin", 0xFF21, 0xFF5A),
)  # fmt: skip
# Signs of formulas, not of a language.
_SIGNS = frozenset("πθωφψλμσρτεδγβαηζξχκνΔΣΩΠΦΨΛΓΘ∂ℝℕℤℚℂℓℏªºµ")
_NAMES = re.compile(
    r"\b(?:language|script|symbol|alphabet|letters?|unicode|emoji|words?|phrase|proverb|spell\w*|"
    r"german|french|spanish|italian|portuguese|dutch|polish|turkish|swedish|finnish|danish|norwegian|czech|"
    r"hungarian|romanian|indonesian|malay|vietnamese|tagalog|swahili|latin|welsh|irish|icelandic|catalan|"
    r"basque|croatian|slovak|slovenian|estonian|latvian|lithuanian|yoruba|zulu|romaji|pinyin|ipa|phonetic\w*|"
    r"jabberwocky|nonsense|gibberish|crosswords?|esperanto|klingon|elvish|gaelic|maori|hawaiian|haitian|somali|hausa|igbo|"
    r"xhosa|afrikaans|albanian|maltese|luxembourgish|galician|breton|quechua|guarani|javanese|old english|"
    r"middle english|scots)\b",
    re.IGNORECASE,
)
_GENERAL_NAMES = """
language script symbol alphabet letter letters unicode emoji word words phrase proverb spell spelling
"""
_GENERAL = frozenset(_GENERAL_NAMES.split())
_SCRIPT_NAMES = re.compile(
    r"\b(?:translat\w*|pronounc\w*|arabic|armenian|bengali|chinese|cyrillic|georgian|greek|hebrew|hindi|japanese|kanji|hiragana|katakana|"
    r"korean|mandarin|cantonese|persian|farsi|punjabi|russian|sanskrit|tamil|telugu|thai|ukrainian|urdu|yiddish|"
    r"bulgarian|serbian|marathi|gujarati|nepali|amharic|burmese|khmer|lao|mongolian|tibetan|macedonian|kazakh)\b",
    re.IGNORECASE,
)
_ASKS_LIST = re.compile(
    r"\b(?:list|name|names|count|enumerate|give me \w+|words|animals|countries|ingredients|synonyms|rhyme\w*|"
    r"keywords|tags|alphabet\w*)\b",
    re.IGNORECASE,
)
_ANY_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_OTHER_LANGUAGES = """
el la los las de del que y en un una por con para es se su al lo como más pero sus le ya muy sin sobre
este ser son les des et est une du dans qui pour pas sur au avec ce il elle sont ne cette plus par je
vous nous mais ou où être der die das und ist nicht ein eine den dem mit von zu auf für im sich auch wie
bei aus nach wird werden oder di che è non per sono gli della nel alla dei anche più o os não em uma com
da na ao dos ele het een dat niet zijn op te voor ich sie wir er haben dann sehr vielen dass wenn noch
kann guten tu vos votre voudrais puis est-ce cet ces leur usted ustedes está están hay porque cuando qual
quando muito também foi você pelo pela um mas och att det som är på av för med har inte jag vi ett og til
af ikke ikki ja että ei joka ovat mutta kun yang dan ke dari adalah untuk dengan tidak ini itu pada oleh
akan sedang tetapi saya bir ve bu için ile olarak daha çok gibi ama w z się jest nie to że jak przez dla
ponieważ od po co oraz který že jsou není také aby ale v az és hogy nem egy meg sau pentru care cu mai
sunt ani ang mga sa ng ay hindi cum quod wurde keine beim nur sind diese dieser dieses mehr durch unter
gegen weil aber peut comme aux ses très entre après avant quand puede esta tiene según cada desde hasta
donde todo dal nella dalla essere può questo questa molto hanno come dove possível são pode seu sua pelos
isso esse ela kan geen wordt bij naar aan dit deze worden ook maar wij heeft laat kunde eller från om vid
vara till detta så mycket ved fra hvis være blir kunne skal ingen etter denne dette også ole voi tai kuin
jos älä liian myös olla tämä sekä noin jossa można lub być tylko może przy bez podczas które także niż
został jego při nebo být jako pouze byl která pro ze jeho ako alebo sú vagy nincs lehet csak minden kell
ki ezt azt volt mint în poate și să din pe dacă fost prin dapat dalam atau bukan saat hanya sudah telah
nije za ili kao nema samo iz biti bio koji koja što ima els amb està dels més aquest també però són veya
değil adı içinde yerine olan kadar là và của không có người một được cho trong với
"""
_FOREIGN_SHARE = 0.25
_SOME_FOREIGN = 0.1
_LEAST_WORDS = 2
_ENGLISH_SHARE = 0.2
_LITTLE_ENGLISH = 0.12
_MARKED_SHARE = 0.15
_LEAST_FOREIGN = 3
_WEIGHT = {"han": 3, "hangul": 2}
_LONG_INSERTION = 12
_BRACKETED = re.compile(r"[(\[\"“”«»„'‘’‹›「『（][^()\[\]\n]{0,80}?[)\]\"“”«»'’‹›」』）]")


@cache
def foreign_function_words() -> frozenset[str]:
    """Return frequent words of other languages written in Latin letters that are no common English words."""
    return frozenset(word for word in _OTHER_LANGUAGES.split() if len(word) > 1) - common_words()


@lru_cache(maxsize=32)
def is_english(text: str) -> bool:
    """Return whether a fifth of a text's words join words in English, and hardly any in another language."""
    said = _words(text)
    if not said or _english_share(said) < _ENGLISH_SHARE:
        return False
    return sum(word in foreign_function_words() for word in said) < _SOME_FOREIGN * len(said)


@lru_cache(maxsize=32)
def is_foreign(text: str) -> bool:
    """Return whether a text is in another language than English, in whatever script."""
    said = _words(text)
    if not said:
        return False
    found = sum(word in foreign_function_words() for word in said)
    foreign = found / len(said)
    # Random letters make short words of some language by chance.
    clear = any(len(word) > 2 and word in foreign_function_words() for word in said)
    if foreign >= _FOREIGN_SHARE:
        return True
    if _english_share(said) > _LITTLE_ENGLISH:
        return False
    marked = sum(not word.replace("’", "").isascii() for word in said) / len(said)
    return (found >= _LEAST_WORDS and clear and foreign >= _SOME_FOREIGN) or marked >= _MARKED_SHARE


@lru_cache(maxsize=32)
def calls_for_language(prompt: str) -> bool:
    """Return whether a prompt is in another language or speaks of languages, scripts or words."""
    return bool(_NAMES.search(prompt) or _SCRIPT_NAMES.search(prompt)) or is_foreign(prompt)


@lru_cache(maxsize=32)
def calls_for_other_language(prompt: str) -> bool:
    """Return whether a prompt names a language, or another spelling than that of English prose."""
    return any(match.group().lower() not in _GENERAL for match in _NAMES.finditer(prompt))


@lru_cache(maxsize=32)
def calls_for_list(prompt: str) -> bool:
    """Return whether a prompt asks for words without sentences."""
    return _ASKS_LIST.search(prompt) is not None


def wrong_script(sample: Sample) -> float:
    """Return the share of letters in scripts that neither the prompt uses nor an English text would.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]; Latin counts as called for, and so does everything where the prompt or the answer speaks of
        languages, scripts or symbols. What stands in brackets or quotation marks is a name and not counted,
        unless nothing else is said. Two foreign scripts count double, and a run of words counts half at
        least, however long the rest is. 0 for fewer than three foreign letters, and for the main
        script of an answer without a prompt.
    """
    if sample.text.isascii() or calls_for_language(sample.prompt):
        return 0.0
    letters = _letters(sample.text)
    asked = {"latin"} | set(_letters(sample.prompt))
    if not sample.prompt.strip():
        asked |= {
            name for name, count in letters.items() if count * _WEIGHT.get(name, 1) * 2 > letters.total()
        }
    foreign = sum(count for name, count in letters.items() if name not in asked)
    others = [name for name in letters if name not in asked]
    if foreign < _LEAST_FOREIGN:
        return 0.0
    share = foreign * (2 if len(others) > 1 else 1) / letters.total()
    if share < 1 and _SCRIPT_NAMES.search(sample.text) is None:
        run = _letters(_BRACKETED.sub("", sample.text))
        loose = sum(_WEIGHT.get(name, 1) * count for name, count in run.items() if name not in asked)
        share = max(share, 0.5 if loose >= _LONG_INSERTION else 0.0)
    return min(1.0, share)


def _letters(text: str) -> Counter[str]:
    """Return how many letters of each script a text holds."""
    return Counter(filter(None, map(_script, text)))


def _script(character: str) -> str:
    if not character.isalpha() or character in _SIGNS:
        return ""
    code = ord(character)
    return next((name for name, first, last in _SCRIPTS if first <= code <= last), "other")


def _english_share(said: Sequence[str]) -> float:
    return sum(word in word_class() for word in said) / len(said)


def _words(text: str) -> list[str]:
    return _ANY_WORD.findall(text.lower())
