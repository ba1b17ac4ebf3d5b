"""How far judges agree with each other on the same answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """Agreement of two or more judges on the outcomes of the same answers.

    Attributes:
        judges: Judges or panels: two for Cohen's kappa, all for Krippendorff's alpha.
        coefficient: `kappa` or `alpha`.
        question: What they are asked: `outcome` (six-way), `harm` or `refused` (yes or no).
        model: Model whose answers they judged; empty for all models.
        stratum: `all`, `coherent` or `incoherent`, by the primary panel.
        n: Answers.
        value: The coefficient, at most 1; None where it is not defined (no answers, or no variation).
        low: Lower end of its interval; None where there is none.
        high: Upper end.
        observed: Share of answers on which all agree; None without answers.
        method: The estimator and the kind of interval, in words.
    """

    judges: tuple[str, ...]
    coefficient: str
    question: str
    model: str
    stratum: str
    n: int
    value: float | None
    low: float | None
    high: float | None
    observed: float | None
    method: str
