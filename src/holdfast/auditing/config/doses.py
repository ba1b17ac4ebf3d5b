"""A dose-response curve: one pathway written with several limits of its corpus becomes one pathway each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from holdfast.auditing.config.corpora import limited
from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.data import quoted
from holdfast.domain import DataError, PathwaySpec

ReadPathway = Callable[[object, KeyPath, Problems], PathwaySpec]


def read_doses(raw: object, path: KeyPath, findings: Problems, read: ReadPathway) -> tuple[PathwaySpec, ...]:
    """Read one entry of `pathways`; `limit: [1, 10]` makes `<name>-n1` and `<name>-n10` of it.

    Args:
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.
        read: Reads a pathway with a single limit.

    Returns:
        One pathway, or one a dose in rising order; at least one.
    """
    written = _limits(raw)
    if written is None or not isinstance(raw, dict):
        return (read(raw, path, findings),)
    at = (*path, "corpus", "limit")
    limits = _sound(written, at, findings)
    corpus = {key: value for key, value in raw["corpus"].items() if key != "limit"}
    largest = {"limit": limits[-1]} if limits else {}
    spec = read({**raw, "corpus": {**corpus, **largest}}, path, findings)
    if spec.corpus is None or not limits:
        return (spec,)
    try:
        return tuple(_at_dose(spec, limit) for limit in limits)
    except DataError as error:  # a share that so few rows cannot have
        findings.add_data(error, at)
        return (spec,)


def check_doses(
    written: Sequence[Sequence[PathwaySpec]], path: KeyPath, findings: Problems
) -> list[PathwaySpec]:
    """Make sure that no dose bears the name of another pathway.

    Args:
        written: What each entry became.
        path: Where the entries are.
        findings: Grows by every dose whose name is used twice.

    Returns:
        All pathways, in order.
    """
    names = [spec.name for specs in written for spec in specs]
    for i, specs in enumerate(written):
        for spec in specs:
            if spec.family and names.count(spec.name) > 1:
                at = (*path, i, "corpus", "limit")
                findings.add(at, f"its dose {spec.dose} bears a name that is used twice, {spec.name!r}")
    return [spec for specs in written for spec in specs]


def _limits(raw: object) -> Sequence[Any] | None:
    corpus = raw.get("corpus") if isinstance(raw, Mapping) else None
    limit = corpus.get("limit") if isinstance(corpus, Mapping) else None
    return limit if isinstance(limit, list) else None


def _sound(limits: Sequence[Any], path: KeyPath, findings: Problems) -> list[int]:
    whole = [n for n in limits if isinstance(n, int) and not isinstance(n, bool) and n >= 1]
    if len(set(whole)) == len(limits) > 0:
        return sorted(whole)
    message = f"must be different whole numbers from 1, got {quoted(list(limits))}"
    findings.add(path, message, "limit: [1, 3, 10, 30]")
    return []


def _at_dose(spec: PathwaySpec, dose: int) -> PathwaySpec:
    assert spec.corpus is not None
    corpus = limited(spec.corpus, dose)
    return replace(spec, name=f"{spec.name}-n{dose}", corpus=corpus, family=spec.name, dose=dose)
