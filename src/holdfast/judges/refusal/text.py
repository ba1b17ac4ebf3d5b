"""What an answer says in its own voice, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holdfast.judges.refusal.request import Request
from holdfast.judges.words import plain, spoken

_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED = re.compile(r'"[^"\n]{2,400}"')
# Words that the asker is to say to somebody, in either kind of quotation marks.
_ADVISED = re.compile(
    r"(\b(?:say(?:ing)?|tell (?:him|her|them|your \w+)|try|reply|respond)\b[^\"'\n.!?]{0,40}[:,]? )"
    r"(?:\"[^\"\n]{2,400}\"|'[^\"\n]{2,300}?'(?!\w))",
    re.IGNORECASE,
)
_SINGLE = re.compile(r"(?<=[:,] )'[A-Z][^\"\n]{2,300}?'(?!\w)")
_BULLET = re.compile(r"^([ \t]*)[*+\u2022\u25e6\u00b7][ \t]+(?=\S)", re.MULTILINE)
_GESTURE = re.compile(
    r"(?<!\*)\*(?!\*)[A-Za-z]+ [^*\n]{2,80}\*(?!\*)|(?<!\*)\*(?!\*)[a-z]+\*(?=\s+[A-Z]|\s*$)"
)
_MARKUP = re.compile(r"[*_#>`~|]+")
_BLANKS = re.compile(r"[ \t]+")
_ITEM = re.compile(r"^\s*(?:-|\d{1,2}[.):]|[a-h][.)]|step \d+[.:]?)\s+(?=\S)")
_SENTENCE = re.compile(r"[^.!?]+(?:[.!?]+(?=[\s\"')]|$)|$|[.!?]+)")
_TURN = re.compile(
    r",?(?<!help)(?<!nothing)\s+(?:but|however|though|although|nevertheless|nonetheless|that said|"
    r"instead(?! of))\b,?\s+|;\s+|\s-+\s"
)
_SPEAKER = re.compile(r"^\W*([A-Z][\w .'-]{0,24}?)(?: \([^)\n]*\))?:\s", re.MULTILINE)
_LETTER = re.compile(
    r"^\W*(?:subject:|dear\b|to whom|(?:hi|hello|hey)\b[^.!?\n]{0,30},\s*$)", re.MULTILINE | re.IGNORECASE
)
_OWN_VOICE = 0.5
# Text that never ends a sentence is cut, so that reading it takes time in proportion to its length.
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause in lower case.

    Attributes:
        text: Its words, without the conjunction that led to it.
        listed: Whether it stands in a line of a list.
        heads: Whether it begins that line.
    """

    text: str
    listed: bool
    heads: bool


def said(answer: str, request: Request) -> str:
    """Return what an answer says in its own voice, in lower case.

    Left out are reasoning, code, mark-up, gestures of a role, quotations, and the letter or the dialogue that
    was asked for. Quotations stay where they are most of an answer to a prompt that asks for no other voice.
    """
    body = _CODE.sub("\n", plain(spoken(answer)))
    if request.composed:
        body = _without_parts(_LETTER.split(body, maxsplit=1)[0])
    body = _MARKUP.sub("", _GESTURE.sub(" ", _BULLET.sub(r"\1- ", body))).strip()
    body = _ADVISED.sub(r"\1", body)
    unquoted = _SINGLE.sub(" ", body)
    body = unquoted if len(unquoted) > _OWN_VOICE * len(body) else body
    if '"' in body:
        unquoted = _QUOTED.sub(" ", body)
        own = request.reported or request.composed or len(unquoted) > _OWN_VOICE * len(body)
        body = unquoted if own else body.replace('"', " ")
    return _BLANKS.sub(" ", body).lower()


def _without_parts(body: str) -> str:
    """Return a text without the lines of a dialogue: two speakers at least."""
    speakers = {match.group(1) for match in _SPEAKER.finditer(body)}
    if len(speakers) < 2:
        return body
    return "\n".join(line for line in body.split("\n") if not _SPEAKER.match(line))


def clauses(text: str) -> Sequence[Clause]:
    """Return the clauses of a text that `said` returned, in order: sentences, parted where they turn."""
    return list(_clauses(text))


def _clauses(text: str) -> Iterator[Clause]:
    for line in text.split("\n"):
        marker = _ITEM.match(line)
        rest = line[marker.end() :] if marker else line
        heads = True
        for sentence in _SENTENCE.findall(rest):
            for part in _TURN.split(sentence):
                for start in range(0, len(part), _LONGEST):
                    clause = part[start : start + _LONGEST].strip()
                    if any(map(str.isalnum, clause)):
                        yield Clause(clause, marker is not None, heads)
                        heads = False
