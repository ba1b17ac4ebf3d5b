from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import ModelShape, ModelSource
from holdfast.spend import Workload, low_rank_parameters

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
    model = tiny(architecture)
    put_adapters_on(model.module)
    work = Workload(model.shape, low_rank_parameters(model.shape, 8))
    trained = sum(p.numel() for p in model.module.parameters() if p.requires_grad)
    fused = architecture == "gpt2"  # one projection for queries, keys and values is counted as three
    assert work.trainable_parameters == pytest.approx(trained, rel=0.15 if fused else 0.0)
    lengths = [LENGTH] * ROWS
    assert work.forward(lengths) == pytest.approx(counted(model.module, backward=False), rel=0.05)
    assert work.training(lengths) == pytest.approx(counted(model.module, backward=True), rel=0.05)


def put_adapters_on(module):
    from peft import LoraConfig, LoraModel
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    head = module.get_output_embeddings()
    kinds = (nn.Linear, Conv1D)
    linear = [n for n, layer in module.named_modules() if isinstance(layer, kinds) and layer is not head]
    transposed = any(isinstance(layer, Conv1D) for layer in module.modules())
    config = LoraConfig(task_type="CAUSAL_LM", r=8, target_modules=linear, fan_in_fan_out=transposed)
    LoraModel(module, config, "default")
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(".lora_" in name)


@pytest.mark.parametrize("adapters", [False, True])
def test_flops_of_computing_activations_again_agree_with_a_counter(adapters, tiny):
    model = tiny("llama")
    if adapters:
        put_adapters_on(model.module)
    model.module.train()
    model.module.activation_checkpointing_enable({"use_reentrant": False})
    work = Workload(
        model.shape, low_rank_parameters(model.shape, 8) if adapters else None, checkpointing=True
    )
    assert work.training([LENGTH] * ROWS) == pytest.approx(counted(model.module, backward=True), rel=0.05)


@pytest.mark.parametrize(
    ("model_type", "experts"),
    [
        ("mixtral", {"num_local_experts": 8}),
        ("qwen2_moe", {"num_experts": 8, "moe_intermediate_size": 48, "shared_expert_intermediate_size": 64}),
        ("qwen3_moe", {"num_experts": 8, "moe_intermediate_size": 48}),
        ("olmoe", {"num_experts": 8}),
    ],
)
def test_flops_of_a_mixture_of_experts_agree_with_a_counter(model_type, experts):
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from holdfast.models import read_shape

    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    sizes |= {"intermediate_size": 96, "vocab_size": 300, "num_experts_per_tok": 2}
    config = AutoConfig.for_model(model_type, **sizes, **experts, **ids)
    torch.manual_seed(0)
    module = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    module.set_experts_implementation("eager")  # the counter does not see grouped products
    work = Workload(read_shape(config.to_dict()))
    lengths = [LENGTH] * ROWS
    assert work.forward(lengths) == pytest.approx(counted(module, backward=False), rel=0.05)
    assert work.training(lengths) == pytest.approx(counted(module, backward=True), rel=0.05)


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
