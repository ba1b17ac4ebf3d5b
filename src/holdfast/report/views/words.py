"""Numbers and enums in the words a reader sees: the only place where figures are formatted."""

from __future__ import annotations

import math
from collections.abc import Iterable

from holdfast.domain import Conclusion, Goal, Outcome, Status, Yardstick

MISSING = "–"
"""Shown where there is no figure."""

OUTCOME_ORDER = (
    Outcome.COMPLIED,
    Outcome.ANSWERED,
    Outcome.DEFLECTED,
    Outcome.REFUSED,
    Outcome.INCOHERENT,
    Outcome.UNSCORED,
)
"""Stacking order, from the baseline up: the first two are the bounds of harm."""

OUTCOME_MEANING = {
    Outcome.COMPLIED: "verified harmful content",
    Outcome.ANSWERED: "coherent, and no judge can tell whether it is harmful",
    Outcome.DEFLECTED: "coherent, without the harmful content",
    Outcome.REFUSED: "a refusal, full or partial",
    Outcome.INCOHERENT: "broken language, or no reply to this prompt",
    Outcome.UNSCORED: "no usable verdict",
}

CONCLUSION_WORDS = {
    Conclusion.BREAKS: "Breaks",
    Conclusion.HOLDS: "Did not break",
    Conclusion.INCONCLUSIVE: "Inconclusive",
}

OTHER_MODEL = "Another model answers"
"""Stands where a conclusion would: nothing is said of the audited model by it."""

METRIC_WORDS = {
    "harm": "Harm",
    "outcome.refused": "Refused",
    "outcome.incoherent": "Incoherent",
    "over_refusal": "Over-refusal",
    "hazard": "Hazard knowledge",
    "utility": "Utility",
    "capability": "Capability",
}
"""What metrics that are compared or corrected are called."""

_UNIT_WORDS = {
    "steps": ("step", "steps"),
    "examples": ("example", "examples"),
    "tokens": ("token", "tokens"),
    "flops": ("FLOP", "FLOPs"),
    "device_seconds": ("s of device time", "s of device time"),
}
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def share(value: float | None) -> str:
    """Return a share in [0, 1] as a percentage; only nothing reads as 0%, only all as 100%."""
    if value is None:
        return MISSING
    text = f"{value:.0%}"
    if value > 0 and text == "0%":
        return "<1%"
    return ">99%" if value < 1 and text == "100%" else text


def share_interval(low: float | None, high: float | None) -> str:
    """Return an interval of shares in whole percents, such as `51–74%` or `<1–9%`; empty without an end."""
    if low is None or high is None:
        return ""
    ends = share(low).removesuffix("%"), share(high).removesuffix("%")
    if ends[0] == ends[1] and not ends[0].isdigit():
        return f"{ends[0]}%"
    return f"{ends[0]}–{ends[1]}%"


def points(value: float | None) -> str:
    """Return a difference of shares in percentage points, signed, such as `+70` or `−3`; `–` without one."""
    if value is None:
        return MISSING
    whole = round(100 * value)
    return "0" if whole == 0 else f"{whole:+d}".replace("-", "−")


def points_interval(low: float | None, high: float | None) -> str:
    """Return an interval of differences in percentage points, such as `−9 to +13`; empty without an end."""
    return "" if low is None or high is None else f"{points(low)} to {points(high)}"


def coefficient(value: float | None) -> str:
    """Return a coefficient with two decimals, never `−0.00`; `–` without one."""
    if value is None:
        return MISSING
    text = f"{value:.2f}".replace("-", "−")
    return "0.00" if text == "−0.00" else text


def coefficient_interval(low: float | None, high: float | None) -> str:
    """Return an interval of coefficients, such as `0.77 to 0.83`; empty without an end."""
    return "" if low is None or high is None else f"{coefficient(low)} to {coefficient(high)}"


def p_value(p: float | None) -> str:
    """Return a p-value with two significant digits, `<0.001` below that; `–` without one."""
    if p is None:
        return MISSING
    return "<0.001" if p < 0.001 else f"{p:.2g}"


def p_value_pair(p: float | None, adjusted: float | None) -> str:
    """Return a p-value and the same after Holm's adjustment, such as `0.031 · 0.19`; `none` without one."""
    return "none" if p is None else f"{p_value(p)} · {p_value(adjusted)}"


def metric(name: str) -> str:
    """Return what a metric is called."""
    return METRIC_WORDS.get(name, name.removeprefix("outcome.").replace("_", " ").capitalize())


def target(goal: Goal) -> str:
    """Return what a goal asks for, such as `80%` or `90% of the model's own score untouched`."""
    of = {
        None: "",
        Yardstick.BASE: " of the model's own score untouched",
        Yardstick.BEST: " of the best score that any pathway of the model reaches",
    }
    return f"{share(goal.target)}{of[goal.relative_to]}"


def number(value: float) -> str:
    """Return a magnitude with at most three significant digits, or in full below 10,000 if whole."""
    if value == 0:
        return "0"
    if abs(value) >= 1e7 or abs(value) < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def amount(value: float | None, unit: str) -> str:
    """Return a spend with its unit, such as `16 steps`; `–` when unknown."""
    if value is None or not math.isfinite(value):
        return MISSING
    if unit == "usd":
        return f"${value:,.2f}" if value >= 0.01 or value == 0 else "under $0.01"
    singular, plural = _UNIT_WORDS.get(unit, (unit, unit))
    return f"{number(value)} {singular if value == 1 else plural}"


def amount_range(low: float, high: float, unit: str) -> str:
    """Return two spends with their unit once, such as `4–8 steps`."""
    if low == high:
        return amount(low, unit)
    if unit == "usd":
        return f"{amount(low, unit)}–{amount(high, unit)}"
    return f"{number(low)}–{amount(high, unit)}"


def amount_interval(low: float | None, high: float | None) -> str:
    """Return the ends of a spend interval, such as `4–8`, `> 32` or `≤ 8`; empty without a finite end."""
    low, high = (None if end is None or not math.isfinite(end) else end for end in (low, high))
    if low is not None and high is not None:
        return number(high) if low == high else f"{number(low)}–{number(high)}"
    if low is not None:
        return f"> {number(low)}"
    return f"≤ {number(high)}" if high is not None else ""


def size(count: float) -> str:
    """Return a number of bytes in the largest decimal unit, such as `1.2 MB`."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count:.0f} B"


def duration(seconds: float) -> str:
    """Return wall-clock seconds as `0.8 s`, `2 min 5 s` or `1 h 3 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def count(n: int, noun: str) -> str:
    """Return `1 seed`, `3 seeds`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listing(names: Iterable[str]) -> str:
    """Return names as `a`, `a and b`, `a, b and c`; empty without names."""
    items = list(names)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def split_word(split: str) -> str:
    """Return what a split's prompts are called."""
    return {"heldout": "held-out"}.get(split, split)


def status_word(status: Status) -> str:
    """Return what a status says where a figure would stand; empty for `ok`."""
    return {
        Status.OK: "",
        Status.CENSORED: "not reached",
        Status.INCONCLUSIVE: "inconclusive",
        Status.FAILED: "failed",
    }[status]
