"""From a choice of options to the pathway that runs with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from holdfast.data import PROMPT_PLACE
from holdfast.domain import CorpusSpec, Dimension, PathwaySpec, SearchSpec, Spend

LIMIT, ASK = "limit", "ask"
"""What can be searched beside a technique's options: rows of the corpus, and how the attacker asks."""


def with_choice(pathway: PathwaySpec, chosen: Mapping[str, Any], tried: Spend | None = None) -> PathwaySpec:
    """Return the pathway that runs with these options instead of those written.

    Args:
        pathway: A pathway with a search.
        chosen: Value by searched option.
        tried: What finding them cost.

    Raises:
        ValueError: If the pathway has no search, or `chosen` names a limit that its search has no corpus for.
    """
    search = _search_of(pathway)
    corpus = pathway.corpus
    if LIMIT in chosen:
        found = [each for each in search.corpora if each.limit == chosen[LIMIT]]
        if not found:
            raise ValueError(f"the search of {search.of!r} has no corpus of {chosen[LIMIT]} rows")
        corpus = found[0]
    own = {name: value for name, value in chosen.items() if name not in (LIMIT, ASK)}
    return replace(
        pathway,
        corpus=corpus,
        ask=chosen.get(ASK, pathway.ask),
        options={**pathway.options, **own},
        search=None,
        tried=tried,
    )


def written_choice(pathway: PathwaySpec, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the pathway as written as a choice within its own space; None where the space leaves it out.

    Args:
        pathway: A pathway with a search.
        options: Its options with defaults filled in.
    """
    search = _search_of(pathway)
    values = {**options, LIMIT: _written_limit(pathway, search), ASK: pathway.ask or PROMPT_PLACE}
    space = search.space
    chosen = {dimension.name: values.get(dimension.name) for dimension in space}
    return chosen if all(dimension.holds(chosen[dimension.name]) for dimension in space) else None


def _written_limit(pathway: PathwaySpec, search: SearchSpec) -> int | None:
    # A corpus without a limit is the same as with one of all its rows.
    same = (each.limit for each in search.corpora if replace(each, limit=None) == _unlimited(pathway.corpus))
    return next(same, None)


def _unlimited(corpus: CorpusSpec | None) -> CorpusSpec | None:
    return corpus and replace(corpus, limit=None)


def combinations(space: tuple[Dimension, ...]) -> float:
    """Return how many choices a space holds; infinite with a range of real numbers."""
    count = 1.0
    for dimension in space:
        if dimension.choices:
            count *= len(dimension.choices)
        else:
            count *= dimension.high - dimension.low + 1 if dimension.whole else float("inf")
    return count


def _search_of(pathway: PathwaySpec) -> SearchSpec:
    if pathway.search is None:
        raise ValueError(f"pathway {pathway.name!r} has no search")
    return pathway.search
