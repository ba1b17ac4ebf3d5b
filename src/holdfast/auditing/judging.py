"""The judging stage: from stored answers to stored verdicts, without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.auditing.planner import BASELINE, judge_names, variant_names
from holdfast.domain import (
    JUDGED_KINDS,
    Benchmark,
    Generation,
    Judge,
    JudgeContext,
    Plan,
    PluginError,
    RunError,
    SoundAnswer,
    TrialSpec,
    TrialStatus,
    Verdict,
)
from holdfast.judges import Panel, build_judges, judge_digest
from holdfast.store import (
    Measurement,
    RunDirectory,
    content_digest,
    content_key,
    file_digest,
    read_generations,
    read_record,
    read_reference,
    read_sound,
    read_verdicts,
    write_json,
    write_verdicts,
)

VERDICTS_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class VerdictReceipt:
    """Proof of what one judge said of one trial.

    Attributes:
        judge: The judge's name.
        standalone: Whether it is reported as a judge of its own.
        digest: sha256 (hex) of the verdict file.
        added: How a judge that the plan does not name is spelled (it was added later, and stands alone
            whatever its traits); empty for the plan's own judges.
        schema: Version of this layout.
    """

    judge: str
    standalone: bool
    digest: str
    added: str = ""
    schema: int = VERDICTS_SCHEMA


def load_measurements(
    run: RunDirectory, trial: TrialSpec, benchmarks: Mapping[str, Benchmark]
) -> list[Measurement]:
    """Read every answer of a done trial, with reference likelihoods.

    Raises:
        RunError: If a file is missing, damaged, or differs from its receipt.
    """
    receipt = run.receipt(trial.key)
    if receipt is None:
        raise RunError(f"trial {trial.key} has no receipt")
    run.verify(trial.key, receipt)
    directory = run.trial(trial.key)
    reference = read_reference(directory / "reference.parquet")
    # Only what the receipt vouches for: a file that was put beside it is nobody's answer.
    parts = [directory / name for name in sorted(receipt.files) if name.startswith("generations-")]
    return read_generations(parts, benchmarks, reference)


def judge_run(
    run: RunDirectory,
    plan: Plan,
    benchmarks: Mapping[str, Benchmark],
    advance: Callable[[], None] = lambda: None,
    *,
    names: Sequence[str] = (),
) -> None:
    """Judge every done trial with every judge; verdicts that are there already are kept.

    Args:
        run: The run.
        plan: Its plan.
        benchmarks: Its benchmarks by name.
        advance: Called when one judge has judged one trial.
        names: Judges to ask instead of all of the plan's. One that the plan does not name is added: it
            stands beside the panel, whatever its traits, and decides nothing.

    Raises:
        RunError: If a stored file is missing or damaged.
        PluginError: If a judge cannot be found or built, or an added one is called as one of the plan's.
    """
    for model in plan.audit.models:
        trials = [t for t in plan.trials if t.model == model.name and is_done(run, t)]
        if not trials:
            continue
        measured = {t.key: _judged_answers(load_measurements(run, t, benchmarks)) for t in trials}
        baseline = next((t for t in trials if t.pathway == BASELINE), None)
        sound = _sound(run, plan, baseline, measured[baseline.key]) if baseline else ()
        context = JudgeContext(benchmarks=dict(benchmarks), sound=sound)
        calibration = content_digest(sound)
        asked = tuple(names) or plan.audit.judges
        for name, judge in zip(asked, build_judges(asked, context), strict=True):
            added = "" if name in plan.audit.judges else name
            if added and judge.name in judge_names(plan.audit):
                raise PluginError(
                    f"judge {name!r} is called {judge.name!r}, as one of this audit's own judges is",
                    next_step="give the plug-in another `name`: verdicts are kept by it",
                )
            source = judge_digest(judge)
            for trial in trials:
                answers = measured[trial.key]
                key = content_key(
                    {
                        "judge": judge.name,
                        "class": type(judge).__qualname__,
                        "source": source,
                        "calibration": calibration,
                        "answers": [[g.id, g.reference_logprob] for g in answers],
                    }
                )
                path = run.trial(trial.key) / "verdicts" / f"{key}.parquet"
                _forget_others(path, judge.name)
                if not path.with_suffix(".json").exists():
                    _write(path, judge, answers, added)
                advance()


def sound_answers(
    run: RunDirectory, plan: Plan, model: str, benchmarks: Mapping[str, Benchmark]
) -> tuple[SoundAnswer, ...]:
    """Return the answers that judges of one model calibrate on; none where its baseline gave no result.

    Args:
        run: The run.
        plan: Its plan.
        model: Model name.
        benchmarks: Its benchmarks by name.

    Raises:
        RunError: If a stored file is missing or damaged.
    """
    for trial in plan.trials:
        if trial.model == model and trial.pathway == BASELINE and is_done(run, trial):
            return _sound(run, plan, trial, _judged_answers(load_measurements(run, trial, benchmarks)))
    return ()


def is_done(run: RunDirectory, trial: TrialSpec) -> bool:
    """Return whether a trial has a receipt that says it gave a result."""
    return run.record(trial).status is TrialStatus.DONE


def _write(path: Path, judge: Judge, answers: Sequence[Generation], added: str) -> None:
    verdicts = [judgement.verdicts[0] for judgement in Panel(judge.name, (judge,)).judge(answers)]
    write_verdicts(path, verdicts)
    standalone = judge.traits.standalone or bool(added)
    receipt = VerdictReceipt(judge.name, standalone, file_digest(path), added)
    write_json(path.with_suffix(".json"), receipt)


def _forget_others(path: Path, judge: str) -> None:
    """Delete a judge's verdicts under other keys: by another source or calibration, they no longer hold."""
    for receipt in sorted(path.parent.glob("*.json")):
        if receipt.stem != path.stem and read_record(receipt, VerdictReceipt).judge == judge:
            receipt.unlink()
            receipt.with_suffix(".parquet").unlink(missing_ok=True)


