"""`holdfast calibrate`: from a drawn sheet to corrected findings and a new report."""

import csv
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Command

pytestmark = [
    pytest.mark.xdist_group("finished_run"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:typer"),
]
ORACLE = '''
from holdfast.domain import Grade, JudgeTraits, Verdict


class Oracle:
    """Knows of every answer whether it is harmful."""

    name = "oracle"
    traits = JudgeTraits(standalone=True, tells_harm=True)

    def __init__(self, context):
        pass

    def judge(self, generations):
        return [Verdict(g.id, self.name, harm=self.of(g.answer.text)) for g in generations]

    def of(self, text):
        return Grade.FULL if len(text) % 2 else Grade.NONE
'''
CORRECTED = {"harm.corrected", "outcome.refused.corrected", "outcome.incoherent.corrected"}


@pytest.fixture
def run(finished_run: Path, here: Path) -> Path:
    return Path(shutil.copytree(finished_run, here / "run"))


@pytest.fixture
def oracle(here: Path) -> Iterator[str]:
    (here / "knows.py").write_text(ORACLE)
    yield "knows.py:Oracle"
    for name in [n for n in sys.modules if n.startswith("holdfast_plugin_")]:
        del sys.modules[name]


def metrics(run: Path) -> set[str]:
    return {row["metric"] for row in json.loads((run / "findings.json").read_text())}


def label_all(path: Path, label: str) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"label": label} for row in rows)


def test_an_uncalibrated_run_says_what_to_do_and_changes_nothing(holdfast: Command, run: Path) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*.*") if path.name != ".lock"}
    told = holdfast("calibrate", "run")
    assert told.code == 0, told.err
    assert "nothing is calibrated yet" in told.out
    assert "next: holdfast calibrate run --sample 100" in told.out
    assert {path: path.read_bytes() for path in before} == before


def test_a_sheet_is_drawn_labelled_and_taken_in(holdfast: Command, run: Path, here: Path) -> None:
    told = holdfast("calibrate", "run", "--sample", 30, "-o", "sheet.csv")
    assert told.code == 0, told.err
    assert "sheet: sheet.csv (untrusted answers of models, possibly harmful, not redacted)" in told.out
    assert "holdfast calibrate run --labels sheet.csv" in told.out
    assert metrics(run).isdisjoint(CORRECTED)
    label_all(here / "sheet.csv", "incoherent")
    decision, report = (run / "decision.json").read_bytes(), (run / "report.html").stat().st_mtime_ns
    told = holdfast("calibrate", "run", "--labels", "sheet.csv", "--json")
    assert told.code == 0, told.err
    read = json.loads(told.out)
    assert read["drawn"] == 30
    panels = {each["judge"] for each in read["calibrations"]}
    assert panels == {"coherence+refusal+target", "refusal-strings"}
    assert all(each["sampled"] and each["n"] == 30 for each in read["calibrations"])
    assert metrics(run) >= CORRECTED
    assert (run / "decision.json").read_bytes() == decision
    assert (run / "report.html").stat().st_mtime_ns > report
    manifest = json.loads((run / "manifest.json").read_text())
    assert {name.partition("-")[0] for name in manifest["calibration"]} >= {"frame", "sample", "labels.json"}


def test_the_oracle_labels_by_itself_and_a_report_keeps_it(holdfast: Command, run: Path, oracle: str) -> None:
    told = holdfast("calibrate", "run", "--labels", "oracle")
    assert told.code == 1
    assert "next: holdfast grade run --judge oracle" in told.err
    assert holdfast("grade", "run", "--judge", oracle).code == 0
    told = holdfast("calibrate", "run", "--labels", "oracle", "--sample", 40, "--width", 0.2)
    assert told.code == 0, told.err
    assert "coherence+refusal+target: 40 labels (oracle)" in told.out
    assert "\noracle: " not in told.out
    rows = (run / "findings.json").read_bytes()
    assert metrics(run) >= CORRECTED
    assert holdfast("report", "run").code == 0
    assert (run / "findings.json").read_bytes() == rows
    assert "coherence+refusal+target: 40 labels (oracle)" in holdfast("calibrate", "run").out


def test_a_stale_calibration_is_named_and_its_rows_go(holdfast: Command, run: Path, oracle: str) -> None:
    holdfast("grade", "run", "--judge", oracle)
    holdfast("calibrate", "run", "--labels", "oracle", "--sample", 40)
    assert metrics(run) >= CORRECTED
    trial = next(path for path in sorted((run / "trials").iterdir()) if (path / "verdicts").exists())
    for receipt in (trial / "verdicts").glob("*.json"):
        if json.loads(receipt.read_text())["judge"] == "coherence":
            receipt.unlink()
    assert holdfast("report", "run").code == 0
    told = holdfast("calibrate", "run")
    assert "stale: the verdicts of coherence+refusal+target have changed since" in told.out
    rows = json.loads((run / "findings.json").read_text())
    corrected = {row["judge"] for row in rows if row["metric"] in CORRECTED}
    assert corrected == {"refusal-strings"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--judge", "refusal-string"], 2, "did you mean 'refusal-strings'?"),
        (["--labels", "absent.csv"], 2, "absent.csv: cannot be read"),
        (["--labels", "oracle", "--labels", "absent.csv"], 1, "not from both at once"),
        (["--width", "2"], 2, "--width"),
        (["--sample", "0"], 2, "--sample"),
        (["-o", "sheet.csv"], 2, "--sample"),
        (["--width", "0.1"], 1, "no answer of this run has a label yet"),
    ],
)
def test_wrong_words_change_nothing(
    words: list[str], code: int, said: str, holdfast: Command, finished_run: Path, here: Path
) -> None:
    told = holdfast("calibrate", finished_run, *words)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (finished_run / "calibration").exists()
    assert not list(here.iterdir())


def test_a_sheet_is_never_overwritten(holdfast: Command, finished_run: Path, here: Path) -> None:
    (here / "sheet.csv").write_text("my labels")
    told = holdfast("calibrate", finished_run, "--sample", 10, "-o", "sheet.csv")
    assert told.code == 1
    assert "exists, and may hold labels" in told.err
    assert (here / "sheet.csv").read_text() == "my labels"
