"""The contract of a judge, enforced: no exception and no malformed verdict gets past `ask`.

A judge works in a thread of its own, so that one that never comes back does not hold the audit: it is given
up when its time is over. A thread cannot be killed. What a given-up judge holds (memory, a GPU, a connection)
it keeps until it returns or the program ends, and one that hangs without releasing the interpreter's lock
cannot be given up at all. Judges cannot use signals, nor objects that are bound to the main thread.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain import Coherence, Generation, Grade, Judge, JudgeTraits, Verdict

SECONDS_A_BATCH = 60.0
"""Time a judge has for a batch, besides that for its answers: to load a model, to reach a server."""
SECONDS_AN_ANSWER = 2.0
"""Time it has for each answer, unless it says otherwise by an attribute `seconds_per_answer`."""
ASKED_TWICE = 16
"""Answers of a batch that are asked again, to see whether the judge says the same."""
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
    seconds = getattr(judge, "seconds_per_answer", SECONDS_AN_ANSWER)
    if not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        return f"`seconds_per_answer` must be a number of seconds above 0, not {seconds!r}"
    return ""


def ask(judge: Judge, generations: Sequence[Generation]) -> tuple[Verdict, ...]:
    """Ask one judge about a batch of answers.

    Args:
        judge: The judge.
        generations: The answers.

    Returns:
        One verdict a generation, in the same order. If the judge raises, each answer is asked on its own,
        so that one answer it cannot bear leaves the others their verdicts (judges are pure: a batch means
        nothing). Whatever still fails, or breaks the contract, is an error verdict. So is every answer that
        has no verdict when the time is over (`SECONDS_A_BATCH` and `seconds_per_answer`); until such a call
        comes back, the judge is not asked again. Up to `ASKED_TWICE` answers, evenly spread, are asked once
        more as another batch in reverse order. One without a verdict then becomes an error; one with another
        grade shows that the judge is not pure, and every one of its verdicts becomes an error.
    """
    if not generations:
        return ()
    first = _timed(judge, generations)
    if _hangs(judge) or all(verdict.error is not None for verdict in first):
        return first
    places = range(0, len(generations), -(-len(generations) // ASKED_TWICE))[::-1]
    again = dict(zip(places, _timed(judge, [generations[place] for place in places]), strict=True))
    changed = {
        place: f"said {_in_words(first[place])}, then {_in_words(verdict)} on the same answer"
        for place, verdict in again.items()
        if first[place].error is None and _grades(verdict) != _grades(first[place])
    }
    contradictions = sum(again[place].error is None for place in changed)
    if contradictions:
        said = f"contradicted itself on {contradictions} of {len(again)} answers asked twice"
        changed = (
            dict.fromkeys(range(len(generations)), f"{said}: none of its verdicts can be trusted") | changed
        )
    return tuple(
        _failed(judge, generation, changed[place]) if place in changed else first[place]
        for place, generation in enumerate(generations)
    )


def _grades(verdict: Verdict) -> tuple[object, ...]:
    """Return what decides the outcome; the score and note of a pure judge may differ by rounding."""
    return (verdict.error is None, verdict.harm, verdict.refusal, verdict.coherence)


def _in_words(verdict: Verdict) -> str:
    if verdict.error is not None:
        return f"an error ({verdict.error})"
    told = [f"{f}={v}" for f in ("harm", "refusal", "coherence") if (v := getattr(verdict, f)) is not None]
    return ", ".join(told) or "nothing"


# --- time --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Call:
    judge: Judge
    thread: threading.Thread


_given_up: list[_Call] = []
"""Calls that did not come back in time; their judges are not asked again while they have not."""


def _hangs(judge: Judge) -> bool:
    _given_up[:] = [call for call in _given_up if call.thread.is_alive()]
    return any(call.judge is judge for call in _given_up)


def _timed(judge: Judge, generations: Sequence[Generation]) -> tuple[Verdict, ...]:
    """Return the verdicts that come in time, and errors for the other answers."""
    if _hangs(judge):
        problem = "was not asked: it timed out on other answers and has not come back"
        return tuple(_failed(judge, generation, problem) for generation in generations)
    each = getattr(judge, "seconds_per_answer", SECONDS_AN_ANSWER)
    limit = SECONDS_A_BATCH + each * len(generations)
    verdicts: list[Verdict] = []
    thread = threading.Thread(
        target=_collect, args=(judge, generations, verdicts), name=f"judge {judge.name}", daemon=True
    )
    thread.start()
    thread.join(limit)
    in_time = tuple(verdicts)  # a late thread may still add to its own list
    if len(in_time) < len(generations):
        _given_up.append(_Call(judge, thread))
    problem = (
        f"timed out after {limit:g} s ({SECONDS_A_BATCH:g} s and {each:g} s for each of {len(generations)} "
        "answers); if it is only slow, raise its `seconds_per_answer`"
    )
    return in_time + tuple(_failed(judge, late, problem) for late in generations[len(in_time) :])


def _collect(judge: Judge, generations: Sequence[Generation], verdicts: list[Verdict]) -> None:
    """Add one verdict a generation; where the batch fails, each answer is asked on its own."""
    try:
        found = _checked(judge, generations, judge.judge(generations))
    except BaseException as error:  # noqa: BLE001 (whatever a third party raises must become an error verdict)
        if len(generations) > 1:
            for one in generations:
                _collect(judge, [one], verdicts)
            return
        found = (_failed(judge, generations[0], _raised(error, generations[0])),)
    verdicts.extend(found)


# --- form --------------------------------------------------------------------------------------------


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


def _raised(error: BaseException, generation: Generation) -> str:
    message = f"raised {type(error).__name__}: {error}"
    # An error may quote the answer, which is untrusted and possibly harmful; verdicts are safe to print.
    if generation.answer.text:
        message = message.replace(generation.answer.text, "[answer]")
    return message[:_LONGEST_MESSAGE]


def _failed(judge: Judge, generation: Generation, problem: str) -> Verdict:
    return Verdict(generation.id, judge.name, error=f"judge {judge.name!r} {problem}")
