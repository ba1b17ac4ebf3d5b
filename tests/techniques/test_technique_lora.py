import subprocess
import sys

import pytest
import torch
from torch import nn

from holdfast.domain import Schedule, TrialError
from holdfast.models import read_shape
from holdfast.techniques.full import Full
from holdfast.techniques.lora import Lora
from holdfast.techniques.parts.adapters import Adapters

ARCHITECTURES = ("llama", "qwen3", "gemma", "mistral", "phi", "gpt2")


def tensors(model):
    return {name: tensor.clone() for name, tensor in model.module.state_dict().items()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_linear_layer_but_the_head_gets_an_adapter(architecture, trial):
    context = trial(Lora.Config(batch_size=4), architecture=architecture, schedule=Schedule(1, (1,)))
    module = context.model.module
    head = module.get_output_embeddings()
    kinds = ("Linear", "Conv1D")
    expected = {n for n, m in module.named_modules() if type(m).__name__ in kinds and m is not head}
    for _ in Lora().run(context):
        found = {n.partition(".lora_A")[0] for n in module.state_dict() if ".lora_A." in n}
        assert found == expected
        assert not any(p.requires_grad for n, p in module.named_parameters() if ".lora_" not in n)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_lora_leaves_the_model_as_it_was(architecture, trial):
    context = trial(Lora.Config(batch_size=4), architecture=architecture)
    before, modules = tensors(context.model), dict(context.model.module.named_modules())
    *_, last = Lora().run(context)
    assert last.step == 3
    assert same(before, tensors(context.model))
    assert dict(context.model.module.named_modules()) == modules
    assert not hasattr(context.model.module, "peft_config")


def test_the_adapter_starts_as_no_change_and_follows_the_seed(trial):
    context = trial(None)
    ids = torch.arange(1, 9).unsqueeze(0)

    def with_adapter(seed):
        with Adapters(context.model.module, Lora.Config(), seed) as adapters, torch.no_grad():
            logits = context.model.module(ids).logits
            return logits, {n: p.detach().clone() for n, p in adapters.parameters.items()}

    with torch.no_grad():
        plain = context.model.module(ids).logits
    outside = torch.get_rng_state()
    (logits, first), (_, second), (_, other) = with_adapter(0), with_adapter(0), with_adapter(1)
    assert torch.equal(outside, torch.get_rng_state())
    assert torch.allclose(plain, logits, atol=1e-6)
    assert same(first, second)
    assert not same(first, other)


def test_an_unknown_target_module_is_an_error_that_names_those_there_are(trial):
    context = trial(Lora.Config(target_modules=["q_proj", "qproj"]))
    before = tensors(context.model)
    with pytest.raises(TrialError, match=r"'qproj' is no linear layer .* k_proj, o_proj, q_proj") as caught:
        next(Lora().run(context))
    assert "did you mean 'q_proj'" in str(caught.value)
    assert same(before, tensors(context.model))


@pytest.mark.parametrize("name", ["embed_tokens", "input_layernorm", "proj", "lm_head"])
def test_a_target_that_is_no_linear_layer_of_the_body_is_an_error(name, trial):
    with pytest.raises(TrialError, match="is no linear layer"):
        next(Lora().run(trial(Lora.Config(target_modules=name))))


@pytest.mark.parametrize("names", ["q_proj", ["layers.1.mlp.up_proj", "v_proj"]])
def test_named_targets_alone_are_adapted(names, trial):
    context = trial(Lora.Config(target_modules=names, batch_size=4), schedule=Schedule(1, (1,)))
    wanted = (names,) if isinstance(names, str) else tuple(names)
    for _ in Lora().run(context):
        adapted = {n.partition(".lora_A")[0] for n in context.model.module.state_dict() if ".lora_A" in n}
        assert adapted
        assert all(name.endswith(wanted) for name in adapted)


def test_an_adapter_that_is_never_trained_is_an_error(trial):
    context = trial(Lora.Config(target_modules=["q_proj", "unused"], batch_size=4))
    context.model.module.model.unused = nn.Linear(4, 4)
    with pytest.raises(TrialError, match="1 adapters received no training"):
        list(Lora().run(context))


def test_training_stops_with_the_model_restored_when_it_diverges(trial):
    context = trial(Lora.Config(learning_rate=1e30, batch_size=4))
    before = tensors(context.model)
    with pytest.raises(TrialError, match="diverged at step"):
        list(Lora().run(context))
    assert same(before, tensors(context.model))


def test_a_model_without_trainable_weights_is_an_error(trial):
    context = trial(Full.Config())
    hollow = nn.Module()
    hollow.register_parameter("packed", nn.Parameter(torch.zeros(2, dtype=torch.int8), requires_grad=False))
    with pytest.raises(TrialError, match="no floating-point weight"):
        next(Full().run(trial(Full.Config(), model=context.model.with_module(hollow))))


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma", "mistral", "phi"])
def test_the_footprint_counts_the_parameters_that_training_trains(architecture, trial, fresh):
    model = fresh(architecture)
    config = Lora.Config(rank=4)
    with Adapters(model.module, config, 0) as adapters:
        trained = sum(p.numel() for p in adapters.parameters.values())
    assert Lora().footprint(model.shape, config).trainable_parameters == trained
    whole = sum(p.numel() for p in model.module.parameters())
    assert Full().footprint(model.shape, Full.Config()).trainable_parameters == whole


def test_lora_needs_less_memory_and_work_than_full_training(fresh):
    shape = read_shape(fresh("llama").source.path)
    lora, full = Lora().footprint(shape, Lora.Config(rank=1)), Full().footprint(shape, Full.Config())
    assert lora.flops_per_token < full.flops_per_token
    assert lora.memory_bytes["optimizer"] < full.memory_bytes["optimizer"]


def test_bfloat16_bases_are_trained_through_float32_adapters(trial):
    context = trial(Lora.Config(batch_size=4), schedule=Schedule(2, (2,)))
    context.model.module.to(torch.bfloat16)
    for _ in Lora().run(context):
        kinds = {p.dtype for n, p in context.model.module.named_parameters() if ".lora_" in n}
        assert kinds == {torch.float32}


@pytest.mark.parametrize(
    "options", [{"rank": 0}, {"alpha": 0}, {"dropout": 1.0}, {"r": 8}, {"target_modules": []}]
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match="validation error"):
        Lora.Config(**options)


def test_a_run_left_unfinished_does_not_keep_the_process_from_ending(fresh, tmp_path):
    script = tmp_path / "unfinished.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from holdfast.domain import Example, ModelSource, Schedule, TrialContext, ask\n"
        "from holdfast.models import load_model\n"
        "from holdfast.techniques.lora import Lora\n"
        "model = load_model(ModelSource('tiny', path=sys.argv[1]))\n"
        "rows = [Example(ask('Hi'), 'It is blue.')]\n"
        "points = Lora().run(TrialContext(model, rows, Lora.Config(), 0, Schedule(2, (1, 2)), Path()))\n"
        "next(points)\n"
    )
    command = [sys.executable, str(script), fresh("llama").source.path]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0
