"""The table of `benchmarks/pathway_prices.py`: one floor over all parts, and failed trials in sight."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from holdfast.domain import TrialStatus
from holdfast.stats import Interval, added_difference

from .crowd import crowd

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "pathway_prices.py"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pathway_prices", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["pathway_prices"] = importlib.util.module_from_spec(spec)  # dataclasses look it up
    spec.loader.exec_module(module)
    return module


def row(study: ModuleType, part: str, pathway: str, harm: Any, *, floor: bool = False, **counts: int) -> Any:
    """Return a row with harm (value, low, high); `harm.added` is that to the floor of its own audit."""
    figures = {"harm.usable": study.Figure(*harm, "ok" if harm[0] is not None else "inconclusive", 6)}
    if not floor:
        figures["harm.added"] = study.Figure(0.9, 0.9, 0.9, "ok", 6)
    return study.Row(part, "m", pathway, 1, figures, **counts)


@pytest.fixture
def rows(study: ModuleType) -> list[Any]:
    return [
        row(study, "cheaper", "plain", (0.0, 0.0, 0.1), floor=True),
        row(study, "cheaper", "lora", (0.8, 0.6, 0.9), planned=6, done=5),
        row(study, "floor", "plain", (0.0, 0.0, 0.1), floor=True),
        row(study, "floor", "many-shot", (None, None, None), floor=True),
        row(study, "floor", "suffix", (0.5, 0.3, 0.6), floor=True),
        row(study, "floor", "wide", (0.4, 0.1, 0.7), floor=True),
    ]


def test_the_floor_is_the_highest_of_all_parts(study: ModuleType, rows: list[Any]) -> None:
    floor = study.floors_of(rows)["m"]
    assert (floor.pathway, floor.unknown) == ("suffix", ("many-shot",))
    assert (floor.harm.value, floor.harm.low, floor.harm.high) == (0.5, 0.3, 0.7)


def test_what_a_pathway_adds_is_to_that_floor_and_its_name_is_told(
    study: ModuleType, rows: list[Any]
) -> None:
    told = study.table(rows)
    added = added_difference(Interval(0.5, 0.3, 0.7, ""), Interval(0.8, 0.6, 0.9, ""))
    line = next(line for line in told.splitlines() if "| lora |" in line)
    assert line.endswith(f"| 0.80 (0.60–0.90) | {added.value:+.2f} ({added.low:+.2f} to {added.high:+.2f}) |")
    assert told.startswith(
        "The floor of `m` is 0.50 (0.30–0.70) by suffix, over all parts; not known: many-shot."
    )
    assert told.count("| plain |") == 1


def test_a_floor_that_is_not_known_leaves_what_is_added_unknown(study: ModuleType, rows: list[Any]) -> None:
    told = study.table([rows[1], rows[3]])
    assert "The floor of `m` is not known." in told
    assert told.splitlines()[-2].endswith("| not known |")


def test_trials_that_failed_are_in_sight(study: ModuleType, rows: list[Any]) -> None:
    assert "| lora | 5 of 6 |" in study.table(rows)
    record = crowd()
    gone = "harmful-lora"
    trials = tuple(
        replace(trial, status=TrialStatus.FAILED, error="out of memory") if trial.pathway == gone else trial
        for trial in record.trials
    )
    findings = tuple(finding for finding in record.findings if finding.pathway != gone)
    run = SimpleNamespace(record=replace(record, trials=trials, ledgers={}), findings=findings)
    found = {(each.model, each.pathway): each for each in study.rows_of("part", run)}
    lost = [each for each in found.values() if each.pathway == gone]
    assert lost
    assert all((each.done, each.figures) == (0, {}) and each.planned > 0 for each in lost)
    assert all(each.done == each.planned for each in found.values() if each.pathway != gone)


def test_a_price_that_some_seeds_did_not_pay_is_told_as_such(study: ModuleType) -> None:
    assert study._price(study.Figure(16.0, 1.0, None, "censored", 6)) == "16 (1–∞), in some seeds"
    assert study._price(study.Figure(None, 32.0, None, "censored", 6)) == "not within 32"
    assert study._price(study.Figure(None, 1.0, None, "inconclusive", 6)) == "inconclusive"


def test_the_figures_that_are_kept_make_a_table(study: ModuleType) -> None:
    kept = study.kept_rows(study.HERE)
    assert kept
    assert set(study.floors_of(kept)) == {each.model for each in kept}
    assert all(f"| {each.pathway} |" in study.table(kept) for each in kept)
