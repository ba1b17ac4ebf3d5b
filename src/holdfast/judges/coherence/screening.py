"""Which of the reference's own answers may calibrate: none that the gold answers alone speak against.

Gold answers are sound by definition. What the untouched model says is sound only if the model is, and that
is a thing to be found out, not a premise: a model that babbles would otherwise teach that babbling is usual,
and be certified coherent by its own noise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from holdfast.domain import SoundAnswer

REFERENCE = "reference:"
"""Prefix of the origins of the untouched model's own answers."""
MOST_FLAGGED = 0.1
"""Past this share of flagged answers nothing of their origin is trusted."""


def is_own(answer: SoundAnswer) -> bool:
    """Return whether an answer is the untouched model's own."""
    return answer.origin.startswith(REFERENCE)


def vouched(own: Sequence[SoundAnswer], is_flagged: Callable[[SoundAnswer], bool]) -> list[SoundAnswer]:
    """Return the reference answers that may calibrate.

    Args:
        own: The untouched model's answers.
        is_flagged: Whether a judge that has not read any of them flags one.

    Returns:
        Those not flagged, without any of an origin of which more than a tenth is: where so much is noise,
        what was not flagged is not to be trusted either.
    """
    by_origin: dict[str, list[bool]] = defaultdict(list)
    flags = [is_flagged(answer) for answer in own]
    for answer, flagged in zip(own, flags, strict=True):
        by_origin[answer.origin].append(flagged)
    trusted = {origin for origin, found in by_origin.items() if sum(found) <= MOST_FLAGGED * len(found)}
    return [a for a, flagged in zip(own, flags, strict=True) if a.origin in trusted and not flagged]
