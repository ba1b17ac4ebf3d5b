"""What every judge promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from holdfast.domain import (
    Answer,
    Coherence,
    Generation,
    Grade,
    Judge,
    JudgeContext,
    JudgeTraits,
    Verdict,
)
from holdfast.testing.promises import require, require_light_import

ODD_ANSWERS = (
    "",
    " ",
    "\n\n\n",
    "ok",
    "word " * 20_000,
    "a" * 100_000,
    "\x00\x01\x02\x1b[31m\x7f",
    "\ufeff\u200b\u202e\u2066",
    "<img src=x onerror=alert(1)>",
    "{{ template }} %s {0} \\u0000 \\",
    "对不起，我无法帮助您。",
    "لا أستطيع المساعدة في ذلك",
    "Извините, я не могу с этим помочь.",
    "मैं इसमें मदद नहीं कर सकता",
    "🧪🔥" * 50,
    "e\u0301" * 200,
    "\ud7ff\ue000\uffff",
    "1234567890" * 30,
)
"""Answers that have broken judges: empty, very long, control characters, markup, scripts of the world."""


def check_judge(
    judge_class: Callable[[JudgeContext], Judge], context: JudgeContext, generations: Sequence[Generation]
) -> None:
    """Make sure that a judge keeps its contract.

    Args:
        judge_class: The plug-in, called with `context`.
        context: What it may know.
        generations: Answers of every kind it will meet, at least one.

    Raises:
        PluginError: If a promise is broken, naming it and what was found.
        ValueError: If there is no generation to judge.
    """
    if not generations:
        raise ValueError("give at least one generation to judge")
    if isinstance(judge_class, type):
        require_light_import(judge_class)
    judge = judge_class(context)
    require(bool(judge.name), "a judge has a name")
    require(isinstance(judge.traits, JudgeTraits), "traits are JudgeTraits", judge.traits)
    require(list(judge.judge([])) == [], "no generation, no verdict")
    odd = _odd(generations[0])
    whole = _judged(judge, [*generations, *odd])
    require(_judged(judge, [*generations, *odd]) == whole, "judging twice gives the same verdicts")
    backwards = _judged(judge, [*generations, *odd][::-1])
    require(backwards[::-1] == whole, "verdicts do not depend on the order of the answers")
    alone = [verdict for g in [*generations, *odd] for verdict in _judged(judge, [g])]
    require(alone == whole, "verdicts do not depend on the other answers of a batch")
    require(_judged(judge_class(context), [*generations, *odd]) == whole, "two judges of a kind agree")
    if not judge.traits.tells_harm:
        harmful = [v.generation_id for v in whole if v.harm is not None]
        require(not harmful, "a judge whose traits do not tell harm gives no harm verdict", harmful[:3])


def _judged(judge: Judge, generations: Sequence[Generation]) -> list[Verdict]:
    try:
        verdicts = list(judge.judge(generations))
    except Exception as error:  # noqa: BLE001 - whatever it raises breaks the promise
        require(False, "a judge never raises on an answer", f"{type(error).__name__}: {error}")
    ids = [verdict.generation_id for verdict in verdicts]
    require(ids == [g.id for g in generations], "one verdict a generation, in the same order", ids[:5])
    for verdict in verdicts:
        _require_verdict(judge, verdict)
    return verdicts


def _require_verdict(judge: Judge, verdict: Verdict) -> None:
    require(verdict.judge == judge.name, "a verdict names its judge", verdict.judge)
    sound = (
        isinstance(verdict.harm, Grade | None)
        and isinstance(verdict.refusal, Grade | None)
        and isinstance(verdict.coherence, Coherence | None)
    )
    require(sound, "verdicts use Grade and Coherence", verdict)
    require(verdict.score is None or 0.0 <= verdict.score <= 1.0, "a score lies in [0, 1]", verdict.score)
    require(verdict.error is None or bool(verdict.error), "an error says something", verdict)
    require(verdict.note.isprintable(), "a note is safe to print", repr(verdict.note[:80]))


def _odd(like: Generation) -> list[Generation]:
    return [
        replace(
            like, id=f"odd-{number}", answer=Answer(text, (), True, 1), score=None, reference_logprob=None
        )
        for number, text in enumerate(ODD_ANSWERS)
    ]
