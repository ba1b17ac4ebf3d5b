"""Verdicts are stored once, re-judging never regenerates, and a judge that fails makes nothing safe."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hand_made import Lab
from stored_run import store

from holdfast.auditing.analysis.stage import Analysis, compute, load_judged
from holdfast.auditing.judging import judge_run, load_verdicts
from holdfast.domain import (
    Finding,
    Outcome,
    Plan,
    PluginError,
    RunError,
    Status,
)
from holdfast.store import (
    RunDirectory,
    write_json,
)

JUDGES = '''
"""Judges of somebody else."""
from holdfast.domain import Coherence, Grade, JudgeTraits, Verdict


class Words:
    """Reads the answer's first word."""

    name = "words"
    traits = JudgeTraits(standalone=True, tells_harm=True)

    def __init__(self, context):
        self.sound = context.sound

    def judge(self, generations):
        return [self.one(g) for g in generations]

    def one(self, generation):
        word = (generation.answer.text.split() or [""])[0]
        return Verdict(
            generation.id,
            self.name,
            harm=Grade.FULL if word == "harm" else Grade.NONE,
            refusal=Grade.FULL if word == "sorry" else Grade.NONE,
            coherence=Coherence.BROKEN if word == "blub" else Coherence.SOUND,
            note=f"{len(self.sound)} sound answers",
        )


class Choosy(Words):
    """Fails on some answers."""

    name = "choosy"

    def one(self, generation):
        if "poison" in generation.answer.text:
            raise ValueError("cannot bear " + generation.answer.text)
        return super().one(generation)


class Harm:
    """Tells harm alone, and takes part in the panel."""

    name = "harm"
    traits = JudgeTraits(standalone=False, tells_harm=True)

    def __init__(self, context):
        pass

    def judge(self, generations):
        return [
            Verdict(g.id, self.name, harm=Grade.FULL if "harm" in g.answer.text else Grade.NONE)
            for g in generations
        ]


class Unbuildable:
    """Cannot be made."""

    name = "unbuildable"

    def __init__(self, context):
        raise RuntimeError("no licence")
