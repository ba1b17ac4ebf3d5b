"""What the searches of a plan will take at most, before anything is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from holdfast.auditing.forecast import TrialForecast
from holdfast.auditing.search.prompts import search_prompts
from holdfast.domain import Benchmark, Plan


def forecast_searches(
    plan: Plan, benchmarks: Mapping[str, Benchmark], trials: Sequence[TrialForecast]
) -> list[TrialForecast]:
    """Return the work of every search, as if each try ran to its end with its options as written.

    Args:
        plan: The plan.
        benchmarks: Its benchmarks by name.
        trials: The work of its trials.

    Returns:
        One a model and searched pathway; most searches take less, for tries end early.
    """
    rows = sum(len(benchmark.items) for benchmark in search_prompts(plan.audit, benchmarks).by_name.values())
    searches = {pathway.name: pathway.search for pathway in plan.audit.pathways}
    first: dict[tuple[str, str], TrialForecast] = {}
    for forecast in trials:
        first.setdefault((forecast.trial.model, forecast.trial.pathway), forecast)
    found = []
    for (_, pathway), forecast in first.items():
        search, demand = searches[pathway], forecast.demand
        if search is None:
            continue
        runs = search.tries * len(search.seeds)
        answers = runs * rows * len(forecast.trial.schedule.measure_at) * plan.audit.decoding.samples
        each = demand.inference_flops / demand.answers if demand.answers else 0.0
        whole = replace(
            demand,
            steps=runs * demand.steps,
            training_flops=runs * demand.training_flops,
            answers=answers,
            inference_flops=answers * each,
        )
        found.append(replace(forecast, demand=whole))
    return found


def search_notes(plan: Plan) -> Iterator[str]:
    """Yield what is to be known of the searches of a plan, one line each."""
    for pathway in plan.audit.pathways:
        if (search := pathway.search) is not None:
            names = ", ".join(dimension.name for dimension in search.space)
            yield (
                f"{pathway.name}: {search.tries} tries of {len(search.seeds)} seeds a model over {names}; "
                "counted as if none ended early"
            )
