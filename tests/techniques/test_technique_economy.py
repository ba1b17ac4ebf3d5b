"""Optimisers and recomputed activations: the same training, at another price."""

from contextlib import closing
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from holdfast.domain import Schedule, TrialError
from holdfast.engine.checkpointing import recomputing
from holdfast.engine.optimizers import load_optimizer, make_optimizer, optimizer_tensors
from holdfast.spend import Optimizer
from holdfast.techniques.dora import Dora
from holdfast.techniques.full import Full
from holdfast.techniques.last_layers import LastLayers
from holdfast.techniques.layerwise import Layerwise
from holdfast.techniques.lora import Lora
from holdfast.techniques.norm_bias import NormBias
from holdfast.techniques.prefix_tuning import PrefixTuning
from holdfast.techniques.prompt_tuning import PromptTuning
from holdfast.techniques.qlora import QLora
from holdfast.testing import TechniqueCase
from holdfast.testing.techniques import check_close, check_restart

CASES = {
    "full, adamw-8bit": (Full, {"optimizer": "adamw-8bit"}),
    "lora, adamw-8bit, cosine": (Lora, {"optimizer": "adamw-8bit", "schedule": "cosine", "rank": 64}),
    "full, sgd": (Full, {"optimizer": "sgd", "learning_rate": 0.1}),
    "lora, sgd, warm-up": (Lora, {"optimizer": "sgd", "learning_rate": 1.0, "warm_up": 0.5, "dropout": 0.1}),
    "full, recomputed": (Full, {"gradient_checkpointing": True}),
    "lora, recomputed": (Lora, {"gradient_checkpointing": True, "dropout": 0.1}),
    "layerwise, adamw-8bit": (Layerwise, {"optimizer": "adamw-8bit", "layers": 1, "interval": 2}),
    "qlora, recomputed": (QLora, {"gradient_checkpointing": True, "optimizer": "adamw-8bit"}),
}
CHECKS = [check_restart, check_close]  # the former is the strictest of those that a setting can break
TWICE = [Full, Lora, Dora, NormBias, LastLayers, PromptTuning, Layerwise, QLora]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_economy_keeps_the_promises_of_a_technique(check, name, trial, tmp_path):
    technique, options = CASES[name]
    config = technique.Config(batch_size=4, **options)

    def context(schedule, seed=0, start=None):
        return trial(config, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(technique(), context, tmp_path))


def trained(technique, context):
    """Return the weights that a technique ends with, and what it spent."""
    with closing(technique().run(context)) as points:
        for point in points:
            found = {n: t.detach().clone() for n, t in point.subject.module.named_parameters()}
            spend = point.spend
    return found, spend


@pytest.mark.parametrize(
    ("technique", "architecture"), [*((technique, "llama") for technique in TWICE), (Lora, "gpt2")]
)
def test_activations_computed_twice_give_the_same_training(technique, architecture, trial):
    once, twice = (
        trained(
            technique,
            trial(
                technique.Config(batch_size=4, gradient_checkpointing=wanted, optimizer="sgd"),
                architecture=architecture,
                schedule=Schedule(2, (2,)),
            ),
        )[0]
        for wanted in (False, True)
    )
    assert once.keys() == twice.keys()
    assert all(torch.allclose(once[name].float(), twice[name].float(), atol=1e-6) for name in once)


@pytest.mark.parametrize(
    ("technique", "architecture"), [*((technique, "llama") for technique in TWICE), (Full, "gemma")]
)
def test_operations_computed_twice_are_booked(technique, architecture, trial, corpus):
    def step(wanted):
        # Enough rows that DoRA's norms, which a step pays once whatever its batch, hardly count.
        config = technique.Config(batch_size=24, gradient_checkpointing=wanted)
        context = trial(config, architecture=architecture, schedule=Schedule(1, (1,)), rows=corpus[:1] * 24)
        context.model.module.set_attn_implementation("eager")
        with FlopCounterMode(display=False) as counter:
            spend = trained(technique, context)[1]
        forecast = technique().footprint(context.model.shape, config).flops_per_token
        return spend.flops, counter.get_total_flops(), forecast

    (plain, _, foreseen), (booked, counted, forecast) = step(False), step(True)
    assert booked == pytest.approx(counted, rel=0.05)
    assert booked > 1.05 * plain
    assert forecast > 1.05 * foreseen


def test_the_model_computes_once_again_when_the_training_is_over(trial):
    context = trial(Full.Config(batch_size=4, gradient_checkpointing=True), schedule=Schedule(1, (1,)))
    module = context.model.module
    with closing(Full().run(context)) as points:
        next(points)
        assert module.is_activation_checkpointing
    assert not module.is_activation_checkpointing
    assert not module.get_input_embeddings()._forward_hooks


