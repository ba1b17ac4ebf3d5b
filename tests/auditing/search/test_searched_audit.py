"""A searched audit from configuration to report: what is journaled, run again, recorded and gone on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from holdfast.auditing.execution.executor import Broke, OnEvent, Task
from holdfast.auditing.execution.progress import Silent
from holdfast.auditing.inputs import prepare
from holdfast.auditing.record import load_record
from holdfast.auditing.search.journal import read_tries
from holdfast.auditing.search.prompts import search_prompts
from holdfast.auditing.search.stage import run_searches
from holdfast.domain import (
    Conclusion,
    RunRecord,
    Sampler,
    SearchRecord,
    Split,
    Status,
    TrialStatus,
    TryRecord,
    TryStatus,
)
from holdfast.store import RunDirectory, read_generations
from holdfast.workflow.audit import run_audit

Write = Callable[..., Path]


def journal(run: Path, sampler: str = "tpe") -> Path:
    return run / "search" / "tiny" / f"tuned-{sampler}.jsonl"


def statuses(record: RunRecord, pathway: str) -> set[TrialStatus]:
    return {trial.status for trial in record.trials if trial.pathway == pathway}


def search_of(record: RunRecord, sampler: Sampler = Sampler.TPE) -> SearchRecord:
    return next(search for search in record.searches if search.sampler is sampler)


@pytest.fixture
def copied(whole_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished run, with what its configuration names beside it."""
    shutil.copytree(whole_run.parent, tmp_path / "copy")
    return tmp_path / "copy" / "run"


def forget_winners(run: Path) -> None:
    """Take the winners' trials out of a run, as if it had been killed before they were done."""
    for trial in load_record(run).trials:
        if trial.pathway == "tuned.searched":
            shutil.rmtree(run / "trials" / trial.key)


def test_winners_run_on_the_audits_seeds_and_have_paid_for_every_try(whole_run: Path) -> None:
    record = load_record(whole_run)
    tries = read_tries(journal(whole_run))
    assert [each.number for each in tries] == [1, 2, 3, 4]
    assert statuses(record, "tuned.searched") == statuses(record, "tuned.random") == {TrialStatus.DONE}
    paid = sum(each.spend.flops for each in tries)
    for trial in (t for t in record.trials if t.pathway == "tuned.searched"):
        spends = record.ledgers[trial.key]
        assert {spend.tries for spend in spends} == {4}
        assert spends[0].flops == pytest.approx(paid)


def test_prices_are_told_without_the_search_with_its_winner_and_with_all_tries(whole_run: Path) -> None:
    record = load_record(whole_run)
    search = search_of(record)
    best = min(each.price for each in search.tries if each.price is not None)
    assert search.without.value == 80.0
    assert search.searched.value == best
    assert search.again.value == pytest.approx(best)
    assert search.whole.value == pytest.approx(best + search.spend.flops)
    assert "4 tries" in search.conclusion
    assert sum(search.count(status) for status in TryStatus) == 4
    assert search_of(record, Sampler.RANDOM).winner == "tuned.random"


def test_what_a_search_asks_is_reported_nowhere(whole_run: Path) -> None:
    prepared = prepare(whole_run)
    prompts = search_prompts(prepared.plan.audit, prepared.benchmarks)
    asked = {item.prompt for benchmark in prompts.by_name.values() for item in benchmark.items}
    groups = set(prompts.safety_groups)
    reported: dict[str, set[str]] = {}
    for trial in prepared.plan.trials:
        parts = sorted((whole_run / "trials" / trial.key).glob("generations-*.parquet"))
        items = [m.generation.item for m in read_generations(parts, prepared.benchmarks, {})
                 if m.generation.benchmark in ("direct", "look")]  # fmt: skip
        assert not groups & {item.group for item in items}
        reported.setdefault(trial.pathway, set()).update(
            i.prompt for i in items if i.prompt.startswith("how")
        )
    assert len(asked) >= 20
    assert not asked & set().union(*reported.values())
    # Arms stay paired: every pathway of the audit is asked the same held-out prompts.
    assert len({frozenset(prompts) for prompts in reported.values()}) == 1


def test_groups_held_out_in_one_benchmark_are_searched_in_none(write: Write) -> None:
    prepared = prepare(write())
    direct = prepared.benchmarks["direct"]
    held = direct.part(Split.HELDOUT)[0]
    again = direct.part(Split.SELECTION)[0]
    other = type(direct)("other", direct.kind, (
        type(again)("a", again.messages, group=held.group, split=Split.SELECTION),
        type(again)("b", again.messages, group=again.group, split=Split.SELECTION),
    ))  # fmt: skip
    found = search_prompts(prepared.plan.audit, {**prepared.benchmarks, "other": other})
    assert [item.id for item in found.by_name["other"].items] == ["b"]


