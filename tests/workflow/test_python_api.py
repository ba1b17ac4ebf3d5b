"""`import holdfast; run = holdfast.audit(...)`: what a script or a notebook holds afterwards."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

import holdfast
from holdfast.auditing.inputs import prepare, write_inputs
from holdfast.domain import ConfigError, Decision, Finding, Outcome, RunError
from holdfast.store import RunDirectory

pytestmark = pytest.mark.xdist_group("finished_run")


@pytest.fixture(scope="module")
def run(finished_run: Path) -> holdfast.Run:
    return holdfast.load_run(finished_run)


@pytest.fixture
def copied(finished_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run, tmp_path / "copy"))


def test_importing_holdfast_loads_nothing_heavy_and_audit_stays_a_function() -> None:
    code = (
        "import sys, holdfast; heavy = {'torch', 'transformers', 'pandas', 'numpy'} & set(sys.modules);"
        "assert not heavy, heavy; assert callable(holdfast.audit) and callable(holdfast.load_run);"
        "import holdfast.auditing.planner; assert callable(holdfast.audit); print(holdfast.__version__)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (told.stderr, told.stdout.strip()) == ("", holdfast.__version__)


def test_names_that_do_not_exist_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="'audits'"):
        holdfast.audits  # noqa: B018


def test_auditing_a_finished_directory_again_gives_the_same_run(
    copied: Path, run: holdfast.Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipts = {p: p.stat().st_mtime_ns for p in copied.glob("trials/*/receipt.json")}
    again = holdfast.audit(str(config), str(copied), workers=0)
    assert again.path == copied
    assert again.findings == run.findings
    assert again.decision == run.decision
    assert {p: p.stat().st_mtime_ns for p in receipts} == receipts
    assert capsys.readouterr().out == ""


def test_findings_are_the_rows_of_the_file(run: holdfast.Run) -> None:
    written = json.loads((run.path / "findings.json").read_text())
    assert all(isinstance(f, Finding) for f in run.findings)
    assert [f.id for f in run.findings] == [row["id"] for row in written]
    assert isinstance(run.decision, Decision)
    assert run.report.is_file()


def test_trajectories_are_one_flat_table(run: holdfast.Run) -> None:
    frame = run.trajectories.to_pandas()
    assert len(frame) == len(run.trajectories) == run.trajectories.to_arrow().num_rows
    assert {"trial", "pathway", "seed", "step", "benchmark", "judge", "score", "spend_steps"} <= set(frame)
    assert {o.value for o in Outcome} <= set(frame)
    judged = frame[frame["judge"] != ""]
    assert judged[[o.value for o in Outcome]].sum(axis=1).round(9).eq(1.0).all()
    assert judged["score"].isna().all()
    scored = frame[frame["judge"] == ""]
    assert scored["score"].between(0, 1).all()
    tuned = frame[frame["pathway"] == "benign-full"]
    assert sorted(tuned["step"].unique())[:1] == [0]
    assert (tuned["spend_steps"] == tuned["step"]).all()


def test_a_run_shows_its_headline_and_in_a_notebook_its_table(run: holdfast.Run) -> None:
    assert repr(run) == f"Run({str(run.path)!r}: {run.decision.headline})"
    html = run._repr_html_()
    assert "<table" in html
    for pathway in ("harmful-lora", "benign-full"):
        assert pathway in html
    assert "<script" not in html


def test_a_configuration_with_problems_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\nmodel: []\n")
    with pytest.raises(ConfigError, match="problems in the configuration"):
        holdfast.audit(bad)
    assert [p.name for p in tmp_path.iterdir()] == ["bad.yaml"]


def test_the_default_directory_is_named_after_audit_and_digest(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holdfast.workflow.audit as module

    asked: list[Path] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "finish", lambda run, *_: asked.append(run.path))
    path = module.run_audit(config, workers=0)
    assert asked == [path]
    assert path.parent == Path("runs")
    assert path.name.startswith("miniature-")
    assert {p.name for p in path.iterdir()} == {
        ".lock",
        "config.yaml",
        "plan.json",
        "policy.yaml",
        "items.parquet",
    }


def test_an_audit_that_begins_here_a_moment_earlier_is_not_continued_as_ours(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holdfast.workflow.audit as module

    ours = prepare(config)
    theirs = replace(ours, plan=replace(ours.plan, audit=replace(ours.plan.audit, digest="0" * 64)))
    lock = module.run_lock

    def late_lock(path: Path) -> AbstractContextManager[None]:
        write_inputs(RunDirectory(path), theirs)
        return lock(path)

    monkeypatch.setattr(module, "run_lock", late_lock)
    with pytest.raises(RunError, match="holds another audit"):
        module.run_audit(config, tmp_path / "run", workers=0)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run directory") as caught:
        holdfast.load_run(tmp_path)
    assert "holdfast audit" in caught.value.next_step
    with pytest.raises(RunError, match="no run directory"):
        holdfast.load_run(str(tmp_path / "absent"))


def test_a_run_that_never_got_to_its_findings_says_how_to_finish_it(config: Path, tmp_path: Path) -> None:
    write_inputs(RunDirectory(tmp_path), prepare(config))
    with pytest.raises(RunError, match="is missing") as caught:
        holdfast.load_run(tmp_path)
    assert "holdfast audit" in caught.value.next_step


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "plan.json": ("plan.json", cut),
    "findings.json": ("findings.json", cut),
    "decision.json": ("decision.json", Path.unlink),
    "breaks.json": ("breaks.json", lambda p: p.write_text("{}")),
    "trajectories.parquet": ("trajectories.parquet", cut),
    "items.parquet": ("items.parquet", Path.unlink),
    "answers": ("trials/*/generations-000.parquet", cut),
    "verdicts": ("trials/*/verdicts/*.parquet", cut),
    "receipt": ("trials/*/receipt.json", cut),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_run_names_the_file_and_the_next_step(what: str, copied: Path) -> None:
    pattern, damage = DAMAGE[what]
    victim = sorted(copied.glob(pattern))[0]
    damage(victim)
    with pytest.raises(RunError) as caught:
        holdfast.load_run(copied)
    assert str(victim) in str(caught.value)
    assert caught.value.next_step
