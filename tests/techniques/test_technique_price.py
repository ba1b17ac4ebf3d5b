"""What a technique says it costs, held against what it does."""

import weakref
from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from holdfast.domain import Example, ModelSource, Schedule, ask
from holdfast.models import load_model, render_example
from holdfast.techniques.dora import Dora
from holdfast.techniques.full import Full
from holdfast.techniques.ia3 import Ia3
from holdfast.techniques.last_layers import LastLayers
from holdfast.techniques.lora import Lora
from holdfast.techniques.norm_bias import NormBias
from holdfast.techniques.prefix_tuning import PrefixTuning
from holdfast.techniques.prompt_tuning import PromptTuning
from holdfast.techniques.rslora import RsLora
from holdfast.testing.tiny import write_tiny_model

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


@pytest.mark.parametrize(
    "technique", [Lora, RsLora, Dora, Ia3, NormBias, LastLayers, PromptTuning, PrefixTuning]
)
def test_every_cheaper_way_needs_less_work_and_state_than_full_training(technique, fresh):
    shape = fresh().shape
    options = {"rank": 1} if "rank" in technique.Config.model_fields else {}
    cheap = technique().footprint(shape, technique.Config(**options))
    full = Full().footprint(shape, Full.Config())
    assert cheap.flops_per_token < full.flops_per_token
    assert all(cheap.memory_bytes[part] < full.memory_bytes[part] for part in ("gradients", "optimizer"))


def test_magnitudes_are_paid_in_activations(fresh):
    shape = fresh().shape
    lora, dora = (t().footprint(shape, t.Config()).memory_bytes["activations"] for t in (Lora, Dora))
    assert dora > 1.5 * lora


def test_each_further_block_costs_more(fresh):
    shape = fresh().shape
    one, two = (LastLayers().footprint(shape, LastLayers.Config(layers=k)) for k in (1, 2))
    assert one.flops_per_token < two.flops_per_token
    assert all(one.memory_bytes[part] < two.memory_bytes[part] for part in ("gradients", "activations"))


class Saved:
    """A tensor that autograd keeps, alive as long as it does."""

    def __init__(self, tensor):
        self.tensor = tensor


class KeptForTheBackwardPass:
    """A hook of the loop that sums up what autograd keeps when the forward pass is done."""

    def __init__(self, module):
        self.module, self.saved, self.bytes = module, weakref.WeakSet(), 0

    def pack(self, tensor):
        saved = Saved(tensor)
        self.saved.add(saved)
        return saved

    def batch(self, batch):
        return batch

    def loss(self, loss, batch):
        weights = {p.untyped_storage().data_ptr() for p in self.module.parameters()}
        kept = {
            s.tensor.untyped_storage().data_ptr(): s.tensor.untyped_storage().nbytes() for s in self.saved
        }
        self.bytes = sum(size for place, size in kept.items() if place not in weights)
        return loss

    def gradients(self):
        pass

    def weights(self):
        pass


@pytest.fixture(scope="module")
def larger(tmp_path_factory):
    sizes = {"hidden_size": 64, "num_hidden_layers": 3, "intermediate_size": 192, "num_key_value_heads": 4}
    return write_tiny_model(tmp_path_factory.mktemp("larger") / "model", "llama", context=256, **sizes)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_the_forecast_of_activations_is_what_autograd_keeps(technique, larger, trial):
    model = load_model(ModelSource("larger", path=str(larger)))
    row = Example(ask("Tell me"), " tea water" * 40)
    length = len(render_example(model.tokenizer, row).token_ids)
    watch = KeptForTheBackwardPass(model.module)
    config = technique.Config(batch_size=4)
    context = trial(config, model=model, rows=[row] * 4, schedule=Schedule(1, (1,)), hooks=(watch,))
    with torch.autograd.graph.saved_tensors_hooks(watch.pack, lambda saved: saved.tensor):
        only_step(technique, context)
    shape = replace(model.shape, context=length)
    memory = technique().footprint(shape, config).memory_bytes
    assert watch.bytes == pytest.approx(memory["activations"], rel=0.15)
