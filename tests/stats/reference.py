"""Make `reference.json`: values that the estimators are checked against, by other means than theirs.

Run `python tests/stats/reference.py` from the repository's root. Wilson's ends are found by solving the
score equation with a root finder, Clopper and Pearson's by inverting the binomial distribution function
with one, the likelihood of survival by a general optimiser, isotonic fits by the min-max formula, the
sign-flip p-values by counting, the log-rank test from the risk tables of every division, Newcombe's
interval from the published four-cell formula.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
from scipy import optimize, stats

PROPORTIONS = [(0, 20), (1, 29), (15, 148), (81, 263), (3, 3), (5, 10), (29, 30), (500, 1000)]
LEVELS = [0.8, 0.95, 0.99]

SURVIVAL = {
    "published lie": [(0, 4), (4, 8), (4, 8), (8, 16), (16, None)],
    "overlapping": [(0, 8), (4, 16), (2, 8), (8, 32), (16, None), (1, 4), (4, None)],
    "one": [(2, 4)],
    "never": [(32, None), (32, None), (32, None)],
    "nested": [(0, 64), (8, 16), (4, 32), (16, 32), (32, None), (0, None)],
    "degenerate": [(0, 2), (1, 3), (2, 4), (1, 4)],
}

CURVES = [
    ([0.1, 0.3, 0.2, 0.6, 0.9], [1, 1, 1, 1, 1]),
    ([0.5, 0.4, 0.3, 0.8], [10, 20, 30, 5]),
    ([0.0, 0.7, 0.1, 0.1, 0.2, 0.75], [4, 1, 2, 2, 3, 4]),
]

FLIPS = [[0.1, 0.2, 0.3, 0.1, 0.4, 0.2], [0.1, -0.2, 0.3, 0.05, -0.4, 0.2, 0.6], [0.25, 0.25, -0.25]]

# Times and whether they were seen or censored: first arm, second arm.
LOG_RANK = [
    (
        [(3, True), (5, True), (7, False), (9, True), (9, True), (12, False)],
        [(1, True), (2, True), (3, True), (5, True), (6, False), (9, True)],
    ),
    (
        [(1, True), (4, True), (4, True), (8, False), (8, False), (8, False)],
        [(2, True), (4, True), (6, True), (6, True), (7, True), (8, True), (8, False)],
    ),
]

# Cells (both, only before, only after, neither): a paired two-by-two table.
PAIRS = [(36, 12, 2, 0), (12, 9, 2, 21), (0, 0, 0, 30), (20, 0, 0, 10), (1, 4, 9, 40), (7, 1, 1, 12)]


def wilson(successes: int, n: int, level: float) -> list[float]:
    z = stats.norm.ppf(0.5 + level / 2)
    share = successes / n

    def excess(p: float) -> float:
        return (share - p) ** 2 - z**2 * p * (1 - p) / n

    # A share of 0 or 1 is a root itself; the other root lies beyond a point next to it.
    low = 0.0 if successes == 0 else optimize.brentq(excess, 1e-12, min(share, 1 - 1e-9), xtol=1e-14)
    high = 1.0 if successes == n else optimize.brentq(excess, max(share, 1e-9), 1 - 1e-12, xtol=1e-14)
    return [low, high]


def clopper_pearson(successes: int, n: int, level: float) -> list[float]:
    tail = (1 - level) / 2
    low, high = 0.0, 1.0
    if successes:
        low = optimize.brentq(lambda p: stats.binom.sf(successes - 1, n, p) - tail, 0, 1, xtol=1e-14)
    if successes < n:
        high = optimize.brentq(lambda p: stats.binom.cdf(successes, n, p) - tail, 0, 1, xtol=1e-14)
    return [low, high]


def survival(events: list[tuple[float, float | None]]) -> dict[str, list[float]]:
    """Maximise the likelihood over the cells between all end points, which is a concave problem."""
    ends = [*sorted({end for event in events for end in event if end is not None}), math.inf]
    cells = list(itertools.pairwise(ends))
    member = np.array(
        [
            [float(left <= a and b <= (math.inf if right is None else right)) for a, b in cells]
            for left, right in events
        ]
    )
    best = None
    for seed in range(5):
        start = np.random.default_rng(seed).dirichlet(np.ones(len(cells)))
        found = optimize.minimize(
            lambda p: -np.log(np.maximum(member @ p, 1e-300)).sum(),
            start,
            jac=lambda p: -(member / np.maximum(member @ p, 1e-300)[:, None]).sum(axis=0),
            bounds=[(0, 1)] * len(cells),
            constraints=[{"type": "eq", "fun": lambda p: p.sum() - 1, "jac": np.ones_like}],
            method="SLSQP",
            options={"maxiter": 2000, "ftol": 1e-15},
        )
        if best is None or found.fun < best.fun:
            best = found
    return {"log_likelihood": -float(best.fun)}


def isotonic(scores: list[float], weights: list[float]) -> list[float]:
    """Return max over starts, min over ends, of weighted means (Barlow et al. 1972, theorem 1.4)."""
    n = len(scores)

    def mean(a: int, b: int) -> float:
        w = weights[a : b + 1]
        return sum(x * y for x, y in zip(scores[a : b + 1], w, strict=True)) / sum(w)

    return [max(min(mean(a, b) for b in range(i, n)) for a in range(i + 1)) for i in range(n)]


def sign_flip(differences: list[float]) -> float:
    seen = abs(sum(differences)) - 1e-12
    signs = list(itertools.product((1, -1), repeat=len(differences)))
    return sum(
        abs(sum(s * d for s, d in zip(each, differences, strict=True))) >= seen for each in signs
    ) / len(signs)


Times = list[tuple[int, bool]]


def excess(first: Times, second: Times) -> float:
    """Return the second arm's events minus those expected of it: the log-rank test from its risk table."""
    total = 0.0
    for time in sorted({t for t, seen in first + second if seen}):
        at_risk = [sum(t >= time for t, _ in arm) for arm in (first, second)]
        events = [sum(t == time and seen for t, seen in arm) for arm in (first, second)]
        total += events[1] - sum(events) * at_risk[1] / sum(at_risk)
    return total