def test_an_architecture_that_cannot_compute_twice_is_told():
    with (
        pytest.raises(TrialError, match="Linear cannot recompute its activations"),
        recomputing(nn.Linear(2, 2), wanted=True),
    ):
        pass


def test_a_prefix_that_would_be_lost_on_the_way_is_refused():
    with pytest.raises(ValueError, match="prefix-tuning keeps its activations"):
        PrefixTuning.Config(gradient_checkpointing=True)


@pytest.mark.parametrize("technique", TWICE)
def test_forecasts_follow_the_optimiser_and_recomputation(technique, fresh):
    shape = replace(fresh().shape, layers=12, parameters=12 * fresh().shape.parameters)

    def memory(**options):
        return technique().footprint(shape, technique.Config(**options)).memory_bytes

    plain = memory()
    assert memory(optimizer="sgd")["optimizer"] == 0.0
    assert memory(optimizer="adamw-8bit")["optimizer"] == pytest.approx(plain["optimizer"] / 4, rel=0.02)
    if technique is not LastLayers:  # which keeps those of one block anyway
        assert memory(gradient_checkpointing=True)["activations"] < 0.5 * plain["activations"]
    assert memory(gradient_checkpointing=True)["weights"] == plain["weights"]


def settings(optimizer, **options):
    return Full.Config(optimizer=optimizer, **options)


def make(optimizer, *, shape=(64, 128), dtype=torch.float32, **options):
    weight = nn.Parameter(torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype))
    return weight, make_optimizer(settings(optimizer, **options), [weight])


def step(weight, optimizer, number):
    generator = torch.Generator().manual_seed(number)
    weight.grad = torch.randn(weight.shape, generator=generator).to(weight.dtype)
    optimizer.step()
    optimizer.zero_grad()


@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_the_state_of_an_optimiser_takes_the_bytes_of_the_forecast(optimizer):
    weight, made = make(optimizer.value)
    step(weight, made, 0)
    tensors = optimizer_tensors(made, {"w": weight})
    held = sum(t.nbytes for n, t in tensors.items() if "qmap" not in n and t.ndim > 0)  # one table for all
    per_weight = {Optimizer.ADAMW: 8.0, Optimizer.ADAMW_8BIT: 2.0 * (1 + 4 / 256), Optimizer.SGD: 0.0}
    assert held == per_weight[optimizer] * weight.numel()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(64, 128), (8, 8)])
@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_an_optimiser_goes_on_bit_for_bit_from_its_tensors(optimizer, shape, dtype):
    weight, made = make(optimizer.value, shape=shape, dtype=dtype)
    other, again = make(optimizer.value, shape=shape, dtype=dtype)
    for number in range(3):
        step(weight, made, number)
    tensors = {name: tensor.clone() for name, tensor in optimizer_tensors(made, {"w": weight}).items()}
    other.data.copy_(weight)
    load_optimizer(again, {"w": other}, tensors)
    for number in range(3, 6):
        step(weight, made, number)
        step(other, again, number)
    assert torch.equal(weight, other)


def test_eight_bit_moments_take_nearly_the_steps_of_whole_ones():
    (whole, adamw), (coarse, eight) = make("adamw"), make("adamw-8bit")
    start = whole.detach().clone()
    for number in range(20):
        step(whole, adamw, number)
        step(coarse, eight, number)
    gone, other = (w.detach() - start for w in (whole, coarse))
    assert nn.functional.cosine_similarity(gone.flatten(), other.flatten(), dim=0) > 0.99
    assert not torch.equal(gone, other)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_plain_gradient_descent_remembers_nothing_and_decays_apart(decay):
    weight, made = make("sgd", learning_rate=0.5, weight_decay=decay)
    expected = weight.detach().clone()
    for number in range(3):
        gradient = torch.randn(weight.shape, generator=torch.Generator().manual_seed(number))
        expected = expected * (1.0 - 0.5 * decay) - 0.5 * gradient
        step(weight, made, number)
    assert torch.allclose(weight, expected, atol=1e-5)
    assert optimizer_tensors(made, {"w": weight}) == {}


def test_an_optimiser_whose_library_is_missing_says_what_to_install(trial, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes", None)
    with pytest.raises(TrialError, match=r"(?s)adamw-8bit needs bitsandbytes.*optimizer: adamw"):
        next(Full().run(trial(Full.Config(optimizer="adamw-8bit"))))


def test_an_unknown_optimiser_is_refused():
    with pytest.raises(ValueError, match=r"'adamw', 'adamw-8bit' or 'sgd'"):
        Full.Config(optimizer="adam")
