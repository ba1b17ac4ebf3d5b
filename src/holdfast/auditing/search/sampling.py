"""What to try next: optuna's samplers, fed with every try so far and seeded by their number.

Each proposal rebuilds its study from the tries made, so that a search that was killed proposes what it would
have proposed without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from holdfast.domain import Dimension, Objective, Sampler, SearchSpec, TryRecord, TryStatus

_FEWEST_AT_RANDOM = 4
"""Tries chosen at random before the model of earlier ones says anything."""
_CONSTRAINTS = ("harm", "coherence", "utility")
_WORST_SHORTFALL = 1.0
"""What a try that gave no result is taken to lack of each: all figures are shares."""
_REPEATS = 20
"""Proposals looked at for one that was not tried yet; the same options give the same result."""


def propose(
    search: SearchSpec, tries: Sequence[TryRecord], written: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the options to try next; the same for the same search and tries.

    The first try is the pathway as written: an attacker starts from what is known to work. Infeasible tries
    tell by how much they fall short (Watanabe and Hutter 2023, arXiv 2211.14411), failed ones fall short of
    everything.

    Args:
        search: The protocol.
        tries: All tries so far, in order.
        written: The pathway as written, as a choice of its space; None where the space leaves it out.

    Returns:
        Value by option; empty for the pathway as written.
    """
    if not tries:
        return {}
    seen = [dict(each.options) if each.options else written for each in tries]
    proposals = islice(_proposals(search, tries, written), _REPEATS)
    last: dict[str, Any] = {}
    for last in proposals:
        if last not in seen:
            break
    return last


def _proposals(
    search: SearchSpec, tries: Sequence[TryRecord], written: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {dimension.name: _distribution(dimension) for dimension in search.space}
    for attempt in range(_REPEATS):
        study = optuna.create_study(
            direction="minimize", sampler=_sampler(search, _seed(search, len(tries), attempt))
        )
        for each in tries:
            options = each.options or written
            if options is not None:  # the pathway as written may lie outside the space
                study.add_trial(
                    optuna.trial.create_trial(
                        params=_params(search, options),
                        distributions=distributions,
                        value=_value(search, each),
                        constraints=_constraints(search, each),
                    )
                )
        drawn = study.ask(distributions).params
        yield {dimension.name: _option(dimension, drawn[dimension.name]) for dimension in search.space}


def _sampler(search: SearchSpec, seed: int) -> Any:
    import optuna

    if search.sampler is Sampler.RANDOM:
        return optuna.samplers.RandomSampler(seed=seed)
    at_random = max(_FEWEST_AT_RANDOM, search.tries // 4)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=at_random, constant_liar=False)


def _seed(search: SearchSpec, number: int, attempt: int) -> int:
    text = f"{search.of}:{search.sampler}:{number}:{attempt}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def _distribution(dimension: Dimension) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.choices:
        # By position: optuna takes only plain values, and takes 1, 1.0 and true for the same one.
        return CategoricalDistribution(range(len(dimension.choices)))
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _params(search: SearchSpec, options: Mapping[str, Any]) -> dict[str, Any]:
    return {d.name: d.choices.index(options[d.name]) if d.choices else options[d.name] for d in search.space}


def _option(dimension: Dimension, drawn: Any) -> Any:
    return dimension.choices[drawn] if dimension.choices else drawn


def _value(search: SearchSpec, each: TryRecord) -> float:
    """Return what is minimised; of a try without it, only the shortfall counts."""
    if search.objective is Objective.BREAK:
        return each.price if each.price is not None else each.spend.on(search.unit) or 0.0
    return -(each.harm or 0.0)


def _constraints(search: SearchSpec, each: TryRecord) -> dict[str, float]:
    if each.status is TryStatus.FEASIBLE:
        return dict.fromkeys(_CONSTRAINTS, 0.0)
    lacking = each.shortfall or (_WORST_SHORTFALL,) * len(_CONSTRAINTS)
    return dict(zip(_CONSTRAINTS, lacking, strict=True))