def log_rank(first: Times, second: Times) -> dict[str, object]:
    """Return the test by working out the risk table again for every division into two arms."""
    pooled, n = first + second, len(second)
    divisions = []
    for chosen in itertools.combinations(range(len(pooled)), n):
        rest = [pooled[i] for i in range(len(pooled)) if i not in chosen]
        divisions.append(excess(rest, [pooled[i] for i in chosen]))
    seen = excess(first, second)
    far = sum(abs(each) >= abs(seen) - 1e-9 for each in divisions)
    return {
        "first": first,
        "second": second,
        "statistic": seen / float(np.std(divisions)),
        "p": far / len(divisions),
    }


def newcombe(both: int, before: int, after: int, neither: int) -> list[float]:
    """Return method 10 of Newcombe (1998) as Fagerland et al. (2014) write it, for after minus before."""
    n = both + before + after + neither
    p1, p2 = (both + before) / n, (both + after) / n
    l1, u1 = wilson(both + before, n, 0.95)
    l2, u2 = wilson(both + after, n, 0.95)
    margins = (both + before) * (after + neither) * (both + after) * (before + neither)
    crossed = both * neither - before * after
    corrected = max(crossed - n / 2, 0) if crossed > 0 else crossed
    phi = corrected / math.sqrt(margins) if margins else 0.0
    down = math.sqrt((p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2)
    up = math.sqrt((u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2)
    return [p2 - p1 - down, p2 - p1 + up]


def main() -> None:
    """Write the file."""
    reference = {
        "wilson": [[k, n, c, *wilson(k, n, c)] for k, n in PROPORTIONS for c in LEVELS],
        "clopper_pearson": [[k, n, c, *clopper_pearson(k, n, c)] for k, n in PROPORTIONS for c in LEVELS],
        "survival": [{"name": k, "events": v, **survival(v)} for k, v in SURVIVAL.items()],
        "isotonic": [{"scores": s, "weights": w, "fitted": isotonic(s, w)} for s, w in CURVES],
        "sign_flip": [{"differences": d, "p": sign_flip(d)} for d in FLIPS],
        "log_rank": [log_rank(*arms) for arms in LOG_RANK],
        "newcombe": [{"cells": list(cells), "ends": newcombe(*cells)} for cells in PAIRS],
    }
    text = json.dumps(reference, indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