@pytest.mark.parametrize("kept", ["a torn line", "nothing"])
def test_a_search_killed_at_any_moment_ends_with_the_same_winner(kept: str, copied: Path) -> None:
    path, before = journal(copied), (copied / "findings.json").read_bytes()
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join({"a torn line": [*lines[:2], lines[2][:40]], "nothing": []}[kept]))
    forget_winners(copied)
    run_audit(copied, workers=0)
    assert path.read_bytes() == whole
    assert (copied / "findings.json").read_bytes() == before


def test_a_finished_search_is_left_alone(copied: Path) -> None:
    files = {path: path.stat().st_mtime_ns for path in copied.rglob("*.jsonl")}
    run_audit(copied, workers=0)
    assert len(files) == 2
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_tries_under_other_judges_are_not_mixed_with_new_ones(copied: Path) -> None:
    path = journal(copied)
    head, first = path.read_text().splitlines(keepends=True)[:2]
    path.write_text(head.replace(json.loads(head)["search"], "0" * 20) + first)
    forget_winners(copied)
    run_audit(copied, workers=0)
    record = load_record(copied)
    lost = [trial for trial in record.trials if trial.pathway == "tuned.searched"]
    assert {trial.status for trial in lost} <= {TrialStatus.LOST, TrialStatus.FAILED}
    assert "other judges" in lost[0].error
    line = next(each for each in record.decision.lines if each.pathway == "tuned.searched")
    assert line.conclusion is Conclusion.INCONCLUSIVE


def test_where_nothing_keeps_the_bounds_the_winner_is_inconclusive_with_its_counts(
    write: Write, tmp_path: Path
) -> None:
    search = {"tries": 2, "space": {"power": [0.5, 1.0]}, "control": "none", "seeds": 1}
    record = load_record(run_audit(write(search, kept=0.0), tmp_path / "run", workers=0))
    assert statuses(record, "tuned.searched") == {TrialStatus.FAILED}
    line = next(each for each in record.decision.lines if each.pathway == "tuned.searched")
    assert line.conclusion is Conclusion.INCONCLUSIVE
    (found,) = record.searches
    assert found.best is None
    assert found.again.status is Status.INCONCLUSIVE
    assert "none of 2 tries (0 feasible, 0 infeasible, 2 pruned, 0 failed)" in found.conclusion


def test_where_no_try_breaks_harm_is_estimated_anew(write: Write, tmp_path: Path) -> None:
    search = {"tries": 3, "space": {"power": [0.05, 0.1, 0.2]}, "control": "none"}
    record = load_record(run_audit(write(search, power=0.05), tmp_path / "run", workers=0))
    assert statuses(record, "tuned.searched") == {TrialStatus.DONE}
    (found,) = record.searches
    assert found.conclusion.startswith("not broken within 3 tries")
    assert found.again.value is not None
    assert found.again.seeds == 2
    assert found.optimism is not None
    assert found.whole.value is None


class Dying:
    """An executor whose worker vanishes at every search."""

    def __init__(self) -> None:
        self.runs = 0

    def run(self, tasks: Sequence[Task], on_event: OnEvent) -> None:
        self.runs += 1
        for task in tasks:
            on_event(Broke(task.key, "its worker process died (signal 9)", infrastructure=True, died=True))


def test_a_try_that_takes_its_worker_with_it_twice_counts_as_failed(copied: Path) -> None:
    forget_winners(copied)
    path = journal(copied)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    prepared = prepare(copied)
    executor = Dying()
    run_searches(RunDirectory(copied), prepared.plan, prepared.benchmarks, executor, Silent())
    tries: tuple[TryRecord, ...] = read_tries(journal(copied))
    assert executor.runs == 2 * 4
    assert [each.status for each in tries] == [TryStatus.FAILED] * 4
    assert "died 2 times" in tries[0].note


def test_a_worker_that_dies_before_its_first_try_loses_the_search(copied: Path) -> None:
    forget_winners(copied)
    journal(copied).unlink()
    prepared = prepare(copied)
    executor = Dying()
    run_searches(RunDirectory(copied), prepared.plan, prepared.benchmarks, executor, Silent())
    assert executor.runs == 1
    lost = [t for t in prepared.plan.trials if t.pathway == "tuned.searched"]
    records = [RunDirectory(copied).record(trial) for trial in lost]
    assert {record.status for record in records} == {TrialStatus.LOST}
    assert "worker process died" in records[0].error


def test_the_manifest_vouches_for_journals(whole_run: Path) -> None:
    held = json.loads((whole_run / "manifest.json").read_text())["search"]
    assert sorted(held) == ["search.json", "search/tiny/tuned-random.jsonl", "search/tiny/tuned-tpe.jsonl"]
