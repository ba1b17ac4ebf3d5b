"""The command line: exit codes, what goes to which stream, and JSON that programs can read."""

import json
import re
import shutil
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from command_line import Command

from holdfast.domain import plugins
from holdfast.store import run_lock

pytestmark = [
    pytest.mark.xdist_group("finished_run"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:typer"),
]
ROOT = Path(__file__).parents[2]


# --- exit codes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [["nonsense"], ["audit", "--speed", "9"], ["audit", "a", "b"], ["list", "x"]]
)
def test_wrong_usage_is_two(words: list[str], holdfast: Command, here: Path) -> None:
    told = holdfast(*words)
    assert (told.code, told.out) == (2, "")
    assert told.err
    assert not list(here.iterdir())


BAD = """\
name: bad
models:
  - {name: tiny, path: nowhere}
goals:
  - {name: echo, benchmark: {path: goal.jsonl, kind: capability, scorer: exactly}, target: 1.5}
benchmarks:
  - {name: direct, path: harmfull.jsonl, kind: safety}
pathways:
  - {name: tune, technique: lorra, corpus: {path: pairs.jsonl, regime: harmful}, steps: 4}
judges: [refusall]
seedz: 2
"""


@pytest.mark.parametrize("command", ["audit", "plan"])
def test_every_problem_of_a_configuration_is_told_at_once_and_nothing_written(
    command: str, holdfast: Command, here: Path
) -> None:
    (here / "bad.yaml").write_text(BAD)
    told = holdfast(command, "bad.yaml")
    assert (told.code, told.out) == (2, "")
    for value in ("nowhere", "exactly", "1.5", "harmfull.jsonl", "lorra", "refusall", "seedz"):
        assert value in told.err
    assert "did you mean 'lora'?" in told.err
    assert "bad.yaml:3" in told.err
    assert "Traceback" not in told.err
    assert [p.name for p in here.iterdir()] == ["bad.yaml"]


