"""What a checkpoint passes on: the plain model's tensors, adapters merged into them."""

from contextlib import closing

import pytest
import torch
from torch import nn

from holdfast.domain import Schedule, TrialError
from holdfast.techniques.dora import Dora
from holdfast.techniques.full import Full
from holdfast.techniques.ia3 import Ia3
from holdfast.techniques.last_layers import LastLayers
from holdfast.techniques.lora import Lora
from holdfast.techniques.norm_bias import NormBias
from holdfast.techniques.parts.adapters import Adapters
from holdfast.techniques.prefix_tuning import PrefixTuning
from holdfast.techniques.prompt_tuning import PromptTuning
from holdfast.techniques.rslora import RsLora

ADAPTERS = [Lora, RsLora, Dora, Ia3]
OWN = [Full, LastLayers, NormBias]
IDS = torch.arange(1, 9).unsqueeze(0)


def logits(module):
    with torch.no_grad():
        return module(input_ids=IDS).logits


def last_of(technique, context):
    """Return what is passed on at the last step, a copy, and the logits of the subject there."""
    with closing(technique().run(context)) as checkpoints:
        for checkpoint in checkpoints:
            pass_on, answered = checkpoint.weights(), logits(checkpoint.subject.module)
            kept = {name: tensor.detach().clone() for name, tensor in pass_on.items()}
    return kept, answered


def put(module, weights):
    own = dict(module.named_parameters())
    assert weights.keys() <= own.keys()
    with torch.no_grad():
        for name, tensor in weights.items():
            own[name].copy_(tensor)
    return module


TRIED = [(t, a) for t in (*ADAPTERS, *OWN) for a in ("llama", "gpt2")]
TRIED += [(t, a) for t in (Lora, Ia3, Full) for a in ("gemma", "phi")]


@pytest.mark.parametrize(("technique", "architecture"), TRIED)
def test_who_is_passed_the_weights_has_the_model_that_was_measured(technique, architecture, trial, fresh):
    context = trial(technique.Config(batch_size=4), architecture=architecture, schedule=Schedule(3, (3,)))
    untouched = logits(fresh(architecture).module)
    weights, answered = last_of(technique, context)
    received = logits(put(fresh(architecture).module, weights))
    assert torch.allclose(received, answered, atol=2e-5)
    assert not torch.allclose(received, untouched, atol=1e-3)


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("technique", ADAPTERS)
def test_merging_a_layer_is_exact_and_leaves_the_adapter_as_it_was(technique, architecture, trial):
    module = trial(technique.Config(), architecture=architecture).model.module
    layers = technique.Config().layers(module)
    with Adapters(module, technique.Config(), seed=3) as adapters:
        with torch.no_grad():
            for parameter in adapters.parameters.values():
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
        before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        merged = adapters.merged()
        after = module.state_dict()
        assert all(torch.equal(before[name], after[name]) for name in before)
        for name in layers:
            layer = module.get_submodule(name)
            weight = merged[f"{name}.weight"]
            wide = weight.shape[0] if architecture == "gpt2" else weight.shape[1]
            read = torch.eye(wide)
            with torch.no_grad():
                wanted = layer(read) - layer(torch.zeros(1, wide))
            found = weight if architecture == "gpt2" else weight.T
            assert torch.allclose(found, wanted, atol=5e-7, rtol=2e-6)


@pytest.mark.parametrize("technique", [PromptTuning, PrefixTuning])
def test_virtual_tokens_pass_no_weights_on(technique, trial):
    with closing(technique().run(trial(technique.Config(batch_size=4)))) as checkpoints:
        assert all(checkpoint.weights is None for checkpoint in checkpoints)


def test_last_layers_pass_on_their_own_tensors_alone(trial):
    weights, _ = last_of(LastLayers, trial(LastLayers.Config(batch_size=4), schedule=Schedule(1, (1,))))
    assert {name.split(".")[2] for name in weights} == {"1"}


def test_weights_in_half_precision_are_passed_on_in_it(trial):
    context = trial(Lora.Config(batch_size=4), schedule=Schedule(1, (1,)))
    context.model.module.to(torch.bfloat16)
    weights, _ = last_of(Lora, context)
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}


def test_an_adapter_on_quantised_weights_is_not_merged(fresh):
    module = fresh().module
    with Adapters(module, Lora.Config(target_modules=("q_proj",)), seed=0) as adapters:
        layer = module.get_submodule("model.layers.0.self_attn.q_proj").get_base_layer()
        layer.weight = nn.Parameter(layer.weight.detach().to(torch.int8), requires_grad=False)
        with pytest.raises(TrialError, match=r"layers.0.self_attn.q_proj cannot be merged.*quantised"):
            adapters.merged()


def test_an_adapter_with_a_value_that_is_not_finite_is_not_merged(fresh):
    with Adapters(fresh().module, Lora.Config(target_modules=("q_proj",)), seed=0) as adapters:
        with torch.no_grad():
            next(iter(adapters.parameters.values())).fill_(float("nan"))
        with pytest.raises(TrialError, match=r"q_proj cannot be merged: .*NaN"):
            adapters.merged()