def _judged_answers(measurements: Iterable[Measurement]) -> list[Generation]:
    """Return the answers that judges decide, each once, in a stable order."""
    unique = {m.generation.id: m.generation for m in measurements if m.generation.kind in JUDGED_KINDS}
    return [unique[key] for key in sorted(unique)]


def _sound(
    run: RunDirectory, plan: Plan, baseline: TrialSpec, answers: Sequence[Generation]
) -> tuple[SoundAnswer, ...]:
    gold = read_sound(run.trial(baseline.key) / "sound.parquet")
    varied = variant_names(plan.audit)  # the judges of all else must not depend on what is varied
    own = tuple(
        SoundAnswer(
            g.item.prompt, g.answer.text, f"reference:{g.benchmark}", g.benchmark, g.reference_logprob
        )
        for g in answers
        if g.benchmark not in varied and g.answer.text.strip()
    )
    return gold + own


def verdict_receipts(run: RunDirectory, trial: str) -> list[VerdictReceipt]:
    """Return the receipts of all judges on a trial, given by its key, in order of their names."""
    paths = (run.trial(trial) / "verdicts").glob("*.json")
    return sorted((read_record(path, VerdictReceipt) for path in paths), key=lambda r: r.judge)


def added_judges(run: RunDirectory, plan: Plan) -> list[str]:
    """Return how the judges that were added to a run are spelled."""
    receipts = [receipt for trial in plan.trials for receipt in verdict_receipts(run, trial.key)]
    return list({receipt.judge: receipt.added for receipt in receipts if receipt.added}.values())


@dataclass(frozen=True, slots=True)
class JudgeVerdicts:
    """What one judge said of one trial, by generation id."""

    receipt: VerdictReceipt
    verdicts: Mapping[str, Verdict]


def load_verdicts(run: RunDirectory, trial: TrialSpec) -> dict[str, JudgeVerdicts]:
    """Read every judge's verdicts on a trial, by judge name.

    Raises:
        RunError: If a verdict file is missing, or differs from what the judge wrote.
    """
    result = {}
    for path in sorted((run.trial(trial.key) / "verdicts").glob("*.json")):
        receipt = read_record(path, VerdictReceipt)
        table = path.with_suffix(".parquet")
        if not table.exists() or file_digest(table) != receipt.digest:
            raise RunError(
                f"{table} is missing or was changed after it was judged",
                next_step=f"delete {table.parent} and give: holdfast audit {run.path}",
            )
        result[receipt.judge] = JudgeVerdicts(
            receipt, {verdict.generation_id: verdict for verdict in read_verdicts(table)}
        )
    return result