def test_a_configuration_that_is_not_there_is_two(holdfast: Command, here: Path) -> None:
    told = holdfast("audit", "absent.yaml")
    assert (told.code, told.out) == (2, "")
    assert "absent.yaml" in told.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted; finished trials are kept"),
        (OSError(28, "No space left on device"), 1, "No space left"),
    ],
)
def test_an_audit_that_is_cut_short_says_what_is_kept(
    error: BaseException, code: int, said: str, holdfast: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import holdfast.workflow.audit as module

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(module, "run_audit", fail)
    told = holdfast("audit")
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert "finished trials are kept" in told.err


def test_a_held_directory_is_one(holdfast: Command, config: Path, here: Path) -> None:
    with run_lock(here / "run"):
        told = holdfast("audit", config, "-o", here / "run", "--workers", 0)
    assert (told.code, told.out) == (1, "")
    assert "another audit is running" in told.err
    assert "next:" in told.err


def test_a_directory_of_another_audit_is_one(
    holdfast: Command, config: Path, finished_run: Path, here: Path
) -> None:
    for file in config.parent.glob("*.jsonl"):
        shutil.copy(file, here)
    (here / "model").symlink_to(config.parent / "model")
    (here / "audit.yaml").write_text(config.read_text().replace("target: 0.5", "target: 0.7"))
    told = holdfast("audit", here / "audit.yaml", "-o", finished_run, "--workers", 0)
    assert told.code == 1
    assert "holds another audit" in told.err
    assert "goals" in told.err


@pytest.mark.parametrize("kind", ["empty folder", "file", "nothing"])
def test_a_report_on_what_is_no_run_is_one(kind: str, holdfast: Command, here: Path) -> None:
    path = here / "run"
    if kind == "empty folder":
        path.mkdir()
    elif kind == "file":
        path.write_text("x")
    told = holdfast("report", path)
    assert (told.code, told.out) == (1, "")
    assert "no run directory" in told.err
    assert "next: give the directory" in told.err
    assert not path.is_dir() or not list(path.iterdir())


# --- finished runs -----------------------------------------------------------------------------------


def test_an_audit_prints_verdict_table_and_report_and_exits_zero(
    holdfast: Command, config: Path, finished_run: Path
) -> None:
    told = holdfast("audit", config, "-o", finished_run, "--workers", 0)
    assert told.code == 0
    decision = json.loads((finished_run / "decision.json").read_text())
    assert decision["conclusion"].upper() in told.out
    assert "benign-full" in told.out
    assert told.out.rstrip().endswith(f"report: {finished_run / 'report.html'}")


@pytest.mark.parametrize("command", ["audit", "report"])
def test_the_decision_as_json_is_all_that_is_printed(
    command: str, holdfast: Command, config: Path, finished_run: Path
) -> None:
    words = [config, "-o", finished_run, "--workers", 0] if command == "audit" else [finished_run]
    told = holdfast(command, *words, "--json")
    assert told.code == 0
    read = json.loads(told.out)
    assert read["conclusion"] in ("breaks", "holds", "inconclusive")
    assert Path(read["report"]).is_file()
    assert read["without_result"] == []
    assert {line["pathway"] for line in read["lines"]} >= {"plain", "harmful-lora", "benign-full"}


def test_a_report_may_be_markdown(holdfast: Command, finished_run: Path) -> None:
    told = holdfast("report", finished_run, "--markdown")
    assert told.code == 0
    assert "| " in told.out
    assert "benign-full" in told.out


def test_a_damaged_run_is_one_and_names_the_file(holdfast: Command, finished_run: Path, here: Path) -> None:
    run = Path(shutil.copytree(finished_run, here / "run"))
    victim = next(iter(sorted(run.glob("trials/*/spend.parquet"))))
    victim.write_bytes(victim.read_bytes()[:-1])
    told = holdfast("report", run)
    assert (told.code, told.out) == (1, "")
    assert str(victim) in told.err
    assert "Traceback" not in told.err


# --- plan --------------------------------------------------------------------------------------------


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make loading any model an error."""
    import holdfast.models

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(holdfast.models, "load_model", refuse)


@pytest.mark.usefixtures("no_models")
def test_a_plan_trains_nothing_and_writes_nothing(holdfast: Command, config: Path, here: Path) -> None:
    told = holdfast("plan", config, "--workers", 1)
    assert (told.code, told.err) == (0, "")
    assert "audit 'miniature': 9 trials" in told.out
    for said in ("about", "of disk", "what this design can show", "what it cannot", "options in force"):
        assert said in told.out
    assert not list(here.iterdir())


@pytest.mark.usefixtures("no_models")
def test_a_plan_as_json(holdfast: Command, config: Path, here: Path) -> None:
    told = holdfast("plan", config, "--json")
    read = json.loads(told.out, parse_constant=pytest.fail)
    assert (told.code, read["name"], len(read["trials"])) == (0, "miniature", 9)
    assert {"seconds", "disk_bytes", "can_show", "cannot_show", "arms"} <= set(read)


# --- list and doctor ---------------------------------------------------------------------------------


def test_every_plug_in_is_listed(holdfast: Command) -> None:
    read = json.loads(holdfast("list", "--json").out)
    listed = {(row["kind"], row["name"]) for row in read}
    assert listed >= {("techniques", "lora"), ("judges", "oracle"), ("models", "organism.aligned")}
    assert all(row["summary"] for row in read)
    lora = next(row for row in read if row["name"] == "lora")
    assert "rank" in lora["options"]
    told = holdfast("list", "judges")
    assert told.code == 0
    assert "refusal-strings" in told.out
    assert "lora" not in told.out


BROKEN_MODULES = {
    "import": ("import a_module_that_is_not_there", "ModuleNotFoundError"),
    "anything": ("raise ValueError('half a licence')", "half a licence"),
    "syntax": ("def (", "SyntaxError"),
    "name": ("", "AttributeError"),
    "contract": ("class Thing:\n    'A thing.'", "breaks its contract"),
}


@pytest.mark.parametrize("how", BROKEN_MODULES)
def test_a_plug_in_that_is_installed_badly_is_listed_with_what_is_wrong(
    how: str, holdfast: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, said = BROKEN_MODULES[how]
    (here / f"broken_{how}.py").write_text(source)
    monkeypatch.syspath_prepend(here)
    point = EntryPoint("theirs", f"broken_{how}:Thing", plugins.JUDGES)
    known = plugins.installed(plugins.JUDGES)
    monkeypatch.setattr(plugins, "installed", lambda group: known | {"theirs": point})
    told = holdfast("list", "judges", "--json")
    rows = {row["name"]: row for row in json.loads(told.out)}
    assert told.code == 0
    assert said in rows["theirs"]["summary"]
    assert rows["theirs"]["origin"] == f"broken_{how}:Thing"
    assert rows["refusal"]["standalone"] is False
    assert "theirs" in holdfast("list", "judges").out


def test_doctor_is_content_here(holdfast: Command) -> None:
    told = holdfast("doctor")
    assert told.code == 0, told.out
    assert "BAD" not in told.out
    read = json.loads(holdfast("doctor", "--json").out)
    assert {check["name"] for check in read} >= {"python", "torch", "memory", "disk", "organism.base"}


def test_doctor_says_what_to_do(holdfast: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast.auditing import health

    monkeypatch.setattr(health, "version", lambda name: "0.0.1")
    monkeypatch.setattr(health, "_LEAST_DISK_BYTES", 1e30)
    told = holdfast("doctor")
    assert told.code == 1
    assert re.search(r"BAD  torch: 0\.0\.1\n     next: pip install torch==", told.out)
    assert "next: free some space" in told.out
    assert any(not check["ok"] for check in json.loads(holdfast("doctor", "--json").out))


# --- documents ---------------------------------------------------------------------------------------


def test_every_command_of_the_documents_exists() -> None:
    from holdfast.cli import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        told = set(re.findall(r"(?:^|`)(?:\.venv/bin/)?holdfast ([a-z]+)\b", path.read_text(), re.MULTILINE))
        assert told <= known, path
    assert known <= set(re.findall(r"^holdfast ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE)) <= targets


def test_the_help_of_every_command_names_its_options(holdfast: Command) -> None:
    for command, option in (
        ("audit", "--output"),
        ("plan", "--workers"),
        ("report", "--markdown"),
        ("grade", "--judge"),
        ("calibrate", "--sample"),
        ("list", "--json"),
        ("doctor", "--json"),
    ):
        told = holdfast(command, "--help")
        assert told.code == 0
        assert option in told.out


def test_a_damaged_run_is_mended_by_the_step_that_is_told(
    holdfast: Command, finished_run: Path, here: Path
) -> None:
    run = Path(shutil.copytree(finished_run, here / "run"))
    before = (run / "findings.json").read_bytes()
    verdicts = sorted(run.glob("trials/*/verdicts/*.parquet"))[0]
    verdicts.write_bytes(b"cut")
    told = holdfast("report", "run")
    assert told.code == 1
    assert f"delete {verdicts.parent.relative_to(here)} and give: holdfast audit run" in told.err
    shutil.rmtree(verdicts.parent)
    told = holdfast("audit", "run", "--workers", 0)
    assert verdicts.parent.exists(), told.err
    assert (run / "findings.json").read_bytes() == before
    shutil.rmtree(verdicts.parent.parent)
    told = holdfast("audit", "run", "--workers", 0)
    assert (verdicts.parent.parent / "receipt.json").exists(), told.err
    told = holdfast("audit", here)
    assert told.code in (1, 2)
    assert "is no run directory" in told.err
