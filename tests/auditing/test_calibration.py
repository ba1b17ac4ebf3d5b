"""Calibration: what is drawn, what labels say, what they correct, and when they must not."""

import csv
import linecache
import math
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hand_made import Lab
from hypothesis import given
from hypothesis import strategies as st
from stored_run import store

from holdfast.auditing.analysis.stage import load_judged
from holdfast.auditing.calibration.calibrating import current_calibrations
from holdfast.auditing.calibration.desk import (
    Desk,
    Purpose,
    calibrate_as_planned,
    calibrate_by_oracle,
    draw_sheet,
    open_desk,
    take_labels_in,
)
from holdfast.auditing.calibration.drawing import FEWEST, Wish, draw, make_frame
from holdfast.auditing.calibration.findings import correction_findings
from holdfast.auditing.calibration.labels import labels_of_oracle, labels_of_sheets
from holdfast.auditing.calibration.rates import Asking, corrected_rates
from holdfast.auditing.judging import judge_run
from holdfast.auditing.record import load_record
from holdfast.domain import (
    METRICS,
    Calibration,
    CalibrationSpec,
    CorrectedRate,
    DataError,
    Finding,
    Outcome,
    Plan,
    PluginError,
    RunError,
    Status,
)
from holdfast.store import FrameUnit, RunDirectory, read_labels, read_rounds

JUDGES = '''
"""A panel that overlooks what is hidden, and an oracle that does not."""
from holdfast.domain import Coherence, Grade, JudgeTraits, Verdict


class Panel:
    name = "words"
    traits = JudgeTraits(tells_harm=True)
    harmful = ("harm",)

    def __init__(self, context):
        pass

    def judge(self, generations):
        return [self.one(g) for g in generations]

    def one(self, generation):
        word = (generation.answer.text.split() or ["blub"])[0].strip("=,")
        if word == "lost":
            raise ValueError("cannot tell")
        return Verdict(
            generation.id,
            self.name,
            harm=Grade.FULL if word in self.harmful else Grade.NONE,
            refusal=Grade.FULL if word == "sorry" else Grade.NONE,
            coherence=Coherence.BROKEN if word == "blub" else Coherence.SOUND,
        )


class Oracle(Panel):
    name = "oracle"
    traits = JudgeTraits(standalone=True, tells_harm=True)
    harmful = ("harm", "hidden")
'''
HALF_HIDDEN = ["harm done"] * 8 + ["hidden harm"] * 6 + ["sorry, no"] * 3 + ["tea is nice"] * 3
OUTCOMES = {
    "harm": "complied",
    "hidden": "complied",
    "sorry,": "refused",
    "tea": "deflected",
    "blub": "incoherent",
}


def forget_plugins() -> None:
    """Make a changed file of judges be read again."""
    linecache.clearcache()
    for name in [n for n in sys.modules if n.startswith("holdfast_plugin_")]:
        del sys.modules[name]


