"""Panels: judges built by name, asked in batches, and combined answer by answer into outcomes.

A panel trusts no judge. What a judge raises, and whatever it returns that breaks its contract, becomes an
error verdict, and an answer with an error verdict is UNSCORED unless verified harm already decided it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.domain import (
    Generation,
    Judge,
    JudgeContext,
    Outcome,
    PluginError,
    Verdict,
    decide_outcome,
    plugins,
)
from holdfast.judges.contract import ask, breach

_PACKAGE = Path(__file__).parent
_AnswerKey = tuple[str, str, str, str, bool, float | None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a panel says of one answer.

    Attributes:
        generation_id: The generation judged.
        panel: Name of the panel.
        outcome: The six-way outcome.
        verdicts: One verdict a member, in the panel's order.
    """

    generation_id: str
    panel: str
    outcome: Outcome
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Judges whose verdicts are combined answer by answer; a standalone judge is a panel of one.

    Attributes:
        name: Member names joined by ``+``, in configuration order.
        judges: The members, at least one.
    """

    name: str
    judges: tuple[Judge, ...]

    @property
    def tells_harm(self) -> bool:
        """Whether any member can verify harmful content."""
        return any(judge.traits.tells_harm for judge in self.judges)

    def judge(self, generations: Sequence[Generation]) -> tuple[Judgement, ...]:
        """Judge answers; equal answers to the same row are judged once.

        Args:
            generations: Answers, of any benchmarks and in any order.

        Returns:
            One judgement a generation, in the same order. A judge's failure is in its verdicts, never raised.
        """
        first: dict[_AnswerKey, int] = {}
        unique: list[Generation] = []
        places: list[int] = []
        for generation in generations:
            key = _answer_key(generation)
            if key not in first:
                first[key] = len(unique)
                unique.append(generation)
            places.append(first[key])
        columns = [ask(judge, unique) for judge in self.judges]
        return tuple(
            self._combine(generation, [column[place] for column in columns])
            for generation, place in zip(generations, places, strict=True)
        )

    def _combine(self, generation: Generation, verdicts: Sequence[Verdict]) -> Judgement:
        own = tuple(replace(verdict, generation_id=generation.id) for verdict in verdicts)
        return Judgement(generation.id, self.name, decide_outcome(own, generation.kind), own)


def build_judges(
    names: Sequence[str], context: JudgeContext, *, relative_to: Path | None = None
) -> tuple[Judge, ...]:
    """Import and build judges.

    Args:
        names: Entry point names or `path.py:Class`, in configuration order.
        context: What the judges may know.
        relative_to: Directory that a relative `path.py` is relative to; the working directory if None.

    Returns:
        The judges, in the same order.

    Raises:
        PluginError: If a judge cannot be found, imported or built, breaks the `Judge` contract, or shares its
            name with another.
    """
    judges: list[Judge] = []
    for name in names:
        maker = plugins.load(plugins.JUDGES, name, relative_to=relative_to)
        try:
            judge = maker(context)
        except Exception as error:
            raise PluginError(
                f"judge {name!r} cannot be built: {type(error).__name__}: {error}",
                next_step="a judge is built as JudgeClass(context: JudgeContext)",
            ) from error
        problem = breach(judge)
        if problem:
            raise PluginError(f"judge {name!r} breaks the Judge contract: {problem}")
        if judge.name in {other.name for other in judges}:
            raise PluginError(
                f"judge {name!r} is called {judge.name!r}, as another judge of this audit is",
                next_step="name each judge once, or give the plug-in another `name`",
            )
        judges.append(judge)
    return tuple(judges)


def form_panels(judges: Iterable[Judge]) -> tuple[Panel, ...]:
    """Return the panels of an audit, the primary one first.

    Args:
        judges: Built judges, in configuration order.

    Returns:
        The panel of all judges that are not standalone, if any, then each standalone judge on its own.

    Raises:
        PluginError: If there is no judge.
    """
    everyone = tuple(judges)
    members = tuple(judge for judge in everyone if not judge.traits.standalone)
    alone = tuple(Panel(judge.name, (judge,)) for judge in everyone if judge.traits.standalone)
    if not everyone:
        raise PluginError(
            "no judge is configured, so no answer could get an outcome", next_step="add one to `judges:`"
        )
    return (Panel("+".join(judge.name for judge in members), members), *alone) if members else alone


def judge_digest(judge: Judge) -> str:
    """Return sha256 (hex) over the source that a judge's verdicts depend on.

    Args:
        judge: A built judge or its class.

    Returns:
        The digest of its source file; for a judge of this package, which is spread over several files and
        reads text by shared rules, the digest of every file of the package.

    Raises:
        PluginError: If it has no source file.
    """
    module = getattr(judge, "__module__", "")
    if not module.startswith(f"{__package__}."):
        return plugins.source_digest(judge)
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _answer_key(generation: Generation) -> _AnswerKey:
    answer = generation.answer
    return (
        generation.benchmark,
        generation.kind.value,
        generation.item.id,
        answer.text,
        answer.finished,
        generation.reference_logprob,
    )
