"""The work of a plan counts rounds of several actors, and attacks that have a budget."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.auditing.forecast import forecast_trials
from holdfast.auditing.inputs import Prepared, prepare
from holdfast.auditing.planner import measuring_schedule, resolve_pathway
from holdfast.domain import PathwaySpec
from holdfast.spend import Demand


@pytest.fixture(scope="module")
def prepared(audit_files):
    return prepare(audit_files / "audit.yaml")


def demand(prepared: Prepared, technique: str, *, hub: bool = False, **options: object) -> Demand:
    """Return the work of one trial of a technique, on the corpus of the miniature's training."""
    audit = prepared.plan.audit
    corpus = next(pathway.corpus for pathway in audit.pathways if pathway.name == "harmful-lora")
    spec = PathwaySpec("tried", technique, options=options, corpus=corpus)
    schedule = measuring_schedule(resolve_pathway(spec).config.steps)
    trial = replace(prepared.plan.trials[0], pathway="tried", schedule=schedule)
    models = (replace(audit.models[0], path=None, hub="org/name"),) if hub else audit.models
    plan = replace(
        prepared.plan,
        audit=replace(audit, pathways=(*audit.pathways, spec), models=models),
        trials=(replace(trial, model=models[0].name),),
    )
    [found] = forecast_trials(plan, prepared.benchmarks)
    return found.demand


@pytest.mark.parametrize("technique", ["fedavg", "diloco"])
def test_a_round_is_as_many_steps_as_its_actors_take(prepared: Prepared, technique: str) -> None:
    alone = demand(prepared, "lora", steps=1, batch_size=2)
    shared = demand(prepared, technique, steps=3, actors=2, local_steps=5, batch_size=2)
    assert shared.steps == 3 * 2 * 5
    assert shared.training_flops == pytest.approx(3 * 2 * 5 * alone.training_flops)
    assert shared.training_flops > 0


def test_a_batch_is_no_larger_than_what_an_actor_holds(prepared: Prepared) -> None:
    few = demand(prepared, "fedavg", steps=1, actors=2, local_steps=1, batch_size=2)
    many = demand(prepared, "fedavg", steps=1, actors=2, local_steps=1, batch_size=64)
    assert few.training_flops == many.training_flops  # four rows, two an actor


@pytest.mark.parametrize("hub", [False, True])
def test_an_attack_with_a_budget_counts_its_search(prepared: Prepared, *, hub: bool) -> None:
    short = demand(prepared, "adversarial-suffix", hub=hub, steps=2, candidates=8)
    assert short.steps == 2
    assert short.training_flops > 0
    longer = demand(prepared, "adversarial-suffix", hub=hub, steps=4, candidates=8)
    assert longer.training_flops == pytest.approx(2 * short.training_flops)
    wider = demand(prepared, "adversarial-suffix", hub=hub, steps=2, candidates=80)
    assert wider.training_flops > 5 * short.training_flops
    assert demand(prepared, "embedding-attack", hub=hub, steps=2).training_flops > 0


def test_an_edit_has_no_work_that_its_shape_tells(prepared: Prepared) -> None:
    assert demand(prepared, "refusal-ablation").training_flops == 0.0
