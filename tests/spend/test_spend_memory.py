"""Memory by part, from shapes alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import ModelShape
from holdfast.spend import (
    Attention,
    MemoryDemand,
    Optimizer,
    Storage,
    Workload,
    answering_memory,
    forecast_memory,
    low_rank_parameters,
    peak_bytes,
)

SHAPE = ModelShape(42_336, 23_744, 2, 32, 64, 4, 2, 371, 128, 8)
LLAMA_8B = ModelShape(8_030_261_248, 1_050_673_152, 32, 4096, 14336, 32, 8, 128_256, 8192, 128)
ROWS, LENGTH = 8, 64


@settings(deadline=None)
@given(st.integers(1, 64), st.integers(8, 512), st.one_of(st.none(), st.integers(1, 40_000)))
def test_memory_is_positive_and_only_what_is_computed_grows_with_the_batch(batch, length, adapters):
    work = Workload(SHAPE, adapters)
    small, large = (forecast_memory(MemoryDemand(work, batch + more, length)) for more in (0, 1))
    assert min(small.values()) > 0
    computed = {"activations", "logits"}
    assert all((large[part] > small[part]) == (part in computed) for part in small)
    assert small["optimizer"] == 2 * small["gradients"]


@settings(deadline=None)
@given(
    st.integers(1, 64),
    st.integers(8, 512),
    st.one_of(st.none(), st.integers(1, 40_000)),
    st.sampled_from([2, 4]),
    st.booleans(),
)
def test_the_peak_lies_between_the_largest_part_and_the_sum(batch, length, adapters, width, again):
    demand = MemoryDemand(Workload(SHAPE, adapters, again), batch, length, width)
    parts = forecast_memory(demand)
    head = SHAPE.vocabulary * SHAPE.hidden * demand.trainable_bytes
    assert max(parts.values()) <= peak_bytes(demand) <= sum(parts.values()) + head


@settings(deadline=None)
@given(st.integers(1, 8), st.integers(8, 512))
def test_whatever_saves_memory_saves_memory(batch, length):
    plain = MemoryDemand(Workload(LLAMA_8B, 20_000_000), batch, length, 2)
    again = replace(plain, workload=replace(plain.workload, checkpointing=True))
    eight, four = (replace(plain, storage=storage) for storage in (Storage.INT8, Storage.NF4))
    assert peak_bytes(again) < peak_bytes(plain)
    assert peak_bytes(four) < peak_bytes(eight) < peak_bytes(plain)
    assert peak_bytes(plain) < peak_bytes(replace(plain, attention=Attention.EAGER))
    full = MemoryDemand(Workload(LLAMA_8B), batch, length, 2, 2)
    states = [forecast_memory(replace(full, optimizer=kind))["optimizer"] for kind in Optimizer]
    assert states == sorted(states, reverse=True)
    assert states[-1] == 0.0


def test_quantised_weights_take_what_their_papers_say():
    frozen = Workload(LLAMA_8B, 0)
    blocks = LLAMA_8B.parameters - LLAMA_8B.embedding_parameters
    plain = 2 * LLAMA_8B.embedding_parameters
    weights = {
        storage: forecast_memory(MemoryDemand(frozen, 1, 1, 2, storage=storage))["weights"]
        for storage in Storage
    }
    # Dettmers et al. 2023, section 3: 4 bits, and 0.127 bits a weight for the constants.
    assert (weights[Storage.NF4] - plain) * 8 / blocks == pytest.approx(4.127, abs=5e-4)
    assert weights[Storage.INT8] - plain == blocks
    assert weights[Storage.PLAIN] == 2 * LLAMA_8B.parameters


def test_an_answer_keeps_keys_and_values_of_every_layer():
    demand = MemoryDemand(Workload(LLAMA_8B, 0), 3, 1000, 2)
    # 32 layers x 8 heads x 128 wide, keys and values, two bytes: 131,072 bytes a token.
    assert answering_memory(demand)["kv_cache"] == 131_072 * 3000
    assert answering_memory(demand)["weights"] == 2 * LLAMA_8B.parameters


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("adapters", [False, True])
@pytest.mark.parametrize("attention", list(Attention))
def test_forecast_activations_are_what_autograd_keeps(dtype, adapters, attention):
    import torch
    from test_spend_flops import put_adapters_on
    from transformers import AutoConfig, AutoModelForCausalLM

    from holdfast.models import read_shape, use_one_thread

    use_one_thread()
    config = AutoConfig.for_model(
        "llama", hidden_size=64, num_hidden_layers=4, intermediate_size=192, num_attention_heads=4,
        num_key_value_heads=2, vocab_size=300,
    )  # fmt: skip
    module = AutoModelForCausalLM.from_config(
        config, dtype=getattr(torch, dtype), attn_implementation=attention.value
    )
    shape = read_shape(config.to_dict())
    if adapters:
        put_adapters_on(module)
        for parameter in module.parameters():
            parameter.data = parameter.data.float() if parameter.requires_grad else parameter.data
    own = {p.untyped_storage().data_ptr() for p in module.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        ids = torch.arange(ROWS * LENGTH).reshape(ROWS, LENGTH) % 300
        logits = module(input_ids=ids, use_cache=False).logits
    measured = sum(storage.nbytes() for storage in kept.values())
    logits.sum().backward()
    work = Workload(shape, low_rank_parameters(shape, 8) if adapters else None)
    width = 4 if dtype == "float32" else 2
    demand = MemoryDemand(work, ROWS, LENGTH, width, attention=attention)
    assert forecast_memory(demand)["activations"] == pytest.approx(measured, rel=0.1)
