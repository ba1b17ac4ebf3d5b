"""A small version of the coverage study, so that the script behind docs/coverage.md keeps running."""

from __future__ import annotations

import importlib.util
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from holdfast.stats import Interval

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from coverage_stopping import StoppingWorld, measure_stopping  # noqa: E402
from coverage_worlds import Crowd, RateWorld, centre_of  # noqa: E402


def load_study():
    """Return the script as a module of another name: `coverage` is a well-known package's."""
    spec = importlib.util.spec_from_file_location("coverage_study", BENCHMARKS / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


study = load_study()


@dataclass(frozen=True)
class Wishful:
    """A world whose audits claim more than they know."""

    crowd: Crowd
    width: float
    figure: str = "rate"
    case: str = "too narrow"

    def truth(self) -> float:
        return 0.5

    def audit(self, random: np.random.Generator) -> Interval:
        value = 0.5 + 0.1 * random.standard_normal()
        return Interval(value, value - self.width, value + self.width, "wishful")


def test_a_small_study_runs_and_finds_no_miss(capsys):
    assert study.main(["--quick", "--runs", "15"]) == 0
    printed = capsys.readouterr().out
    assert "| anchored rate | 10 | 0.5 |" in printed
    assert "| PPI++ | 5 | 0.5 |" in printed
    assert "15 settings, 15 audits each" in printed


def test_intervals_that_are_too_narrow_are_a_miss():
    narrow, wide = (study.measure(Wishful(Crowd(10, 50, 0.5), width), 400, seed=1) for width in (0.15, 0.2))
    assert narrow.least == study.REQUIRED
    assert narrow.share == pytest.approx(math.erf(1.5 / math.sqrt(2)), abs=0.04)
    assert narrow.missed
    assert not wide.missed
    assert wide.excess == pytest.approx(0.2 / 0.196, rel=0.1)


@pytest.mark.parametrize(
    ("seeds", "sd", "least"),
    [(3, 0.0, None), (5, 0.5, study.REQUIRED), (5, 1.0, None), (10, 1.5, study.CLAIMED)],
)
def test_what_is_required_depends_on_the_seeds_and_how_they_differ(seeds, sd, least):
    assert study.Coverage(RateWorld(Crowd(seeds, 50, sd), 0.1), 95, 100, 100, 0.2, 0.1).least == least


def test_audits_without_a_value_claim_nothing():
    world = RateWorld(Crowd(10, 50, 0.5), 0.1)
    silent = study.Coverage(world, 0, 0, 100, math.nan, math.nan)
    assert math.isnan(silent.share)
    assert not silent.missed


def test_the_truth_is_the_rate_over_all_seeds_and_prompts():
    crowd = Crowd(3, 10, seed_sd=1.0, prompt_sd=1.5)
    drawn = np.random.default_rng(0).standard_normal(400_000)
    assert expit(centre_of(0.1, crowd.sd) + crowd.sd * drawn).mean() == pytest.approx(0.1, abs=0.001)


def test_the_whole_study_has_every_figure_for_every_number_of_seeds_and_spread():
    found = {(w.figure, w.crowd.seeds, w.crowd.seed_sd) for w in study.worlds()}
    assert len(found) == 5 * 3 * 4 + 4


def test_early_stopping_saves_prompts_where_it_is_clear_and_seldom_errs():
    clear = measure_stopping(StoppingWorld(50, 48, 50), 30, seed=0)
    assert (clear.false, clear.asked < 0.5) == (0.0, True)
    close = measure_stopping(StoppingWorld(50, 24, 50), 40, seed=0)
    assert close.false <= 0.1
    assert close.asked > 0.8


def test_the_page_has_a_place_for_each_table():
    page = study.PAGE.read_text(encoding="utf-8")
    once = study.filled(page, {"intervals": "| new |", "stopping": "| newer |"})
    assert "<!-- intervals -->\n| new |\n<!-- /intervals -->" in once
    assert study.filled(once, {"stopping": "| newer |"}) == once
