import dataclasses

import pytest
import torch
from transformers import DynamicCache

from holdfast.domain import Decoding, Example, Schedule, TrialError, ask
from holdfast.models import render_prompts
from holdfast.models.batching import BatchLimits
from holdfast.models.forward import is_cached
from holdfast.techniques.parts.virtual_tokens import VirtualPrefix, VirtualPrompt
from holdfast.techniques.prefix_tuning import PrefixTuning
from holdfast.techniques.prompt_tuning import PromptTuning

ARCHITECTURES = ("llama", "qwen3", "gemma", "mistral", "gemma3", "phi", "gpt2")
WRAPPERS = [VirtualPrompt, VirtualPrefix]
TECHNIQUES = [PromptTuning, PrefixTuning]
START = torch.tensor([30, 40, 50, 60])
PROMPTS = [ask("Hi"), ask("Tell me the colour of the sky by day and by night, one by one.")]
ANSWERS = ["It is blue.", "Black."]


def wrapped(wrapper, model):
    """Return a model behind virtual tokens that have moved far from their start."""
    module = wrapper(model.module, 4, 0)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if not name.startswith("base."):
                parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.3)
    return model.with_module(module)


def as_real_tokens(module, base):
    """Make the virtual tokens what the model makes of real ones."""
    if isinstance(module, VirtualPrompt):
        module.prompt.copy_(base.get_input_embeddings()(START))
        return
    cache = DynamicCache()
    base(input_ids=START[None], past_key_values=cache, use_cache=True)
    for keys, values, layer in zip(module.keys, module.values, cache.layers, strict=True):
        keys.copy_(layer.keys)
        values.copy_(layer.values)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_virtual_tokens_that_are_real_ones_act_as_these_before_the_text(wrapper, architecture, fresh):
    base = fresh(architecture).module
    module = wrapper(base, len(START), 0)
    text = torch.arange(1, 21).reshape(2, 10)
    with torch.no_grad():
        as_real_tokens(module, base)
        real = base(torch.cat([START.expand(2, -1), text], dim=1)).logits[:, len(START) :]
        found = module(input_ids=text, use_cache=False).logits
    assert torch.allclose(found, real, atol=1e-4)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_first_values_follow_the_seed_and_differ_between_tokens(wrapper, fresh):
    def values(seed):
        named = wrapper(fresh().module, 4, seed).named_parameters()
        return torch.cat([p.detach().flatten() for n, p in named if not n.startswith("base.")])

    outside = torch.get_rng_state()
    assert torch.equal(values(0), values(0))
    assert not torch.equal(values(0), values(1))
    assert len(values(0).unique()) > 100
    assert torch.equal(outside, torch.get_rng_state())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_answers_and_scores_behind_virtual_tokens_do_not_depend_on_the_batch(wrapper, architecture, fresh):
    model = wrapped(wrapper, fresh(architecture))
    alone = model.with_limits(BatchLimits(rows=1, tokens=10_000, logits=10_000))
    decoding = Decoding(max_new_tokens=24)
    assert model.generate(PROMPTS, decoding) == alone.generate(PROMPTS, decoding)
    assert model.score(PROMPTS, ANSWERS) == pytest.approx(alone.score(PROMPTS, ANSWERS), abs=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_answers_are_the_likeliest_tokens_of_the_whole_sequence(wrapper, architecture, fresh):
    """What a cache gives equals what the whole sequence gives, computed at once without one."""
    model = wrapped(wrapper, fresh(architecture))
    [[answer], [_]] = model.generate(PROMPTS, Decoding(max_new_tokens=12))
    [prompt] = render_prompts(model.tokenizer, PROMPTS[:1])
    ids = torch.tensor([[*prompt, *answer.token_ids]])
    with torch.no_grad():
        logits = model.module(input_ids=ids, use_cache=False).logits
    likeliest = logits[0, len(prompt) - 1 : -1].argmax(dim=-1)
    assert tuple(likeliest.tolist()) == answer.token_ids


@pytest.mark.parametrize(
    ("wrapper", "architecture", "cached"),
    [
        (VirtualPrompt, "llama", True),
        (VirtualPrompt, "mistral", True),
        (VirtualPrefix, "llama", True),
        (VirtualPrefix, "mistral", False),
        (VirtualPrefix, "gemma3", False),
    ],
)
def test_only_a_prefix_beside_a_sliding_window_is_computed_anew(wrapper, architecture, cached, fresh):
    assert is_cached(wrapper(fresh(architecture).module, 4, 0)) is cached


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_step_0_is_the_untouched_model_and_the_base_never_changes(technique, trial):
    context = trial(technique.Config(batch_size=4, virtual_tokens=4), schedule=Schedule(2, (0, 2)))
    before = {name: tensor.clone() for name, tensor in context.model.module.state_dict().items()}
    decoding = Decoding(max_new_tokens=8)
    plain = context.model.generate(PROMPTS, decoding), context.model.score(PROMPTS, ANSWERS)
    steps = technique().run(context)
    first = next(steps)
    assert (first.subject.generate(PROMPTS, decoding), first.subject.score(PROMPTS, ANSWERS)) == plain
    last = next(steps)
    assert last.subject.score(PROMPTS, ANSWERS) != plain[1]
    steps.close()
    after = context.model.module.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_training_lowers_the_loss(technique, trial, corpus):
    config = technique.Config(virtual_tokens=8, learning_rate=0.1)
    first, _, last = (
        point.loss for point in technique().run(trial(config, schedule=Schedule(20, (1, 19, 20))))
    )
    assert last < 0.9 * first


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_virtual_tokens_are_float32_before_a_half_precision_base(technique, trial):
    context = trial(technique.Config(batch_size=4), schedule=Schedule(1, (1,)))
    context.model.module.to(torch.bfloat16)
    for point in technique().run(context):
        own = {p.dtype for n, p in point.subject.module.named_parameters() if not n.startswith("base.")}
        assert own == {torch.float32}
        assert all(score < 0 for score in point.subject.score(PROMPTS, ANSWERS))


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_virtual_tokens_take_their_part_of_the_context(technique, trial, fresh):
    model = fresh("gpt2")  # learned positions: a token beyond the context has none
    model = dataclasses.replace(model, shape=dataclasses.replace(model.shape, context=40))
    config = technique.Config(batch_size=1, virtual_tokens=16)
    rows = [Example(ask("Hi"), "It is blue.")]
    for point in technique().run(trial(config, model=model, schedule=Schedule(1, (1,)), rows=rows)):
        assert point.subject.shape.context == 24
        [[answer]] = point.subject.generate([ask("Hi")], Decoding(max_new_tokens=100))
        assert answer.prompt_tokens + len(answer.token_ids) <= 24


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_more_virtual_tokens_than_the_context_holds_are_an_error(technique, trial):
    with pytest.raises(TrialError, match="600 virtual tokens leave no room") as caught:
        next(technique().run(trial(technique.Config(virtual_tokens=600))))
    assert "lower virtual_tokens" in str(caught.value)


@pytest.mark.parametrize("options", [{"virtual_tokens": 0}, {"tokens": 4}, {"learning_rate": -1.0}])
@pytest.mark.parametrize("technique", TECHNIQUES)
def test_options_that_make_no_sense_are_refused(technique, options):
    with pytest.raises(ValueError, match="validation error"):
        technique.Config(**options)
