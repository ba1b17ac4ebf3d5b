"""Make `reference_judges.json`: agreement and corrected rates by other libraries and formulas than ours.

Run `python tests/stats/reference_judges.py` from the repository's root, with scikit-learn, krippendorff and
ppi-python 0.2.3 installed (the last is needed for nothing else). Lang and Reiczigel's examples are those of
their paper (2014, Preventive Veterinary Medicine 113:13), as listed with the intervals printed there in the
manual of R's package asht; the Rogan-Gladen interval with known errors is that of the manual of R's package
RSurveillance (20 of 120, sensitivity 0.9, specificity 0.99, Wilson).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

# Observed positives of tested; right of the positives; right of the negatives; the interval printed.
LANG_REICZIGEL = [
    [[4060, 11284], [178, 179], [358, 359], [0.349, 0.372]],
    [[51, 2971], [32, 33], [20, 20], [0.0, 0.053]],
    [[712, 11862], [8, 10], [12, 12], [0.0, 0.147]],
    [[259, 509], [84, 127], [96, 109], [0.58, 0.87]],
    [[51, 509], [23, 41], [187, 195], [0.037, 0.195]],
]

KNOWN_ERRORS = {"observed": [20, 120], "rates": [0.9, 0.99], "value": 0.17603, "ends": [0.1129887, 0.2623065]}

# Krippendorff (2011, Computing Krippendorff's alpha-reliability, example C): four observers, alpha 0.743.
KRIPPENDORFF = [
    ["1", "2", "3", "3", "2", "1", "4", "1", "2", None, None, None],
    ["1", "2", "3", "3", "2", "2", "4", "1", "2", "5", None, "3"],
    [None, "3", "3", "3", "2", "3", "4", "2", "2", "5", "1", None],
    ["1", "2", "3", "3", "2", "4", "4", "1", "2", "5", "1", None],
]

OUTCOMES = ("complied", "refused", "incoherent", "deflected")


def ratings(seed: int, n: int, agree: float) -> list[list[str]]:
    """Return two judges' words on `n` answers."""
    rng = np.random.default_rng(seed)
    first = rng.choice(OUTCOMES, n, p=[0.5, 0.3, 0.15, 0.05])
    second = np.where(rng.random(n) < agree, first, rng.choice(OUTCOMES, n))
    return [first.tolist(), second.tolist()]


def agreement(judges: list[list[str]]) -> dict[str, Any]:
    """Return kappa by scikit-learn and alpha by krippendorff."""
    import krippendorff
    from sklearn.metrics import cohen_kappa_score

    coded = [[OUTCOMES.index(each) for each in judge] for judge in judges]
    return {
        "ratings": judges,
        "kappa": float(cohen_kappa_score(*judges)),
        "alpha": float(krippendorff.alpha(coded, level_of_measurement="nominal")),
    }


def prediction_powered(seed: int, n: int, unlabelled: int, graded: bool) -> dict[str, Any]:
    """Return what ppi-python gives for independent answers, and what it was given."""
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

    rng = np.random.default_rng(seed)
    truth = (rng.random(n + unlabelled) < 0.3).astype(float)
    if graded:
        judged = np.round(1 / (1 + np.exp(-rng.normal(3 * truth - 1.5, 1.0))), 3)
    else:
        judged = np.where(rng.random(truth.size) < 0.85, truth, 1 - truth)
    low, high = ppi_mean_ci(truth[:n], judged[:n], judged[n:], alpha=0.05)
    value = ppi_mean_pointestimate(truth[:n], judged[:n], judged[n:])
    return {
        "labels": truth[:n].astype(int).tolist(),
        "judged": judged.tolist(),
        "value": float(np.squeeze(value)),
        "ends": [float(np.squeeze(low)), float(np.squeeze(high))],
    }


def lang_reiczigel(observed: list[int], sensitivity: list[int], specificity: list[int]) -> list[float]:
    """Return the adjusted interval of Lang and Reiczigel (2014, equations 4, 6, 7, 16 and 17)."""
    z = 1.959963984540054
    (x, n), (a, n1), (b, n0) = observed, sensitivity, specificity
    q, m = (x + z**2 / 2) / (n + z**2), n + z**2
    se, sp = (a + 1) / (n1 + 2), (b + 1) / (n0 + 2)
    youden = se + sp - 1
    p = (q + sp - 1) / youden
    of_se, of_sp = se * (1 - se) / (n1 + 2), sp * (1 - sp) / (n0 + 2)
    shift = 2 * z**2 * (p * of_se - (1 - p) * of_sp)
    half = z * math.sqrt(q * (1 - q) / m + p**2 * of_se + (1 - p) ** 2 * of_sp) / youden
    return [max(0.0, p + shift - half), min(1.0, p + shift + half)]


def main() -> None:
    """Write the file."""
    found = {
        "agreement": [agreement(ratings(s, n, a)) for s, n, a in [(0, 30, 0.6), (1, 80, 0.9), (2, 60, 0.0)]],
        "krippendorff": {"ratings": KRIPPENDORFF, "alpha": 0.743},
        "ppi": [
            prediction_powered(s, 400, 2600, graded) for s, graded in [(0, False), (1, False), (2, True)]
        ],
        "known_errors": KNOWN_ERRORS,
        "lang_reiczigel": [
            {"counts": case[:3], "printed": case[3], "ends": lang_reiczigel(*case[:3])}
            for case in LANG_REICZIGEL
        ],
    }
    text = json.dumps(found) + "\n"
    Path(__file__).with_suffix(".json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
