import pytest
import torch
from torch import nn

from holdfast.domain import Schedule, TrialError
from holdfast.techniques.last_layers import LastLayers
from holdfast.techniques.norm_bias import NormBias


def changed(technique, context):
    """Return the names of the weights that two steps change."""
    module = context.model.module
    before = {n: p.detach().clone() for n, p in module.named_parameters()}
    for _ in technique().run(context):
        pass
    return {n for n, p in module.named_parameters() if not torch.equal(before[n], p)}


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("architecture", ["llama", "phi", "gpt2"])
def test_the_last_blocks_and_nothing_else_are_trained(architecture, layers, trial):
    config = LastLayers.Config(layers=layers, batch_size=4)
    context = trial(config, architecture=architecture, schedule=Schedule(2, (2,)))
    found = changed(LastLayers, context)
    numbers = {int(part) for name in found for part in name.split(".") if part.isdigit()}
    assert numbers == set(range(2 - layers, 2))
    assert not any("embed" in n or "lm_head" in n or n.endswith("ln_f.weight") for n in found)


def test_more_layers_than_there_are_is_an_error(trial):
    with pytest.raises(TrialError, match=r"the last 3 blocks were asked for, the model has 2") as caught:
        next(LastLayers().run(trial(LastLayers.Config(layers=3))))
    assert "set layers to 2" in str(caught.value)


def test_a_model_without_a_list_of_blocks_is_an_error(trial, fresh):
    with pytest.raises(TrialError, match="no list of 2 blocks"):
        next(LastLayers().run(trial(LastLayers.Config(), model=fresh().with_module(nn.Linear(2, 2)))))


def test_blocks_of_integers_alone_are_an_error(trial, fresh):
    hollow = nn.Module()
    hollow.layers = nn.ModuleList([nn.Module(), nn.Module()])
    packed = nn.Parameter(torch.zeros(2, dtype=torch.int8), requires_grad=False)
    hollow.layers[1].register_parameter("packed", packed)
    with pytest.raises(TrialError, match="hold no floating-point weight"):
        next(LastLayers().run(trial(LastLayers.Config(), model=fresh().with_module(hollow))))


@pytest.mark.parametrize(
    ("architecture", "parts", "suffixes"),
    [
        ("llama", "norms", ("norm.weight",)),
        ("qwen3", "both", ("norm.weight",)),
        ("phi", "biases", (".bias",)),
        ("gpt2", "biases", (".bias",)),
        (
            "gpt2",
            "norms",
            ("ln_1.weight", "ln_2.weight", "ln_f.weight", "ln_1.bias", "ln_2.bias", "ln_f.bias"),
        ),
    ],
)
def test_norms_and_biases_and_nothing_else_are_trained(architecture, parts, suffixes, trial):
    config = NormBias.Config(parts=parts, batch_size=4)
    context = trial(config, architecture=architecture, schedule=Schedule(2, (2,)))
    named = dict(context.model.module.named_parameters())
    found = changed(NormBias, context)
    assert found == {n for n in named if n.removeprefix("model.").endswith(suffixes) or n.endswith(suffixes)}
    assert all(named[name].dim() == 1 for name in found)


def test_biases_of_a_model_without_any_are_an_error(trial):
    with pytest.raises(TrialError, match="parts is 'biases', it has norms"):
        next(NormBias().run(trial(NormBias.Config(parts="biases"))))


@pytest.mark.parametrize(
    ("technique", "options"),
    [(LastLayers, {"layers": 0}), (LastLayers, {"k": 1}), (NormBias, {"parts": "matrices"})],
)
def test_options_that_make_no_sense_are_refused(technique, options):
    with pytest.raises(ValueError, match="validation error"):
        technique.Config(**options)


@pytest.mark.parametrize("technique", [LastLayers, NormBias])
def test_a_corpus_without_rows_or_without_answers_is_an_error(technique, trial, corpus):
    with pytest.raises(TrialError, match="no row to train on"):
        next(technique().run(trial(technique.Config(), rows=())))
