"""Adapter composition: coefficients learned, and only they; bounded, penalised, and paid for."""

from contextlib import closing
from dataclasses import replace

import pytest
import torch
from contributions import PAID, noisy, write_contribution, write_noisy
from torch.utils.flop_counter import FlopCounterMode

from holdfast.domain import Schedule, TrialError
from holdfast.techniques.adapter_composition import AdapterComposition
from holdfast.techniques.lora import Lora
from holdfast.techniques.parts.composing import Composed, Penalty
from holdfast.techniques.parts.deltas import Deltas
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase

DECLARING = {"check_import_is_light", "check_declaration", "check_footprint"}
TRIED = [
    pytest.param(check, architecture, id=f"{check.__name__}-{architecture}")
    for check in TECHNIQUE_CHECKS
    for architecture in ("llama", "gemma", "phi", "gpt2")
    if architecture == "llama"
    or check.__name__ == "check_weights"
    or (architecture == "gpt2" and check.__name__ not in DECLARING)
]


@pytest.fixture
def composing(trial, fresh, tmp_path):
    """Make the context of a composition of contributions by hand."""

    def make(options=(), *, k=2, architecture="llama", inputs=None, **given):
        found = inputs
        if found is None:
            found = write_noisy(tmp_path / f"{architecture}-{k}", fresh(architecture).module, k)
        config = AdapterComposition.Config(**{"batch_size": 4, **dict(options)})
        return replace(trial(config, architecture=architecture, **given), inputs=found)

    return make


@pytest.mark.parametrize(("check", "architecture"), TRIED)
def test_composition_keeps_the_promises_of_a_technique(check, architecture, composing, tmp_path):
    def context(schedule, seed=0, start=None):
        return composing(architecture=architecture, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(AdapterComposition(), context, tmp_path / "snapshots"))


def coefficients(context, weights):
    """Return what was taken of each contribution, solved for from the weights passed on."""
    name = "model.layers.0.mlp.up_proj.weight"
    deltas = Deltas(context.model.module, context.inputs).of(name)
    plain = context.model.module.get_parameter(name).detach()
    solved = torch.linalg.lstsq(deltas.flatten(1).T, (weights[name] - plain).flatten().unsqueeze(1))
    return solved.solution.flatten().tolist()


def end_of(context):
    for checkpoint in AdapterComposition().run(context):
        weights = {n: t.clone() for n, t in checkpoint.weights().items()} if checkpoint.weights else {}
    return weights, checkpoint


def test_the_contribution_that_helps_is_taken_and_the_other_is_not(composing, trial, fresh, tmp_path):
    tuned = trial(Lora.Config(batch_size=8, learning_rate=1e-2), schedule=Schedule(20, (20,)))
    with closing(Lora().run(tuned)) as checkpoints:
        helpful = write_contribution(tmp_path / "helpful", next(checkpoints).weights())
    harmless = write_contribution(tmp_path / "noise", noisy(fresh().module, 9))
    inputs = {"helpful": helpful, "noise": harmless}
    context = composing({"batch_size": 8}, inputs=inputs, schedule=Schedule(25, (25,)))
    weights, _ = end_of(context)
    taken, left = coefficients(context, weights)
    assert taken > 0.7
    assert abs(left) < 0.3


def test_coefficients_stay_within_the_bound(composing):
    context = composing({"bound": 0.1, "learning_rate": 1.0}, schedule=Schedule(3, (3,)))
    weights, _ = end_of(context)
    found = coefficients(context, weights)
    assert max(map(abs, found)) == pytest.approx(0.1, abs=1e-4)


def test_the_penalty_is_the_mean_absolute_value_and_pulls_to_zero():
    values = torch.nn.Parameter(torch.tensor([1.0, -3.0]))
    loss = Penalty(values, weight=0.05, bound=1.5).loss(torch.tensor(2.0), [])
    assert float(loss.detach()) == pytest.approx(2.0 + 0.05 * 2.0)
    loss.backward()
    assert values.grad.tolist() == pytest.approx([0.025, -0.025])


def test_composed_weights_are_the_untouched_ones_at_the_start_and_a_model_merged_at_one(fresh, tmp_path):
    module = fresh().module
    inputs = write_noisy(tmp_path, module)
    composed = Composed(module, Deltas(module, inputs))
    ids = torch.arange(1, 9).unsqueeze(0)
    with torch.no_grad():
        assert torch.equal(composed(input_ids=ids).logits, module(input_ids=ids).logits)
        composed.coefficients.copy_(torch.tensor([1.0, 0.0]))
        alone = fresh().module
        alone.load_state_dict(noisy(module, 0), strict=False)
        expected = alone(input_ids=ids).logits
        assert torch.allclose(composed(input_ids=ids).logits, expected, atol=1e-4)


def test_contributions_and_the_learning_are_both_paid_for(composing):
    context = composing(schedule=Schedule(2, (0, 2)))
    start, end = (c.spend for c in AdapterComposition().run(context))
    assert (start.steps, start.flops) == (0, 0.0)
    assert (end.steps, end.actors, end.tries) == (2 * PAID.steps + 2, 2, 0)
    assert end.examples == 2 * PAID.examples + 2 * 4
    assert end.unique_examples == 2 * PAID.unique_examples + 8
    assert end.bytes_exchanged == sum(each.file.stat().st_size for each in context.inputs.values())


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_the_ledger_books_the_operations_of_a_step(architecture, composing, fresh, tmp_path, corpus):
    module = fresh(architecture).module
    names = ("a", "b")
    inputs = {
        n: write_contribution(tmp_path / n, noisy(module, seed), replace(PAID, flops=0.0))
        for seed, n in enumerate(names)
    }
    context = composing(
        {"batch_size": 8},
        architecture=architecture,
        inputs=inputs,
        rows=corpus[:1] * 8,
        schedule=Schedule(1, (1,)),
    )
    context.model.module.set_attn_implementation("eager")
    with FlopCounterMode(display=False) as counter:
        _, point = end_of(context)
    assert point.spend.flops == pytest.approx(counter.get_total_flops(), rel=0.05)


def test_without_examples_nothing_can_be_learned(composing):
    with pytest.raises(TrialError, match="no row to train on"):
        list(AdapterComposition().run(composing(rows=())))


def test_one_contribution_is_none_to_compose(composing, fresh, tmp_path):
    inputs = dict(list(write_noisy(tmp_path, fresh().module).items())[:1])
    with pytest.raises(TrialError, match="nothing to merge with 1 contributions: a"):
        list(AdapterComposition().run(composing(inputs=inputs)))


def test_activations_of_composed_weights_are_not_computed_twice():
    with pytest.raises(ValueError, match="cannot be computed twice"):
        AdapterComposition.Config(gradient_checkpointing=True)