@pytest.fixture
def judges(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "judges.py"
    path.write_text(JUDGES)
    yield path
    forget_plugins()


class Bench:
    """A run made by hand, judged."""

    def __init__(self, run: Path, judges: Path, *, oracle: bool = True) -> None:
        self.lab = Lab(seeds=3, look_alikes=False)
        self.run = RunDirectory(run)
        names = (f"{judges}:Panel", f"{judges}:Oracle")[: 1 + oracle]
        self.plan: Plan = replace(self.lab.plan, audit=replace(self.lab.plan.audit, judges=names))

    def answered(self, tuned: Sequence[str | list[str]]) -> "Bench":
        store(self.run, self.lab, "plain", {0: ["sorry, no"] * 20})
        for seed in range(3):
            store(self.run, self.lab, "tune", {8: tuned}, seed=seed)
        self.judge()
        return self

    def judge(self) -> None:
        judge_run(self.run, self.plan, self.lab.benchmarks)

    def desk(self) -> Desk:
        return open_desk(self.run, load_judged(self.run, self.plan, self.lab.benchmarks))

    def calibrations(self) -> dict[str, Calibration]:
        desk = self.desk()
        return {c.judge: c for c in current_calibrations(self.run, desk.judged)}

    def by_oracle(self, sample: int, seed: int = 0) -> Calibration:
        spec = CalibrationSpec("oracle", sample, seed)
        calibrate_by_oracle(self.desk(), spec, Purpose(), each_model=False)
        return self.calibrations()["words"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run in which the panel overlooks much harm, and its judges."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "judges.py").write_text(JUDGES)
    Bench(folder / "run", folder / "judges.py").answered(HALF_HIDDEN)
    return folder


@pytest.fixture
def bench(made: Path, tmp_path: Path) -> Bench:
    return Bench(Path(shutil.copytree(made / "run", tmp_path / "run")), made / "judges.py")


def rate(
    calibration: Calibration, metric: str = "harm", pathway: str = "tune", at: str = "end"
) -> CorrectedRate:
    found = [
        r for r in calibration.corrected if (r.metric, r.side.pathway, r.side.at) == (metric, pathway, at)
    ]
    assert len(found) == 1
    return found[0]


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def truth(row: Mapping[str, str]) -> str:
    return OUTCOMES[row["answer"].strip("'=").split()[0]]


def labelled_sheet(bench: Bench, path: Path, sample: int, *, upto: int | None = None) -> list[dict[str, str]]:
    """Draw a sheet and label its first rows by the truth."""
    draw_sheet(bench.desk(), CalibrationSpec("sheet", sample), "", path)
    rows = read_rows(path)
    for row in rows[:upto]:
        row["label"] = truth(row)
    write_rows(path, rows)
    return rows


# --- population and drawing --------------------------------------------------------------------------


def test_the_population_is_what_findings_report_each_answer_once(bench: Bench) -> None:
    population = bench.desk().population
    assert len(population.units) == 20 + 3 * 20
    sides = {(s.place.arm.pathway, s.place.at): sum(map(len, s.seeds)) for s in population.sides}
    assert sides == {("plain", "start"): 20, ("best-of-8", "start"): 0, ("tune", "end"): 60}


def test_other_answers_are_another_population(bench: Bench, judges: Path, tmp_path: Path) -> None:
    other = Bench(tmp_path / "other", judges).answered(["tea is nice"] * 20)
    assert other.desk().population.digest != bench.desk().population.digest
    assert not set(other.desk().population.units) >= set(bench.desk().population.units)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.integers(0, 2**20),
)
def test_rounds_never_draw_twice_and_their_weights_make_up_the_population(
    sizes: list[int], totals: list[int], seed: int
) -> None:
    frame = [
        FrameUnit(f"{s}-{i}", f"g{s}-{i // 2}", "m", f"m/coherent/{s}")
        for s, size in enumerate(sizes)
        for i in range(size)
    ]
    rounds: list = []
    for total in totals:
        drawn = draw(frame, "p", rounds, Wish(total, seed, "sheet"))
        assert drawn == draw(frame, "p", rounds, Wish(total, seed, "sheet"))
        left = len(frame) - sum(len(r.drawn) for r in rounds)
        assert len(drawn.drawn) == min(total, left)
        rounds.append(drawn)
        everything = [d.unit for r in rounds for d in r.drawn]
        assert len(set(everything)) == len(everything)
        taken = Counter(d.stratum for r in rounds for d in r.drawn)
        for each in drawn.drawn:
            assert each.weight == pytest.approx(drawn.sizes[each.stratum] / taken[each.stratum])
        asked = [d.generation for d in drawn.drawn if d.row]
        assert len(set(asked)) == len(asked)
        assert set(asked) == {d.generation for d in drawn.drawn}


def test_every_stratum_gets_its_fewest_and_each_model_its_own_number() -> None:
    frame = [
        FrameUnit(f"{model}{s}{i}", f"{model}{s}{i}", model, f"{model}/coherent/{s}")
        for model in "ab"
        for s, size in enumerate((300, FEWEST + 1, 3))
        for i in range(size)
    ]
    drawn = draw(frame, "p", (), Wish(60, 0, "oracle", each_model=True))
    counts = Counter(d.stratum for d in drawn.drawn)
    for model in "ab":
        assert sum(n for s, n in counts.items() if s.startswith(model)) == 60
        assert counts[f"{model}/coherent/1"] >= FEWEST
        assert counts[f"{model}/coherent/2"] == 3


# --- what labels correct -----------------------------------------------------------------------------


def test_the_corrected_rate_holds_the_truth_where_the_raw_one_does_not(bench: Bench) -> None:
    found = rate(bench.by_oracle(50))
    assert found.raw == pytest.approx(0.4)
    assert found.raw_high is not None
    assert found.raw_high < 0.7
    assert found.status is Status.OK
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 0.7 <= found.high
    assert "the panel's 0.40" in found.conclusion
    refused = rate(bench.by_oracle(50), "outcome.refused", "plain", "start")
    assert (refused.value, refused.raw) == (1.0, 1.0)


def test_corrected_intervals_cover_over_many_drawings(bench: Bench) -> None:
    desk = bench.desk()
    frame = make_frame(desk.run, desk.judged, desk.population, "words")
    asking = Asking("words", frozenset(unit.unit for unit in frame))
    covered = []
    for seed in range(40):
        drawn = draw(frame, desk.population.digest, (), Wish(40, seed, "oracle"))
        rates = corrected_rates(desk.population, labels_of_oracle(desk.population, drawn), asking)
        found = next(r for r in rates if (r.metric, r.side.pathway) == ("harm", "tune"))
        covered.append(found.value is not None and found.low <= 0.7 <= found.high)
    assert sum(covered) >= 37


def test_a_panel_that_never_errs_is_left_as_it_is(tmp_path: Path, judges: Path) -> None:
    sure = Bench(tmp_path / "sure", judges).answered(
        ["harm done"] * 12 + ["sorry, no"] * 5 + ["blub blub"] * 3
    )
    found = sure.by_oracle(80)
    for metric, value in (("harm", 0.6), ("outcome.refused", 0.25), ("outcome.incoherent", 0.15)):
        corrected = rate(found, metric)
        assert (corrected.raw, corrected.value) == (pytest.approx(value), pytest.approx(value))
    errors = {e.question: e for e in found.errors if e.stratum == "all"}
    assert errors["harm"].sensitivity == errors["harm"].specificity == 1.0


def test_the_confusions_count_what_was_labelled(bench: Bench) -> None:
    found = bench.by_oracle(80)
    whole = next(c for c in found.confusions if c.stratum == "all")
    assert whole.counts == {
        "complied/complied": 24,
        "complied/deflected": 18,
        "refused/refused": 29,
        "deflected/deflected": 9,
    }
    assert whole.weights == pytest.approx(whole.counts)
    assert (whole.n, whole.population, found.population) == (80, 80, 80)


def test_what_cannot_be_identified_is_inconclusive_and_says_what_to_do(tmp_path: Path, judges: Path) -> None:
    blind = Bench(tmp_path / "blind", judges).answered(["hidden harm"] * 20)
    desk = blind.desk()
    frame = make_frame(desk.run, desk.judged, desk.population, "words")
    only_start = [unit for unit in frame if unit.stratum.endswith("refused")]
    drawn = draw(only_start, desk.population.digest, (), Wish(10, 0, "oracle"))
    labels = labels_of_oracle(desk.population, drawn)
    asking = Asking("words", frozenset(unit.unit for unit in frame))
    rates = [r for r in corrected_rates(desk.population, labels, asking) if r.side.pathway == "tune"]
    assert {r.metric for r in rates} == {"harm", "outcome.refused", "outcome.incoherent"}
    for found in rates:
        assert (found.value, found.status) == (None, Status.INCONCLUSIVE)
        assert found.wanted_labels is not None
        command = f"holdfast calibrate RUN --sample {found.wanted_labels}"
        assert found.conclusion.endswith(command) or "answers" in found.conclusion
        assert "not identifiable" in found.conclusion


def test_the_favourite_of_several_samples_is_neither_drawn_nor_corrected(bench: Bench) -> None:
    for seed in range(3):
        store(bench.run, bench.lab, "best-of-8", {0: [["sorry, no", "harm done"]] * 20}, seed=seed)
    bench.judge()
    found = bench.by_oracle(60)
    assert found.population == 80
    best = rate(found, pathway="best-of-8", at="start")
    assert (best.value, best.status, best.raw) == (None, Status.INCONCLUSIVE, 1.0)
    assert "favourite of several samples" in best.conclusion


def test_what_the_oracle_fails_on_is_bounded_and_past_the_limit_inconclusive(
    tmp_path: Path, judges: Path
) -> None:
    few = Bench(tmp_path / "few", judges).answered(["lost", *HALF_HIDDEN[1:]]).by_oracle(80)
    assert rate(few).value is not None
    assert "bounded by worst case" in rate(few).method
    assert any("3 of 80 answers asked for have no label" in note for note in few.notes)
    many = Bench(tmp_path / "many", judges).answered([*["lost"] * 5, *HALF_HIDDEN[5:]]).by_oracle(80)
    assert (rate(many).value, rate(many).status) == (None, Status.INCONCLUSIVE)


def test_a_wished_width_says_how_many_labels_are_missing(bench: Bench) -> None:
    spec = CalibrationSpec("oracle", 40)
    wanted = []
    for width in (1.0, 0.6, 0.5):
        calibrate_by_oracle(bench.desk(), spec, Purpose(width=width), each_model=False)
        wanted.append(rate(bench.calibrations()["words"]).wanted_labels)
    assert wanted[0] == 0
    assert wanted == sorted(wanted, key=lambda n: math.inf if n is None else n)


def test_corrected_rates_become_findings(bench: Bench) -> None:
    calibration = bench.by_oracle(50)
    rows = correction_findings(bench.desk().judged, [calibration])
    assert {row.metric for row in rows} == {
        "harm.corrected",
        "outcome.refused.corrected",
        "outcome.incoherent.corrected",
    }
    assert {row.metric for row in rows} <= set(METRICS)
    assert len({row.id for row in rows}) == len(rows)
    row = next(r for r in rows if (r.metric, r.pathway, r.at) == ("harm.corrected", "tune", "end"))
    found = rate(calibration)
    assert (row.value, row.low, row.high, row.status) == (found.value, found.low, found.high, found.status)
    assert (row.judge, row.n, row.seeds, row.evidence) == (
        "words",
        60,
        3,
        ("tune-0", "tune-1", "tune-2", "plain-0"),
    )


# --- sheets ------------------------------------------------------------------------------------------


def test_a_sheet_is_blind_and_asks_about_each_answer_once(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    drawn = draw_sheet(bench.desk(), CalibrationSpec("sheet", 40), "", path)
    rows = read_rows(path)
    assert list(rows[0]) == ["id", "prompt", "answer", "label", "weight"]
    asked = [(row["prompt"], row["answer"]) for row in rows]
    assert len(set(asked)) == len(asked) < 40 == len(drawn.drawn)
    assert {row["label"] for row in rows} == {""}
    for outcome in Outcome:
        assert outcome.value not in path.read_text()
    with pytest.raises(RunError, match="exists, and may hold labels"):
        draw_sheet(bench.desk(), CalibrationSpec("sheet", 10), "", path)


def test_a_cell_that_a_spreadsheet_would_run_is_guarded(tmp_path: Path, judges: Path) -> None:
    bench = Bench(tmp_path / "run", judges).answered(["=harm done"] * 10 + ["tea is nice"] * 10)
    rows = labelled_sheet(bench, tmp_path / "sheet.csv", 80)
    assert {row["answer"] for row in rows} >= {"'=harm done"}
    take_labels_in(bench.desk(), [tmp_path / "sheet.csv"], Purpose())
    assert rate(bench.calibrations()["words"]).value == pytest.approx(0.5)


def test_labels_of_a_sheet_say_what_the_oracle_would(bench: Bench, tmp_path: Path) -> None:
    labelled_sheet(bench, tmp_path / "sheet.csv", 80)
    take_labels_in(bench.desk(), [tmp_path / "sheet.csv"], Purpose())
    by_people = bench.calibrations()["words"]
    by_oracle = bench.by_oracle(80)
    assert by_people.sampled
    assert by_people.labels.startswith("sheet.csv (sha256 ")
    assert by_people.corrected == by_oracle.corrected
    assert [c.counts for c in by_people.confusions] == [c.counts for c in by_oracle.confusions]


def test_a_sheet_labelled_from_the_top_is_a_sample(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    rows = labelled_sheet(bench, path, 60, upto=25)
    take_labels_in(bench.desk(), [path], Purpose())
    found = bench.calibrations()["words"]
    assert 25 <= found.n < 60
    assert not found.notes
    whole = next(c for c in found.confusions if c.stratum == "all")
    reached = {key for key, n in whole.counts.items() if n}
    assert sum(whole.weights.values()) == pytest.approx(80)
    assert rate(found).low <= 0.7 <= rate(found).high
    assert reached
    # The rest may come later.
    for row in rows:
        row["label"] = truth(row)
    write_rows(path, rows)
    take_labels_in(bench.desk(), [path], Purpose())
    assert bench.calibrations()["words"].n == 60


def test_rows_passed_over_are_never_taken_to_be_like_the_others(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    rows = labelled_sheet(bench, path, 80)
    # Somebody leaves out what is hard to tell: hidden harm.
    hard = [row for row in rows if row["answer"] == "hidden harm"]
    for row in hard[: len(hard) // 2]:
        row["label"] = ""
    rows.sort(key=lambda row: row["label"] == "")
    write_rows(path, rows)  # the order of the sheet does not matter, that of the drawing does
    take_labels_in(bench.desk(), [path], Purpose())
    found = bench.calibrations()["words"]
    assert any("have no label" in note for note in found.notes)
    assert (rate(found).value, rate(found).status) == (None, Status.INCONCLUSIVE)
    assert "have no label that tells" in rate(found).conclusion


def test_rounds_add_up(bench: Bench, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    labelled_sheet(bench, first, 30)
    take_labels_in(bench.desk(), [first], Purpose())
    labelled_sheet(bench, second, 30)
    asked = {row["id"] for path in (first, second) for row in read_rows(path)}
    assert len(asked) == len(read_rows(first)) + len(read_rows(second))
    take_labels_in(bench.desk(), [second], Purpose())
    found = bench.calibrations()["words"]
    assert found.n == 60
    assert sum(next(c for c in found.confusions if c.stratum == "all").weights.values()) == pytest.approx(80)
    labelled_sheet(bench, tmp_path / "third.csv", 30)
    with pytest.raises(RunError, match="all 80 answers have been drawn already"):
        draw_sheet(bench.desk(), CalibrationSpec("sheet", 10), "", tmp_path / "fourth.csv")


def test_the_second_round_goes_where_labels_contradicted_the_panel(bench: Bench, tmp_path: Path) -> None:
    labelled_sheet(bench, tmp_path / "first.csv", 40)
    take_labels_in(bench.desk(), [tmp_path / "first.csv"], Purpose())
    drawn = draw_sheet(bench.desk(), CalibrationSpec("sheet", 12), "", tmp_path / "second.csv")
    # The panel calls hidden harm deflected, and errs nowhere else.
    assert Counter(d.stratum for d in drawn.drawn).most_common(1)[0][0] == "m/coherent/deflected"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("label", "complid", "did you mean 'complied'?"),
        ("label", "unscored", "unknown label 'unscored'"),
        ("weight", "1000", "but it was drawn with"),
        ("weight", "heavy", "but it was drawn with"),
        ("answer", "something else", "the answer is not the one drawn"),
        ("id", "0123456789abcdef0123", "is no answer of this run"),
    ],
)
def test_an_edited_sheet_is_refused_with_its_lines(
    column: str, value: str, said: str, bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "sheet.csv"
    rows = labelled_sheet(bench, path, 40)
    rows[2][column] = value
    rows[5][column] = value
    write_rows(path, rows)
    with pytest.raises(DataError) as caught:
        take_labels_in(bench.desk(), [path], Purpose())
    assert said in str(caught.value)
    assert [p.line for p in caught.value.problems if said in str(p)] == [4, 7]
    assert not read_labels(bench.run).entries
    assert not bench.calibrations()


def test_a_row_that_comes_twice_and_a_sheet_without_labels_are_errors(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    rows = labelled_sheet(bench, path, 40, upto=0)
    with pytest.raises(RunError, match="no answer of this run has a label") as caught:
        take_labels_in(bench.desk(), [path], Purpose())
    assert "--sample 100" in caught.value.next_step
    write_rows(path, [*rows, rows[0]])
    with pytest.raises(DataError, match="as well"):
        take_labels_in(bench.desk(), [path], Purpose())


def test_labels_of_another_run_are_refused(bench: Bench, judges: Path, tmp_path: Path) -> None:
    other = Bench(tmp_path / "other", judges).answered(["tea is nice"] * 20)
    labelled_sheet(other, tmp_path / "theirs.csv", 40)
    with pytest.raises(DataError, match="is no answer of this run"):
        take_labels_in(bench.desk(), [tmp_path / "theirs.csv"], Purpose())


def test_labels_that_no_receipt_asked_for_are_transported(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    labelled_sheet(bench, path, 40)
    shutil.rmtree(bench.run.file("calibration"))
    take_labels_in(bench.desk(), [path], Purpose())
    found = bench.calibrations()["words"]
    assert not found.sampled
    assert found.corrected == ()
    assert "transported" in found.notes[0]
    errors = next(e for e in found.errors if (e.question, e.stratum) == ("harm", "all"))
    assert errors.sensitivity is not None
    assert errors.sensitivity < 1.0
    assert correction_findings(bench.desk().judged, [found]) == []


def test_a_changed_receipt_is_an_error(bench: Bench, tmp_path: Path) -> None:
    draw_sheet(bench.desk(), CalibrationSpec("sheet", 40), "", tmp_path / "sheet.csv")
    (receipt,) = bench.run.file("calibration").glob("sample-*.json")
    receipt.write_text(receipt.read_text().replace('"m/coherent/refused": ', '"m/coherent/refused": 9'))
    with pytest.raises(RunError, match="was changed after it was drawn") as caught:
        bench.desk().sheets()
    assert str(receipt) in str(caught.value)


def test_answers_labelled_twice_keep_the_later_label(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    rows = labelled_sheet(bench, path, 80)
    take_labels_in(bench.desk(), [path], Purpose())
    for row in rows:
        row["label"] = "refused"
    write_rows(path, rows)
    take_labels_in(bench.desk(), [path], Purpose())
    assert rate(bench.calibrations()["words"], "outcome.refused").value == 1.0


def test_an_answer_whose_harm_nobody_can_tell_is_a_missing_label(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    rows = labelled_sheet(bench, path, 80)
    for row in rows:
        row["label"] = "answered" if row["label"] == "deflected" else row["label"]
    write_rows(path, rows)
    take_labels_in(bench.desk(), [path], Purpose())
    found = bench.calibrations()["words"]
    assert rate(found).status is Status.INCONCLUSIVE
    assert rate(found, "outcome.refused").value == pytest.approx(0.15)


# --- what a calibration holds for --------------------------------------------------------------------


def test_a_calibration_of_other_verdicts_is_stale_and_named(tmp_path: Path, judges: Path) -> None:
    bench = Bench(tmp_path / "run", judges).answered(HALF_HIDDEN)
    assert bench.by_oracle(50).corrected
    judges.write_text(JUDGES.replace('harmful = ("harm",)', 'harmful = ("harm", "tea")'))
    forget_plugins()
    bench.judge()
    found = bench.calibrations()["words"]
    assert (found.corrected, found.sampled) == ((), False)
    assert found.notes[0].startswith("stale: the verdicts of words have changed since")
    assert found.notes[0].endswith("holdfast calibrate RUN --judge words --labels oracle")
    assert correction_findings(bench.desk().judged, [found]) == []
    assert bench.by_oracle(50).corrected


def test_a_calibration_of_other_answers_is_stale(bench: Bench) -> None:
    bench.by_oracle(50)
    shutil.rmtree(bench.run.trial("tune-2"))
    found = bench.calibrations()["words"]
    assert (found.corrected, found.sampled) == ((), False)
    assert "the run's answers are not those it was made of" in found.notes[0]


def test_labels_outlive_a_changed_judge_and_calibrate_it_again(judges: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "run", judges).answered(HALF_HIDDEN)
    labelled_sheet(bench, tmp_path / "sheet.csv", 60)
    take_labels_in(bench.desk(), [tmp_path / "sheet.csv"], Purpose())
    judges.write_text(JUDGES.replace('harmful = ("harm",)', 'harmful = ("harm", "hidden")'))
    forget_plugins()
    bench.judge()
    take_labels_in(bench.desk(), [], Purpose())
    found = bench.calibrations()["words"]
    assert (rate(found).raw, rate(found).value) == (pytest.approx(0.7), pytest.approx(0.7))


def test_the_oracle_must_have_judged_and_judges_are_known(tmp_path: Path, judges: Path) -> None:
    without = Bench(tmp_path / "run", judges, oracle=False).answered(HALF_HIDDEN)
    with pytest.raises(RunError, match="no verdicts of the oracle") as caught:
        without.by_oracle(50)
    assert caught.value.next_step.endswith("--judge oracle")
    with pytest.raises(PluginError, match="called 'wrds'") as unknown:
        draw_sheet(without.desk(), CalibrationSpec("sheet", 10), "wrds", tmp_path / "s.csv")
    assert unknown.value.next_step == "did you mean 'words'?"
    assert not read_rounds(without.run)


def test_a_run_without_answers_has_nothing_to_label(judges: Path, tmp_path: Path) -> None:
    lab = Lab(seeds=1)
    run = RunDirectory(tmp_path / "empty")
    plan = replace(lab.plan, audit=replace(lab.plan.audit, judges=(f"{judges}:Panel",)))
    with pytest.raises(RunError, match="nothing to label"):
        open_desk(run, load_judged(run, plan, lab.benchmarks))
    calibrate_as_planned(run, load_judged(run, plan, lab.benchmarks), CalibrationSpec("oracle"))
    assert not run.file("calibration").exists()


def test_an_audit_calibrates_by_itself_unless_people_did(bench: Bench, tmp_path: Path) -> None:
    judged = bench.desk().judged
    calibrate_as_planned(bench.run, judged, CalibrationSpec("oracle", 50))
    assert bench.calibrations()["words"].labels == "oracle"
    assert "oracle" not in bench.calibrations()
    labelled_sheet(bench, tmp_path / "sheet.csv", 80)
    take_labels_in(bench.desk(), [tmp_path / "sheet.csv"], Purpose())
    calibrate_as_planned(bench.run, judged, CalibrationSpec("oracle", 50))
    assert bench.calibrations()["words"].labels.startswith("sheet.csv")


def test_oracle_rounds_are_no_rounds_of_sheets(bench: Bench) -> None:
    bench.by_oracle(50)
    desk = bench.desk()
    assert desk.sheets() == []
    assert labels_of_sheets(desk.population, read_rounds(bench.run), read_labels(bench.run)).asked == ()


def test_an_audit_that_ends_has_corrected_findings(finished_run: Path, tmp_path: Path, judges: Path) -> None:
    from holdfast.auditing.execution.executor import InProcessExecutor
    from holdfast.auditing.execution.progress import Silent
    from holdfast.store import read_record
    from holdfast.workflow.audit import finish

    run = RunDirectory(Path(shutil.copytree(finished_run, tmp_path / "run")))
    plan = read_record(run.file("plan.json"), Plan)
    audit = replace(plan.audit, judges=(*plan.audit.judges, f"{judges}:Oracle"))
    audit = replace(audit, calibration=CalibrationSpec("oracle", 20))
    finish(run, replace(plan, audit=audit), InProcessExecutor(), Silent())
    rows = read_record(run.file("findings.json"), tuple[Finding, ...])
    assert {r.metric for r in rows if r.metric.endswith(".corrected")} == {
        "harm.corrected",
        "outcome.refused.corrected",
        "outcome.incoherent.corrected",
    }
    record = load_record(run.path)
    assert {(c.judge, c.labels, c.n) for c in record.calibrations} == {
        ("coherence+refusal+target", "oracle", 20),
        ("refusal-strings", "oracle", 20),
    }
