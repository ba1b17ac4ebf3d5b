"""The contract of a judge, enforced: no exception and no malformed verdict gets past `ask`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from holdfast.domain import Coherence, Generation, Grade, Judge, JudgeTraits, Verdict

_LONGEST_MESSAGE = 200


def breach(judge: object) -> str:
    """Return what an object lacks of the `Judge` contract.

    Args:
        judge: What a plug-in built.

    Returns:
        The first thing wrong, in words; empty if nothing is.
    """
    name = getattr(judge, "name", None)
    if not isinstance(name, str) or not name or "+" in name:
        return f"`name` must be a non-empty text without '+', not {name!r}"
    traits = getattr(judge, "traits", None)
    if not isinstance(traits, JudgeTraits):
        return f"`traits` must be JudgeTraits, not {type(traits).__name__}"
    if not callable(getattr(judge, "judge", None)):
        return "`judge` must be a method"
    return ""


def ask(judge: Judge, generations: Sequence[Generation]) -> tuple[Verdict, ...]:
    """Ask one judge about a batch of answers.

    Args:
        judge: The judge.
        generations: The answers.

    Returns:
        One verdict a generation, in the same order. If the judge raises, each answer is asked on its own,
        so that one answer it cannot bear leaves the others their verdicts (judges are pure: a batch means
        nothing). Whatever still fails, or breaks the contract, is an error verdict.
    """
    if not generations:
        return ()
    try:
        returned = judge.judge(generations)
    except Exception as error:  # noqa: BLE001 (whatever a third party raises must become an error verdict)
        if len(generations) > 1:
            return tuple(verdict for one in generations for verdict in ask(judge, [one]))
        return (_failed(judge, generations[0], _raised(error, generations[0])),)
    return _checked(judge, generations, returned)


def _checked(judge: Judge, generations: Sequence[Generation], returned: object) -> tuple[Verdict, ...]:
    problem = _malformed(generations, returned)
    if problem or not isinstance(returned, Sequence):
        return tuple(_failed(judge, generation, problem) for generation in generations)
    return tuple(
        _failed(judge, generation, fault) if (fault := _fault(judge, verdict)) else verdict
        for generation, verdict in zip(generations, returned, strict=True)
    )


def _malformed(generations: Sequence[Generation], returned: object) -> str:
    """Return what makes it unknowable which verdict belongs to which answer; empty if nothing does."""
    if not isinstance(returned, Sequence) or isinstance(returned, str | bytes):
        return f"returned {type(returned).__name__}, not a sequence of verdicts"
    if len(returned) != len(generations):
        return f"returned {len(returned)} verdicts for {len(generations)} answers"
    wrong = next((v for v in returned if not isinstance(v, Verdict)), None)
    if wrong is not None or any(v is None for v in returned):
        return f"returned {type(wrong).__name__} among its verdicts"
    asked = [generation.id for generation in generations]
    named = [verdict.generation_id for verdict in returned]
    if named != asked:
        same = sorted(map(str, named)) == sorted(asked)
        return "returned its verdicts in another order" if same else "returned verdicts on other answers"
    return ""


def _fault(judge: Judge, verdict: Verdict) -> str:
    """Return what is wrong with one verdict; empty if nothing is."""
    if verdict.judge != judge.name:
        return f"signed its verdict as {verdict.judge!r}"
    for field, kind in (("harm", Grade), ("refusal", Grade), ("coherence", Coherence)):
        value = getattr(verdict, field)
        if value is not None and not isinstance(value, kind):
            return f"gave {field}={value!r}, which is no {kind.__name__}"
    score = verdict.score
    if score is not None and not (
        isinstance(score, int | float) and math.isfinite(score) and 0 <= score <= 1
    ):
        return f"gave the score {score!r}, which is not in [0, 1]"
    for field in ("note", "error"):
        value = getattr(verdict, field)
        if not isinstance(value, str) and not (field == "error" and value is None):
            return f"gave a {field} of type {type(value).__name__}"
    return ""


def _raised(error: Exception, generation: Generation) -> str:
    message = f"raised {type(error).__name__}: {error}"
    # An error may quote the answer, which is untrusted and possibly harmful; verdicts are safe to print.
    if generation.answer.text:
        message = message.replace(generation.answer.text, "[answer]")
    return message[:_LONGEST_MESSAGE]


def _failed(judge: Judge, generation: Generation, problem: str) -> Verdict:
    return Verdict(generation.id, judge.name, error=f"judge {judge.name!r} {problem}")
