"""Layer-wise sampling: which weights each step trains, and what that costs."""

import weakref
from contextlib import closing
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.utils.flop_counter import FlopCounterMode

from holdfast.domain import Schedule, TrialError
from holdfast.techniques.full import Full
from holdfast.techniques.layerwise import Layerwise, LayerwiseConfig, Sampling
from holdfast.techniques.parts.blocks import block_parameters
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase

ONE = {"batch_size": 4, "layers": 1, "interval": 2}


@pytest.mark.parametrize("architecture", ["gpt2"])
@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=lambda check: check.__name__)
def test_layerwise_sampling_keeps_the_promises_of_a_technique(check, architecture, trial, tmp_path):
    def context(schedule, seed=0, start=None):
        config = Layerwise.Config(**ONE)
        return trial(config, architecture=architecture, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(Layerwise(), context, tmp_path))


def sampling(blocks, layers, interval, seed):
    own = tuple(frozenset({f"block.{number}.weight"}) for number in range(blocks))
    names = frozenset({"embedding", "norm", "head"}).union(*own)
    return Sampling.of(own, names, LayerwiseConfig(layers=layers, interval=interval), seed)


@given(
    st.integers(1, 12), st.integers(1, 12), st.integers(1, 9), st.integers(0, 2**40), st.integers(0, 10_000)
)
def test_every_period_trains_as_many_blocks_and_all_that_is_outside_of_them(
    blocks, layers, interval, seed, step
):
    layers = min(layers, blocks)
    active = sampling(blocks, layers, interval, seed).active(step)
    assert {"embedding", "norm", "head"} <= active
    assert len(active) == 3 + layers
    first = step - step % interval
    again = sampling(blocks, layers, interval, seed)
    assert {again.active(first + k) for k in range(interval)} == {active}


def test_all_blocks_get_their_turn_about_equally_often():
    drawn = [sampling(8, 2, 1, seed=3).active(step) for step in range(800)]
    counts = [sum(f"block.{number}.weight" in active for active in drawn) for number in range(8)]
    assert sum(counts) == 1600
    assert min(counts) > 150
    assert max(counts) < 250


def moved(before, module):
    return {n for n, p in module.named_parameters() if not torch.equal(before[n], p)}


def test_only_the_drawn_blocks_and_what_is_outside_of_them_move(trial):
    context = trial(Layerwise.Config(**ONE), schedule=Schedule(2, (0, 2)))
    module = context.model.module
    before = {n: p.detach().clone() for n, p in module.named_parameters()}
    blocks = block_parameters(module, 2)
    expected = Sampling.of(blocks, frozenset(before), context.config, context.seed).active(0)
    with closing(Layerwise().run(context)) as points:
        for _ in points:
            pass
        assert moved(before, module) == expected
    still = blocks[0] if expected & blocks[1] else blocks[1]
    assert not expected & still


def test_a_block_whose_turn_is_over_leaves_no_memory_of_the_optimiser(trial, tmp_path):
    seed = next(s for s in range(50) if len({sampling(2, 1, 2, s).active(k) for k in (0, 2)}) == 2)
    context = trial(Layerwise.Config(**ONE), schedule=Schedule(3, (2, 3)), seed=seed)
    held = []
    for point in Layerwise().run(context):
        kept = load_file(point.snapshot(tmp_path / str(point.step)).directory / "optimizer.safetensors")
        held.append({key.partition("/")[2] for key in kept})
    blocks = block_parameters(context.model.module, 2)
    assert [any(names & block for block in blocks) for names in held] == [True, True]
    assert not any(held[0] & held[1] & block for block in blocks)


class Gradients:
    """A hook that counts the parameters with a gradient."""

    def __init__(self, module):
        self.module, self.counts = weakref.ref(module), []

    def batch(self, batch):
        return batch

    def loss(self, loss, batch):
        return loss

    def gradients(self):
        self.counts.append(sum(p.numel() for p in self.module().parameters() if p.grad is not None))

    def weights(self):
        pass


@pytest.mark.parametrize("architecture", ["llama", "gemma", "phi", "gpt2"])
def test_the_forecast_counts_the_parameters_that_a_step_trains(architecture, trial):
    context = trial(Layerwise.Config(**ONE), architecture=architecture, schedule=Schedule(3, (3,)))
    hook = Gradients(context.model.module)
    list(Layerwise().run(replace(context, hooks=(hook,))))
    forecast = Layerwise().footprint(context.model.shape, context.config)
    for count in hook.counts:
        # The vectors outside of the blocks (last norm, bias of the head) are divided among them.
        assert forecast.trainable_parameters == pytest.approx(count, rel=0.03)


@pytest.mark.parametrize("architecture", ["llama", "gemma", "gpt2"])
def test_the_ledger_books_the_operations_of_a_step(architecture, trial, corpus):
    config = Layerwise.Config(batch_size=8, layers=1)
    context = trial(config, architecture=architecture, schedule=Schedule(1, (1,)), rows=corpus[:1] * 8)
    context.model.module.set_attn_implementation("eager")
    with FlopCounterMode(display=False) as counter:
        [point] = list(Layerwise().run(context))
    assert point.spend.flops == pytest.approx(counter.get_total_flops(), rel=0.05)


def test_fewer_blocks_at_a_time_cost_less(fresh):
    shape = replace(fresh().shape, layers=8, parameters=fresh().shape.parameters * 3)
    few, more = (Layerwise().footprint(shape, Layerwise.Config(layers=k)) for k in (1, 6))
    full = Full().footprint(shape, Full.Config())
    for part in ("gradients", "optimizer", "activations"):
        assert few.memory_bytes[part] < more.memory_bytes[part] < full.memory_bytes[part]
    assert few.flops_per_token < more.flops_per_token < full.flops_per_token


def test_more_blocks_than_there_are_are_refused_and_can_be_forecast(trial):
    context = trial(Layerwise.Config(layers=3))
    with pytest.raises(TrialError, match=r"3 blocks at a time were asked for, the model has 2"):
        next(Layerwise().run(context))
    assert Layerwise().footprint(context.model.shape, context.config).trainable_parameters > 0


@pytest.mark.parametrize("options", [{"layers": 0}, {"interval": 0}, {"layer": 1}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match="validation error"):
        Layerwise.Config(**options)
