"""Forecasts stay where published runs are."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "published_prices.py"


def test_forecasts_hold_against_published_runs_but_for_the_one_that_is_known_to_miss():
    done = subprocess.run([sys.executable, BENCHMARK], capture_output=True, text=True, check=True)
    *_, last = done.stdout.splitlines()
    assert last == "missed: Stanford Alpaca, 7B (benign)"  # whose run reached some 6 % of its node's peak
    assert sum("  yes" in line for line in done.stdout.splitlines()) == 5
