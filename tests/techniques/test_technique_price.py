"""What a technique says it costs, held against what it does."""

import pytest
from torch.utils.flop_counter import FlopCounterMode

from holdfast.domain import Schedule
from holdfast.techniques import (
    Dora,
    Full,
    Ia3,
    LastLayers,
    Lora,
    NormBias,
    PrefixTuning,
    PromptTuning,
    RsLora,
)

TECHNIQUES = [Full, Lora, RsLora, Dora, Ia3, NormBias, LastLayers, PromptTuning, PrefixTuning]


def only_step(technique, context):
    """Return the checkpoint after one step, and how many parameters wanted gradients there."""
    for point in technique().run(context):
        trained = sum(p.numel() for p in point.subject.module.parameters() if p.requires_grad)
        return point, trained
    raise AssertionError("no checkpoint")


@pytest.mark.parametrize("architecture", ["llama", "gemma", "phi"])
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_forecast_counts_the_parameters_that_are_trained(technique, architecture, trial):
    context = trial(technique.Config(batch_size=4), architecture=architecture, schedule=Schedule(1, (1,)))
    _, trained = only_step(technique, context)
    forecast = technique().footprint(context.model.shape, context.config).trainable_parameters
    # The vectors outside of the blocks (last norm, bias of the head) are divided among them.
    assert forecast == pytest.approx(trained, rel=0.03 if technique is LastLayers else 0)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_ledger_books_the_operations_of_a_step(technique, architecture, trial, corpus):
    config = technique.Config(batch_size=8)
    context = trial(config, architecture=architecture, schedule=Schedule(1, (1,)), rows=corpus[:1] * 8)
    context.model.module.set_attn_implementation("eager")  # the counter does not see fused attention on a CPU
    with FlopCounterMode(display=False) as counter:
        point, _ = only_step(technique, context)
    assert point.spend.flops == pytest.approx(counter.get_total_flops(), rel=0.05)


@pytest.mark.parametrize("technique", [Lora, RsLora, Dora, Ia3, NormBias, LastLayers])
def test_every_cheaper_way_needs_less_memory_and_work_than_full_training(technique, fresh):
    shape = fresh().shape
    options = {"rank": 1} if "rank" in technique.Config.model_fields else {}
    cheap = technique().footprint(shape, technique.Config(**options))
    full = Full().footprint(shape, Full.Config())
    assert cheap.flops_per_token < full.flops_per_token
    assert sum(cheap.memory_bytes.values()) < sum(full.memory_bytes.values())


def test_each_further_block_costs_more(fresh):
    shape = fresh().shape
    one, two = (LastLayers().footprint(shape, LastLayers.Config(layers=k)) for k in (1, 2))
    assert one.flops_per_token < two.flops_per_token
    assert all(one.memory_bytes[part] < two.memory_bytes[part] for part in ("gradients", "activations"))