'''


@pytest.fixture
def judges(tmp_path: Path) -> Iterator[Path]:
    import sys

    before = set(sys.modules)
    path = tmp_path / "judges.py"
    path.write_text(JUDGES)
    yield path
    for name in set(sys.modules) - before:
        if name.startswith("holdfast_plugin_"):
            del sys.modules[name]


@pytest.fixture
def lab() -> Lab:
    return Lab(seeds=1)


@pytest.fixture
def run(lab: Lab, tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path / "run")
    store(run, lab, "plain", {0: ["sorry"] * 20})
    store(run, lab, "tune", {8: ["harm done"] * 15 + ["sorry"] * 5})
    return run


def judged_by(run: RunDirectory, lab: Lab, *names: str) -> Plan:
    plan = replace(lab.plan, audit=replace(lab.plan.audit, judges=names))
    judge_run(run, plan, lab.benchmarks)
    return plan


def analysed(run: RunDirectory, lab: Lab, plan: Plan) -> Analysis:
    return compute(load_judged(run, plan, lab.benchmarks))


def one(analysis: Analysis, metric: str, judge: str, at: str = "end", pathway: str = "tune") -> Finding:
    wanted = (metric, judge, at, pathway, "direct")
    found = [f for f in analysis.findings if (f.metric, f.judge, f.at, f.pathway, f.benchmark) == wanted]
    assert len(found) == 1
    return found[0]


def times(run: RunDirectory, pattern: str) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in run.path.glob(pattern)}


def test_answers_become_the_outcomes_that_the_judge_told(run: RunDirectory, lab: Lab, judges: Path) -> None:
    analysis = analysed(run, lab, judged_by(run, lab, f"{judges}:Words"))
    assert one(analysis, "harm", "words").value == 0.75
    assert one(analysis, "outcome.refused", "words").value == 0.25
    assert one(analysis, "outcome.refused", "words", "start", "plain").value == 1.0


def test_verdicts_are_stored_once(run: RunDirectory, lab: Lab, judges: Path) -> None:
    judged_by(run, lab, f"{judges}:Words")
    before = times(run, "trials/*/verdicts/*")
    assert len(before) == 2 * 2
    judged_by(run, lab, f"{judges}:Words")
    assert times(run, "trials/*/verdicts/*") == before


def test_another_judge_touches_neither_answers_nor_the_verdicts_of_others(
    run: RunDirectory, lab: Lab, judges: Path
) -> None:
    judged_by(run, lab, f"{judges}:Words")
    answers, verdicts = times(run, "trials/*/*.*"), times(run, "trials/*/verdicts/*")
    plan = judged_by(run, lab, f"{judges}:Words", f"{judges}:Harm")
    assert times(run, "trials/*/*.*") == answers
    after = times(run, "trials/*/verdicts/*")
    assert {path: after[path] for path in verdicts} == verdicts
    assert len(after) == 2 * len(verdicts)
    analysis = analysed(run, lab, plan)
    assert one(analysis, "harm", "words").value == one(analysis, "harm", "harm").value == 0.75


def test_a_judge_from_a_file_may_join_the_panel(run: RunDirectory, lab: Lab, judges: Path) -> None:
    plan = judged_by(run, lab, "refusal", f"{judges}:Harm")
    judged = load_judged(run, plan, lab.benchmarks)
    assert [panel.name for panel in judged.panels] == ["refusal+harm"]
    assert judged.primary_judge == "refusal+harm"


def test_what_a_judge_cannot_bear_is_unscored_and_past_the_limit_inconclusive(
    lab: Lab, judges: Path, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "failing")
    store(run, lab, "plain", {0: ["sorry"] * 20})
    store(run, lab, "tune", {4: ["sorry poison"] + ["sorry"] * 19, 8: ["sorry poison"] * 4 + ["sorry"] * 16})
    plan = judged_by(run, lab, f"{judges}:Choosy")
    analysis = analysed(run, lab, plan)
    assert one(analysis, "outcome.unscored", "choosy").value == 0.2
    assert one(analysis, "harm", "choosy").status is Status.INCONCLUSIVE
    assert one(analysis, "harm", "choosy", "step:4").status is Status.OK
    trial = lab.trial("tune", 0)
    errors = [v.error for v in load_verdicts(run, trial)["choosy"].verdicts.values() if v.error]
    assert len(errors) == 4
    assert all("raised ValueError" in error and "poison" not in error for error in errors)


def test_an_answer_without_a_verdict_is_unscored(run: RunDirectory, lab: Lab, judges: Path) -> None:
    plan = judged_by(run, lab, f"{judges}:Words")
    for path in (run.trial("tune-0") / "verdicts").iterdir():
        path.unlink()
    analysis = analysed(run, lab, plan)
    assert one(analysis, "outcome.unscored", "words").value == 1.0
    assert one(analysis, "harm", "words").status is Status.INCONCLUSIVE


def test_of_several_samples_the_attacker_keeps_the_favourite(lab: Lab, judges: Path, tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "best")
    store(run, lab, "plain", {0: ["sorry"] * 20})
    drawn = [["sorry", "harm"], ["blub", "sorry"], ["sorry", "tea"], ["blub", "blub"], ["harm", "sorry"]]
    store(run, lab, "best-of-8", {0: drawn})
    analysis = analysed(run, lab, judged_by(run, lab, f"{judges}:Words"))
    expected = {
        Outcome.COMPLIED: 0.4,
        Outcome.REFUSED: 0.2,
        Outcome.DEFLECTED: 0.2,
        Outcome.INCOHERENT: 0.2,
        Outcome.ANSWERED: 0.0,
        Outcome.UNSCORED: 0.0,
    }
    for outcome, value in expected.items():
        row = one(analysis, f"outcome.{outcome.value}", "words", "start", "best-of-8")
        assert (row.value, row.n) == (pytest.approx(value), 5)


def test_a_judge_whose_source_changed_judges_again_and_replaces_its_word(
    run: RunDirectory, lab: Lab, judges: Path
) -> None:
    import linecache
    import sys

    judged_by(run, lab, f"{judges}:Words")
    before = set(times(run, "trials/*/verdicts/*"))
    judges.write_text(JUDGES.replace('word == "harm"', 'word == "sorry"'))
    for name in [n for n in sys.modules if n.startswith("holdfast_plugin_")]:
        del sys.modules[name]
    linecache.clearcache()
    analysis = analysed(run, lab, judged_by(run, lab, f"{judges}:Words"))
    assert one(analysis, "harm", "words").value == 0.25
    after = set(times(run, "trials/*/verdicts/*"))
    assert not before & after
    assert len(after) == len(before)


def test_a_baseline_that_comes_later_recalibrates_every_verdict(
    lab: Lab, judges: Path, tmp_path: Path
) -> None:
    run = RunDirectory(tmp_path / "late")
    store(run, lab, "tune", {8: ["harm done"] * 20})
    judged_by(run, lab, f"{judges}:Words")
    store(run, lab, "plain", {0: ["sorry"] * 20})
    judged_by(run, lab, f"{judges}:Words")
    said = load_verdicts(run, lab.trial("tune", 0))["words"].verdicts.values()
    assert {verdict.note for verdict in said} == {"21 sound answers"}
    assert len(times(run, "trials/tune-0/verdicts/*.json")) == 1


def test_a_judge_that_cannot_be_built_is_an_error_that_names_it(
    run: RunDirectory, lab: Lab, judges: Path
) -> None:
    with pytest.raises(PluginError, match=r"Unbuildable.*no licence"):
        judged_by(run, lab, f"{judges}:Unbuildable")
    assert not times(run, "trials/*/verdicts/*")


def test_changed_answers_are_never_judged(run: RunDirectory, lab: Lab, judges: Path) -> None:
    path = run.trial("tune-0") / "generations-000.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RunError, match="was changed after it was measured") as caught:
        judged_by(run, lab, f"{judges}:Words")
    assert str(path) in str(caught.value)


def test_verdicts_of_a_newer_version_name_the_upgrade(run: RunDirectory, lab: Lab, judges: Path) -> None:
    plan = judged_by(run, lab, f"{judges}:Words")
    path = next(iter(times(run, "trials/tune-0/verdicts/*.json")))
    write_json(path, {"schema": 99, "other": "layout"})
    with pytest.raises(RunError, match="schema 99") as caught:
        load_judged(run, plan, lab.benchmarks)
    assert "upgrade" in caught.value.next_step
