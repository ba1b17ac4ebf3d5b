from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import ModelShape, ModelSource
from holdfast.spend import MemoryDemand, Workload, forecast_memory

SHAPE = ModelShape(42_336, 23_744, 2, 32, 64, 4, 2, 371, 128, 8)
ARCHITECTURES = ("llama", "qwen3", "gemma", "mistral", "phi", "gpt2")
ROWS, LENGTH = 4, 32


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A model large enough that norms and biases, which the formula leaves out, weigh as little as usual."""
    from holdfast.models import load_model, use_one_thread
    from holdfast.testing.tiny import write_tiny_model

    use_one_thread()

    def load(architecture):
        sizes = {"hidden_size": 64, "num_hidden_layers": 4, "intermediate_size": 192}
        if architecture == "gpt2":
            sizes = {"n_embd": 64, "n_layer": 4}
        directory = write_tiny_model(tmp_path_factory.mktemp("tiny") / "model", architecture, **sizes)
        model = load_model(ModelSource(architecture, path=str(directory)))
        model.module.set_attn_implementation("eager")  # the counter does not see fused attention on a CPU
        return model

    return load


def counted(module, *, backward):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    ids = torch.arange(ROWS * LENGTH).reshape(ROWS, LENGTH) % 300
    with FlopCounterMode(display=False) as counter:
        logits = module(input_ids=ids, use_cache=False).logits
        if backward:
            logits.sum().backward()
    return counter.get_total_flops()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_flops_of_full_training_agree_with_a_counter(architecture, tiny):
    model = tiny(architecture)
    work = Workload(model.shape)
    lengths = [LENGTH] * ROWS
    assert work.forward(lengths) == pytest.approx(counted(model.module, backward=False), rel=0.05)
    assert work.training(lengths) == pytest.approx(counted(model.module, backward=True), rel=0.05)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_flops_of_a_frozen_base_with_adapters_agree_with_a_counter(architecture, tiny):
    from holdfast.techniques import LoraConfig
    from holdfast.techniques.adapters import Adapters

    model = tiny(architecture)
    with Adapters(model.module, LoraConfig(rank=8), seed=0) as adapters:
        for name, parameter in model.module.named_parameters():
            parameter.requires_grad_(name in adapters.parameters)
        work = Workload(model.shape, sum(p.numel() for p in adapters.parameters.values()))
        lengths = [LENGTH] * ROWS
        assert work.forward(lengths) == pytest.approx(counted(model.module, backward=False), rel=0.05)
        assert work.training(lengths) == pytest.approx(counted(model.module, backward=True), rel=0.05)


def test_the_rules_of_thumb_hold_for_a_large_model():
    shape = ModelShape(8_030_261_248, 1_050_673_152, 32, 4096, 14336, 32, 8, 128_256, 8192, 128)
    work, tokens = Workload(shape), 100
    assert work.forward([tokens]) == pytest.approx(2 * work.matrix_parameters * tokens, rel=0.01)
    assert work.training([tokens]) == pytest.approx(6 * work.matrix_parameters * tokens, rel=0.01)
    frozen = Workload(shape, adapter_parameters=20_971_520)
    assert frozen.training([tokens]) == pytest.approx(4.02 * work.matrix_parameters * tokens, rel=0.02)


def test_the_output_head_counts_even_where_it_is_tied():
    tied = replace(SHAPE, parameters=SHAPE.parameters - 11_872, embedding_parameters=11_872)
    assert Workload(tied).matrix_parameters == Workload(SHAPE).matrix_parameters


def test_an_answer_costs_what_reading_it_in_one_go_costs_less_half_the_attention():
    work = Workload(SHAPE)
    assert work.inference(20, 0) == work.forward([20])
    assert work.inference(20, 10) < work.forward([30])
    assert work.inference(20, 10) > work.forward([30]) - work.forward([30]) / 4


@settings(deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=20), st.integers(1, 500))
def test_flops_add_up_over_sequences(lengths, more):
    work = Workload(SHAPE)
    assert work.training([*lengths, more]) == pytest.approx(work.training(lengths) + work.training([more]))
    assert work.training(lengths) == pytest.approx(3 * work.forward(lengths))


@settings(deadline=None)
@given(st.integers(1, 64), st.integers(8, 512), st.one_of(st.none(), st.integers(1, 40_000)))
def test_memory_is_positive_and_grows_with_the_batch(batch, length, adapters):
    work = Workload(SHAPE, adapters)
    small = forecast_memory(MemoryDemand(work, batch, length))
    large = forecast_memory(MemoryDemand(work, batch + 1, length))
    assert min(small.values()) > 0
    assert large["activations"] > small["activations"]
    assert {k: v for k, v in large.items() if k != "activations"} == {
        k: v for k, v in small.items() if k != "activations"
    }
    assert small["optimizer"] == 2 * small["gradients"]


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "mistral"])
def test_forecast_activations_are_about_what_autograd_keeps(architecture, tiny):
    import torch
    from torch.nn import functional

    model = tiny(architecture)
    model.module.set_attn_implementation("sdpa")
    parameters = {p.untyped_storage().data_ptr() for p in model.module.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        ids = torch.arange(8 * 64).reshape(8, 64) % 300
        logits = model.module(input_ids=ids, use_cache=False).logits
        loss = functional.cross_entropy(logits.flatten(0, 1), ids.flatten())
        measured = sum(kept.values()) + 2 * logits.numel() * 4  # the loss' input and its gradient
    loss.backward()
    forecast = forecast_memory(MemoryDemand(Workload(model.shape), 8, 64))["activations"]
    assert forecast == pytest.approx(measured, rel=0.3)
