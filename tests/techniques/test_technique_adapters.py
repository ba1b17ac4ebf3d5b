import math

import pytest
import torch
from torch import nn

from holdfast.domain import Schedule, TrialError
from holdfast.techniques.dora import Dora
from holdfast.techniques.ia3 import Ia3
from holdfast.techniques.lora import Lora
from holdfast.techniques.parts.adapters import Adapters
from holdfast.techniques.rslora import RsLora

FAMILY = [RsLora, Dora, Ia3]
IDS = torch.arange(1, 9).unsqueeze(0)


def logits(module):
    with torch.no_grad():
        return module(IDS).logits


def tensors(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("technique", FAMILY)
def test_an_adapter_starts_as_no_change_and_leaves_the_model_as_it_was(technique, architecture, trial):
    context = trial(technique.Config(batch_size=4), architecture=architecture, schedule=Schedule(2, (0, 2)))
    module = context.model.module
    plain, before, modules = logits(module), tensors(module), dict(module.named_modules())
    first, last = (logits(point.subject.module) for point in technique().run(context))
    assert torch.allclose(plain, first, atol=1e-5)
    assert not torch.allclose(plain, last, atol=1e-5)
    assert dict(module.named_modules()) == modules
    assert not hasattr(module, "peft_config")
    after = tensors(module)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("technique", FAMILY)
def test_half_precision_bases_are_trained_through_float32_adapters(technique, trial):
    context = trial(technique.Config(batch_size=4), schedule=Schedule(1, (1,)))
    context.model.module.to(torch.bfloat16)
    base = {id(p) for p in context.model.module.parameters()}
    for point in technique().run(context):
        kinds = {p.dtype for p in point.subject.module.parameters() if id(p) not in base}
        assert kinds == {torch.float32}


@pytest.mark.parametrize("rank", [1, 4, 16])
def test_the_scale_of_rslora_shrinks_with_the_root_of_the_rank_alone(rank, fresh):
    def scale(technique):
        module = fresh().module
        with Adapters(module, technique.Config(rank=rank, alpha=16.0), 0):
            layer = module.get_submodule("model.layers.0.mlp.up_proj")
            return layer.scaling["default"]

    assert scale(RsLora) == pytest.approx(16 / math.sqrt(rank))
    assert scale(Lora) == pytest.approx(16 / rank)


def test_dora_starts_from_the_norm_of_each_output_and_trains_it(trial):
    context = trial(Dora.Config(batch_size=4), schedule=Schedule(1, (0, 1)))
    name = "model.layers.0.mlp.up_proj"
    weight = context.model.module.get_submodule(name).weight
    key = f"{name}.lora_magnitude_vector.default.weight"
    start, end = (point.subject.module.state_dict()[key].clone() for point in Dora().run(context))
    assert torch.allclose(start, weight.norm(dim=1))
    assert not torch.equal(start, end)


@pytest.mark.parametrize(
    ("architecture", "outputs", "inputs"),
    [
        ("llama", {"k_proj", "v_proj"}, {"down_proj"}),
        ("phi", {"k_proj", "v_proj"}, {"fc2"}),
        ("gpt2", {"c_attn"}, {"c_proj"}),
    ],
)
def test_ia3_scales_what_keys_and_values_write_and_the_last_feed_forward_layer_reads(
    architecture, outputs, inputs, fresh
):
    module = fresh(architecture).module
    plain = dict(module.named_modules())
    with Adapters(module, Ia3.Config(), 0) as adapters:
        found = {n.partition(".ia3_l")[0]: tuple(p.shape) for n, p in adapters.parameters.items()}
    for name, shape in found.items():
        kind = name.rpartition(".")[2]
        assert (shape[1] == 1) == (kind in outputs)
        assert (shape[0] == 1) == (kind in inputs)
        assert ".mlp." in name or isinstance(plain[name], nn.Module)
    assert {n.rpartition(".")[2] for n in found} == outputs | inputs
    assert not any("attn.c_proj" in name for name in found)


def test_ia3_takes_named_layers_and_refuses_unknown_ones(fresh, trial):
    module = fresh().module
    config = Ia3.Config(target_modules=("q_proj",), feedforward_modules=("o_proj",))
    with Adapters(module, config, 0) as adapters:
        assert len(adapters.parameters) == 4
    with pytest.raises(TrialError, match="'qproj' is no linear layer"):
        next(Ia3().run(trial(Ia3.Config(target_modules=("qproj",)))))


def test_ia3_on_a_model_with_unusual_names_asks_for_them(trial, fresh):
    odd = nn.Module()
    odd.something = nn.Linear(4, 4)
    with pytest.raises(TrialError, match="no linear layer with a usual name") as caught:
        next(Ia3().run(trial(Ia3.Config(), model=fresh().with_module(odd))))
    assert "target_modules" in str(caught.value)


@pytest.mark.parametrize("technique", FAMILY)
def test_an_adapter_that_is_never_trained_is_an_error(technique, trial):
    context = trial(technique.Config(target_modules=("q_proj", "unused"), batch_size=4))
    context.model.module.model.unused = nn.Linear(4, 4)
    with pytest.raises(TrialError, match=r"1 adapters received no training .*unused"):
        list(technique().run(context))


@pytest.mark.parametrize(
    ("technique", "options"),
    [
        (RsLora, {"rank": 0}),
        (Dora, {"dropout": 0.1}),
        (Dora, {"alpha": -1}),
        (Ia3, {"rank": 8}),
        (Ia3, {"learning_rate": 0}),
    ],
)
def test_options_that_make_no_sense_are_refused(technique, options):
    with pytest.raises(ValueError, match="validation error"):
        technique.Config(**options)


@pytest.mark.parametrize(
    ("technique", "options", "named"),
    [
        (RsLora, {}, "technique: LoraConfig there, RsLoraConfig here"),
        (Lora, {"alpha": 8.0}, "options: .*'alpha': 16.0.* there, .*'alpha': 8.0.* here"),
    ],
)
def test_a_snapshot_of_adapters_of_the_same_shapes_that_act_otherwise_is_refused(
    technique, options, named, trial, tmp_path
):
    shared = {"batch_size": 4, "learning_rate": 1e-3}
    [point] = [
        p.snapshot(tmp_path / "lora")
        for p in Lora().run(trial(Lora.Config(**shared), schedule=Schedule(1, (1,))))
    ]
    context = trial(technique.Config(**shared, **options), schedule=Schedule(2, (2,)), start=point)
    with pytest.raises(TrialError, match=f"belongs to another training .*{named}"):
        next(technique().run(context))
