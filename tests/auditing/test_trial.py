"""One trial by a scripted technique: what is measured where, what is refined, and how it ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hand_made import FAKE

from holdfast.auditing.analysis.anchors import seed_anchor
from holdfast.auditing.analysis.trajectories import trial_cells
from holdfast.auditing.execution.executor import Broke, Event, Finished, Started, attempt
from holdfast.auditing.execution.trial import TrialTask, run_trial
from holdfast.auditing.planner import measuring_schedule
from holdfast.domain import (
    NO_SAFEGUARD,
    Answer,
    AuditSpec,
    Benchmark,
    BenchmarkKind,
    BenchmarkSpec,
    Conversation,
    DataSource,
    Decoding,
    Goal,
    Item,
    ModelShape,
    ModelSource,
    PathwaySpec,
    Split,
    TrialError,
    TrialRecord,
    TrialSpec,
    TrialStatus,
    Variant,
    Yardstick,
    ask,
)
from holdfast.stats import SampleError
from holdfast.store import (
    CheckpointRow,
    Measurement,
    RunDirectory,
    read_checkpoints,
    read_generations,
    read_reference,
    read_sound,
)

STEPS = 16


class StubModel:
    """Stands in for a loaded model: repeats its prompt, and finds every answer equally likely."""

    digest = SimpleNamespace(digest="0123")
    shape = ModelShape(1000, 100, 2, 16, 32, 2, 2, 64, 512)
    device = "cpu"
    asked: list[Decoding]

    def __init__(self) -> None:
        self.asked = []

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        self.asked.append(decoding)
        return [[Answer(p[-1].content, (1,), True, 3)] * decoding.samples for p in prompts]

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        return [-1.0 if answer else None for answer in answers]


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> StubModel:
    import holdfast.models

    stub = StubModel()
    monkeypatch.setattr(holdfast.models, "load_model", lambda source, device: stub)
    return stub


def rows(name: str, kind: BenchmarkKind, splits: Sequence[Split], target: str | None = None) -> Benchmark:
    items = tuple(
        Item(f"{split.value}{i}", ask(f"{name} {split.value} {i}"), target, f"{i}", split=split)
        for split in splits
        for i in range(4)
    )
    return Benchmark(name, kind, items, "exact" if kind is BenchmarkKind.CAPABILITY else None)


BENCHMARKS = {
    b.name: b
    for b in (
        rows("direct", BenchmarkKind.SAFETY, [Split.HELDOUT]),
        rows("lookalikes", BenchmarkKind.OVER_REFUSAL, [Split.HELDOUT]),
        rows("echo", BenchmarkKind.CAPABILITY, list(Split), "right"),
        rows("sing", BenchmarkKind.CAPABILITY, list(Split), "right"),
        rows("skills", BenchmarkKind.CAPABILITY, [Split.HELDOUT], "right"),
        rows("direct@drawn", BenchmarkKind.SAFETY, [Split.HELDOUT]),
    )
}
DRAWN = BenchmarkSpec(
    "direct@drawn",
    DataSource(),
    BenchmarkKind.SAFETY,
    variant=Variant("direct", decoding="drawn"),
    decoding=Decoding(9, 0.5, 2),
)
GOALS = (Goal("echo", "echo", 0.5), Goal("sing", "sing", 0.5))


def learns(**at: Mapping[int, float]) -> dict[str, Any]:
    """Return a script by which each named benchmark is answered rightly from a step on."""
    return {
        "rules": [
            *({"match": f"^{name}", "curve": curve, "answer": "right"} for name, curve in at.items()),
            {"match": "."},
        ]
    }


Make = Callable[..., TrialTask]


@pytest.fixture
def task(tmp_path: Path) -> Make:
    def make(
        script: Mapping[str, Any],
        *,
        pathway: str = "tune",
        goals: Sequence[Goal] = GOALS[:1],
        seed: int = 7,
        varied: bool = False,
    ) -> TrialTask:
        fake = PathwaySpec("tune", FAKE, options={"steps": STEPS, **script})
        audit = AuditSpec(
            name="scripted",
            models=(ModelSource("m", path="/nowhere"),),
            goals=tuple(goals),
            benchmarks=(DRAWN,) if varied else (),
            pathways=(
                PathwaySpec("plain", "prompted"),
                PathwaySpec("best", "prompted", options={"style": "best-of-k", "samples": 3}),
                fake,
            ),
            judges=("refusal",),
            utility=("skills",),
        )
        steps = STEPS if pathway == "tune" else 0
        trial = TrialSpec("key", "m", NO_SAFEGUARD, pathway, seed, measuring_schedule(steps), "t", "m")
        wanted = {"direct", "lookalikes", "skills", *(g.benchmark for g in goals)}
        wanted |= {DRAWN.name} if varied else set()
        benchmarks = {name: b for name, b in BENCHMARKS.items() if name in wanted}
        return TrialTask(trial, audit, benchmarks, RunDirectory(tmp_path).begin_attempt("key"), "cpu")

    return make


def checkpoints(task: TrialTask) -> list[CheckpointRow]:
    return read_checkpoints(task.attempt / "spend.parquet")


def measured(task: TrialTask) -> list[Measurement]:
    return read_generations(sorted(task.attempt.glob("generations-*.parquet")), BENCHMARKS, {})


def asked_at(task: TrialTask, index: int) -> set[tuple[str, str]]:
    return {
        (m.generation.benchmark, m.generation.item.split.value)
        for m in measured(task)
        if m.checkpoint == index
    }


EVERYTHING = {("direct", "heldout"), ("lookalikes", "heldout"), ("skills", "heldout")}
GOAL_SELECTION, GOAL_HELDOUT = {("echo", "selection")}, {("echo", "heldout")}


def test_the_start_looks_at_goals_alone_and_every_other_step_at_everything(task: Make) -> None:
    done = task(learns())
    run_trial(done, lambda _: None)
    found = checkpoints(done)
    assert [(row.step, row.at) for row in found] == [
        (0, "start"),
        *((s, "step") for s in (1, 2, 4, 8, 16)),
    ]
    assert asked_at(done, 0) == GOAL_SELECTION
    for row in found[1:-1]:
        assert asked_at(done, row.index) == EVERYTHING | GOAL_SELECTION
    assert asked_at(done, found[-1].index) == EVERYTHING | GOAL_SELECTION | GOAL_HELDOUT


@pytest.mark.parametrize("jump", [1, 2, 3, 5, 7, 8, 9, 11, 15, 16])
def test_the_anchor_is_refined_to_the_step_and_told_on_held_out_rows(
    jump: int, task: Make, tmp_path: Path
) -> None:
    done = task(learns(echo={0: 0.0, jump: 1.0}))
    run_trial(done, lambda _: None)
    run = RunDirectory(tmp_path)
    run.commit(
        done.trial, done.attempt, TrialRecord("key", "m", "none", "tune", 7, TrialStatus.DONE, versions={})
    )
    cells = trial_cells(run, done.trial, BENCHMARKS, [], {})
    anchor = seed_anchor(cells, GOALS[0])
    assert anchor.left is not None
    assert anchor.right is not None
    assert (anchor.left.step, anchor.right.step) == (jump - 1, jump)
    held = [cells.at(row, "echo") for row in cells.checkpoints if row.step == jump]
    assert [cell.scores for cell in held if cell is not None] == [(1.0,) * 4]
    safety = [cells.at(row, "direct") for row in cells.checkpoints if row.step == jump]
    assert any(safety)


def test_a_checkpoint_added_by_refinement_is_marked_and_carries_its_spend(task: Make) -> None:
    done = task(learns(echo={0: 0.0, 11: 1.0}))
    run_trial(done, lambda _: None)
    added = [row for row in checkpoints(done) if row.at == "anchor:echo"]
    assert 11 in {row.step for row in added}
    assert all(row.spend.steps == row.step for row in checkpoints(done))


def test_two_goals_have_an_anchor_each(task: Make, tmp_path: Path) -> None:
    done = task(learns(echo={0: 0.0, 3: 1.0}, sing={0: 0.0, 13: 1.0}), goals=GOALS)
    run_trial(done, lambda _: None)
    RunDirectory(tmp_path).commit(
        done.trial, done.attempt, TrialRecord("key", "m", "none", "tune", 7, TrialStatus.DONE)
    )
    cells = trial_cells(RunDirectory(tmp_path), done.trial, BENCHMARKS, [], {})
    for goal, step in zip(GOALS, (3, 13), strict=True):
        row = seed_anchor(cells, goal).right
        assert row is not None
        assert row.step == step
        assert any(cells.at(r, goal.benchmark) for r in cells.checkpoints if r.step == step)


def test_a_goal_that_is_not_reached_or_reached_at_once_is_not_refined(task: Make) -> None:
    for script in (learns(), learns(echo={0: 1.0})):
        done = task(script)
        run_trial(done, lambda _: None)
        assert {row.at for row in checkpoints(done)} == {"start", "step"}


def test_a_lucky_score_that_falls_again_is_not_the_anchor(task: Make, tmp_path: Path) -> None:
    done = task(learns(echo={0: 0.0, 2: 1.0, 3: 0.0, 6: 1.0}))
    run_trial(done, lambda _: None)
    RunDirectory(tmp_path).commit(
        done.trial, done.attempt, TrialRecord("key", "m", "none", "tune", 7, TrialStatus.DONE)
    )
    cells = trial_cells(RunDirectory(tmp_path), done.trial, BENCHMARKS, [], {})
    row = seed_anchor(cells, GOALS[0]).right
    assert row is not None
    # The first perfect score is the peak, so it is the passage; it has its held-out answers.
    assert row.step == 2
    assert any(cells.at(r, "echo") for r in cells.checkpoints if r.step == 2)


def test_neither_snapshots_nor_scratch_are_left(task: Make) -> None:
    done = task(learns(echo={0: 0.0, 11: 1.0}))
    run_trial(done, lambda _: None)
    assert {path.suffix for path in done.attempt.iterdir()} == {".parquet"}


def test_the_untouched_model_is_asked_everything_once(task: Make, model: StubModel) -> None:
    done = task({}, pathway="plain")
    result = run_trial(done, lambda _: None)
    assert result.model_digest == "0123"
    assert asked_at(done, 0) == EVERYTHING | GOAL_SELECTION | GOAL_HELDOUT
    assert [(row.step, row.at, row.spend.steps) for row in checkpoints(done)] == [(0, "start", 0)]
    assert {decoding.seed for decoding in model.asked} == {7}
    gold = read_sound(done.attempt / "sound.parquet")
    assert {answer.task for answer in gold} == {"echo", "skills"}
    assert {(answer.text, answer.reference_logprob) for answer in gold} == {("right", -1.0)}


def test_an_input_attack_is_asked_for_safety_alone(task: Make) -> None:
    done = task({}, pathway="best")
    run_trial(done, lambda _: None)
    assert asked_at(done, 0) == {("direct", "heldout")}
    assert sorted({m.generation.sample for m in measured(done)}) == [0, 1, 2]
    assert not (done.attempt / "sound.parquet").exists()
    assert checkpoints(done)[0].spend.inference_tokens > 0


def test_variants_are_asked_at_the_anchor_and_the_end_and_nowhere_else(task: Make) -> None:
    done = task(learns(echo={0: 0.0, 7: 1.0}), varied=True)
    run_trial(done, lambda _: None)
    varied = {
        row.step for row in checkpoints(done) if ("direct@drawn", "heldout") in asked_at(done, row.index)
    }
    assert {7, 16} <= varied
    assert varied.isdisjoint({0, 1, 2, 4})


def test_a_variant_is_asked_by_its_own_decoding_and_the_trials_seed(task: Make, model: StubModel) -> None:
    done = task({}, pathway="plain", varied=True)
    run_trial(done, lambda _: None)
    assert Decoding(9, 0.5, 2, seed=7) in model.asked
    answers = [m.generation for m in measured(done) if m.generation.benchmark == DRAWN.name]
    assert sorted((g.item.id, g.sample) for g in answers) == [
        (f"heldout{i}", sample) for i in range(4) for sample in range(2)
    ]


def test_attacks_on_inputs_are_asked_no_variants(task: Make) -> None:
    done = task({}, pathway="best", varied=True)
    run_trial(done, lambda _: None)
    assert asked_at(done, 0) == {("direct", "heldout")}


def test_a_goal_relative_to_the_base_is_refined_where_the_untouched_model_says(
    task: Make, tmp_path: Path
) -> None:
    double = Goal("echo", "echo", 2.0, Yardstick.BASE)
    done = task(learns(echo={0: 0.5, 4: 0.5, 5: 1.0}), goals=[double])
    run_trial(done, lambda _: None)
    assert any(row.step == 5 and asked_at(done, row.index) >= GOAL_HELDOUT for row in checkpoints(done))
    run = RunDirectory(tmp_path)
    run.commit(done.trial, done.attempt, TrialRecord("key", "m", "none", "tune", 7, TrialStatus.DONE))
    anchor = seed_anchor(trial_cells(run, done.trial, BENCHMARKS, [], {}), double)
    assert anchor.target == pytest.approx(2 * 0.25)  # one of its four rows is right untouched
    assert anchor.right is not None
    assert anchor.right.step == 5


def test_a_goal_relative_to_the_best_is_watched_everywhere_and_refined_nowhere(task: Make) -> None:
    best = Goal("echo", "echo", 0.9, Yardstick.BEST)
    done = task(learns(echo={0: 0.0, 7: 1.0}), goals=[best], varied=True)
    run_trial(done, lambda _: None)
    found = checkpoints(done)
    assert {row.at for row in found} == {"start", "step"}
    for row in found[1:]:
        assert asked_at(done, row.index) >= EVERYTHING | GOAL_HELDOUT | {("direct@drawn", "heldout")}


def test_a_goal_above_every_score_fails_at_the_start_and_says_so(task: Make) -> None:
    with pytest.raises(SampleError, match=r"2 times the base score 0\.750 is 1\.500"):
        run_trial(
            task(learns(echo={0: 0.75}), goals=[Goal("echo", "echo", 2.0, Yardstick.BASE)]), lambda _: None
        )


def test_every_judged_answer_has_a_likelihood_under_the_untouched_model(task: Make) -> None:
    done = task(learns())
    run_trial(done, lambda _: None)
    judged = {m.generation.id for m in measured(done) if m.generation.kind is not BenchmarkKind.CAPABILITY}
    assert set(read_reference(done.attempt / "reference.parquet")) == judged


def test_every_measured_step_is_reported_and_the_time_is_booked(task: Make) -> None:
    steps: list[int] = []
    result = run_trial(task(learns()), steps.append)
    assert steps == [0, 1, 2, 4, 8, 16]
    assert {"start_up", "train", "generate", "reference", "store"} <= set(result.seconds)


def events_of(task: TrialTask) -> list[Event]:
    events: list[Event] = []
    attempt(task, events.append)
    assert isinstance(events[0], Started)
    return events


def test_a_trial_that_ends_well_is_finished(task: Make) -> None:
    assert isinstance(events_of(task(learns()))[-1], Finished)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ({"fail_at": 4}, "RuntimeError: the script fails at step 4"),
        ({"diverge_at": 2}, "diverged at step 2"),
    ],
)
def test_a_trial_that_fails_by_itself_says_why_and_is_not_tried_again(
    script: dict[str, Any], said: str, task: Make
) -> None:
    last = events_of(task(learns() | script))[-1]
    assert isinstance(last, Broke)
    assert said in last.error
    assert not last.infrastructure


@pytest.mark.parametrize(
    ("error", "machine"),
    [
        (OSError(28, "No space left on device"), True),
        (MemoryError("too big"), True),
        (FileNotFoundError(2, "No such file"), False),
        (TrialError("nothing trained"), False),
        (KeyError("bug"), False),
    ],
)
def test_a_failing_machine_is_told_from_a_failing_trial(
    error: Exception, machine: bool, task: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holdfast.auditing.execution.trial as module

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "write_generations", fail)
    last = events_of(task(learns()))[-1]
    assert isinstance(last, Broke)
    assert last.infrastructure is machine
    assert last.error


def test_only_the_seeds_that_are_told_to_fail_do(task: Make) -> None:
    script = learns() | {"fail_at": 1, "only_seeds": [3]}
    assert isinstance(events_of(task(script, seed=3))[-1], Broke)
    assert isinstance(events_of(task(script, seed=4))[-1], Finished)


def test_a_goal_without_selection_rows_is_an_error_not_a_zero(task: Make) -> None:
    done = task(learns())
    bare = replace(BENCHMARKS["echo"], items=BENCHMARKS["echo"].part(Split.HELDOUT))
    last = events_of(replace(done, benchmarks={**done.benchmarks, "echo": bare}))[-1]
    assert isinstance(last, Broke)
    assert "no selection rows" in last.error
