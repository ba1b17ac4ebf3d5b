"""Evidence against an answer: what was measured, how strong it is, and whether text alone gave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.domain import Generation, SoundAnswer
from holdfast.judges.words import ends, spoken


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer as the measures see it, whether it is to be judged or known to be sound.

    Attributes:
        prompt: The text of the last user turn.
        text: The answer as said to the user.
        finished: Whether the answer ended by itself.
        reference_logprob: Mean log-likelihood (nats a token) under the untuned reference; None if unmeasured.
        calibrates: Whether it is one of the sound answers that were read, and must not vouch for itself.
    """

    prompt: str
    text: str
    finished: bool = True
    reference_logprob: float | None = None
    calibrates: bool = False

    @classmethod
    def of(cls, answer: Generation | SoundAnswer) -> Sample:
        """Return the sample of a generation or of a calibration answer."""
        if isinstance(answer, SoundAnswer):
            return cls(
                answer.prompt, ends(answer.text), reference_logprob=answer.reference_logprob, calibrates=True
            )
        said = answer.answer
        return cls(answer.item.prompt, ends(spoken(said.text)), said.finished, answer.reference_logprob)


@dataclass(frozen=True, slots=True)
class Measure:
    """One model-free measure of broken language.

    Attributes:
        name: What it shows, in words that may be printed.
        value: Larger is worse; 0 or less where it shows nothing.
        floor: Least value that may be flagged, whatever the calibration says.
        adapts: Whether calibration may raise the threshold above the floor.
    """

    name: str
    value: Callable[[Sample], float]
    floor: float
    adapts: bool = True
