"""Answers: right, the same in any company, and without a trace in a training."""

import copy
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import Decoding, ModelError, TrialError, ask
from holdfast.models import end_of_turn_ids, render_prompt
from holdfast.models.batching import BatchLimits
from holdfast.models.forward import is_cached, stepper
from holdfast.models.generation import Request, draw
from holdfast.testing.tiny import ARCHITECTURES

PROMPTS = tuple(
    ask(text)
    for text in (
        "Hi",
        "How do I make tea?",
        "Tell me the colour of the sky over the sea, by day and by night, and of the leaves.",
        "one two three",
        "Translate: four",
        "Why?",
        "Boil the water, add the leaves and wait. And then? And after that? Tell me all of it, please.",
    )
)
GREEDY = Decoding(max_new_tokens=20)
SAMPLED = Decoding(max_new_tokens=10, temperature=1.0, samples=2, seed=5)


def rows(count):
    return BatchLimits(rows=count, tokens=10**9, logits=10**9)


def batch_sizes(module):
    """Record the number of rows of every forward pass from now on."""
    seen = []
    module.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    return seen


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_answers_are_those_of_transformers_one_by_one(architecture, loaded):
    model = loaded(architecture)
    answers = model.generate(PROMPTS, GREEDY)
    for prompt, (answer,) in zip(PROMPTS, answers, strict=True):
        ids = torch.tensor([render_prompt(model.tokenizer, prompt)])
        reference = model.module.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=20, do_sample=False, pad_token_id=1
        )[0, ids.shape[1] :].tolist()
        finished = reference[-1] == model.tokenizer.eos_token_id
        assert list(answer.token_ids) == (reference[:-1] if finished else reference)
        assert answer.finished is finished
        assert answer.prompt_tokens == ids.shape[1]
        assert answer.text == model.tokenizer.decode(answer.token_ids, skip_special_tokens=True)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_answers_do_not_depend_on_batch_size(architecture, decoding, loaded):
    model = loaded(architecture)
    alone = model.with_limits(rows(1)).generate(PROMPTS, decoding)
    for count in (3, 64):
        assert model.with_limits(rows(count)).generate(PROMPTS, decoding) == alone
    assert model.with_limits(BatchLimits(64, 90, 10**9)).generate(PROMPTS, decoding) == alone


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_differ_by_less_than_1e_4_between_batch_sizes(architecture, loaded):
    model = loaded(architecture)
    prompts = [render_prompt(model.tokenizer, prompt) for prompt in PROMPTS]
    with torch.no_grad():
        together = stepper(model.module, prompts, 8)
        alone = [stepper(model.module, [prompt], 8) for prompt in prompts]
        for _ in range(8):
            batch = together.logits()
            single = torch.cat([one.logits() for one in alone])
            assert float((batch - single).abs().max()) < 1e-4
            token = batch.argmax(-1)
            together.advance(token)
            for row, one in enumerate(alone):
                one.advance(token[row : row + 1])


@settings(deadline=None, max_examples=12)
@given(chosen=st.lists(st.integers(0, len(PROMPTS) - 1), min_size=1, max_size=9), count=st.integers(1, 8))
@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_an_answer_does_not_depend_on_the_other_prompts(decoding, chosen, count, loaded):
    model = loaded("llama").with_limits(rows(count))
    every = loaded("llama").generate(PROMPTS, decoding)
    assert model.generate([PROMPTS[i] for i in chosen], decoding) == [every[i] for i in chosen]


def test_equal_prompts_are_generated_once(fresh):
    model = fresh()
    seen = batch_sizes(model.module)
    answers = model.generate([PROMPTS[0]] * 5 + [PROMPTS[1]], GREEDY)
    assert max(seen) == 2
    assert answers[:5] == [answers[0]] * 5


def test_nothing_asked_is_nothing_answered(loaded):
    assert loaded().generate([], GREEDY) == []


def stop_early(model):
    """Return an id that ends some greedy answers early, and the answers without it."""
    free = model.generate(PROMPTS, GREEDY)
    counts = {}
    for (answer,) in free:
        for token in set(answer.token_ids[2:-2]):
            counts[token] = counts.get(token, 0) + 1
    stop = max((token for token in counts if counts[token] < len(PROMPTS)), key=lambda t: (counts[t], t))
    return stop, free


def test_answers_stop_at_a_stop_token_and_finished_rows_are_dropped(fresh):
    model = fresh()
    stop, free = stop_early(model)
    requests = [Request(render_prompt(model.tokenizer, prompt), 20) for prompt in PROMPTS]
    seen = batch_sizes(model.module)
    drawn = draw(model.module, requests, GREEDY, stops=frozenset({stop, 2}), limits=rows(64))
    for found, (answer,) in zip(drawn, free, strict=True):
        ids = answer.token_ids
        cut = ids.index(stop) if stop in ids else len(ids)
        assert found.token_ids == ids[:cut]
        assert found.finished is (stop in ids or answer.finished)
    assert any(found.finished for found in drawn)
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < seen[0]


def test_the_stop_tokens_are_those_of_the_model_and_its_template(fresh):
    model = fresh()
    stop, free = stop_early(model)
    model.module.generation_config.eos_token_id = [2, stop]
    assert stop in end_of_turn_ids(model.tokenizer, model.module)
    answers = model.generate(PROMPTS, GREEDY)
    assert answers != free
    assert all(stop not in answer.token_ids for (answer,) in answers)


def test_answers_are_cut_to_the_context(loaded):
    model = loaded(context=32)
    long = ask("one two three four five")
    used = len(render_prompt(model.tokenizer, long))
    ((answer,), (short,)) = model.generate([long, ask("Hi")], Decoding(max_new_tokens=100))
    assert len(answer.token_ids) == 32 - used
    assert not answer.finished
    assert used < 32 - len(short.token_ids) or short.finished


def test_a_prompt_without_room_is_an_error_naming_it(loaded):
    model = loaded(context=24)
    with pytest.raises(ModelError, match=r"prompt 1 takes \d+ tokens and leaves no room .* context of 24"):
        model.generate([ask("Hi"), PROMPTS[2]], GREEDY)


def test_samples_differ_and_are_reproducible(loaded):
    model = loaded()
    one, other = model.generate(PROMPTS, SAMPLED), model.generate(PROMPTS, SAMPLED)
    assert one == other
    assert all(len(set(answers)) == 2 for answers in one)
    assert one != model.generate(PROMPTS, Decoding(max_new_tokens=10, temperature=1.0, samples=2, seed=6))
    first = [[answers[0]] for answers in one]
    assert first == model.generate(PROMPTS, Decoding(max_new_tokens=10, temperature=1.0, seed=5))


def test_sampling_follows_the_models_distribution(loaded):
    model = loaded()
    prompt = render_prompt(model.tokenizer, PROMPTS[1])
    requests = [Request(prompt, 1, sample) for sample in range(4000)]
    drawn = draw(model.module, requests, Decoding(temperature=0.7), stops=frozenset(), limits=rows(1000))
    with torch.no_grad():
        logits = model.module(torch.tensor([prompt])).logits[0, -1].double()
    expected = torch.softmax(logits / 0.7, 0)
    counts = torch.bincount(torch.tensor([found.token_ids[0] for found in drawn]), minlength=len(expected))
    common = expected > 0.01
    assert int(common.sum()) > 5
    z = (counts - 4000 * expected) / (4000 * expected * (1 - expected)).sqrt()
    assert float(z[common].abs().max()) < 4.5


def test_a_low_temperature_is_nearly_greedy(loaded):
    model = loaded()
    cold = model.generate(PROMPTS, Decoding(max_new_tokens=8, temperature=1e-4))
    assert cold == model.generate(PROMPTS, Decoding(max_new_tokens=8))


def test_several_greedy_samples_are_refused(loaded):
    with pytest.raises(ModelError, match="3 samples a prompt at temperature 0"):
        loaded().generate(PROMPTS, Decoding(samples=3))


@pytest.mark.parametrize(
    "failure",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
        ),
    ],
    ids=["accelerator", "cpu"],
)
def test_out_of_memory_halves_the_batch_and_changes_no_answer(failure, fresh):
    model = fresh()
    expected = model.generate(PROMPTS, GREEDY)

    def fail(_, args, kwargs):
        if len(kwargs["input_ids"]) > 2:
            raise failure

    model.module.register_forward_pre_hook(fail, with_kwargs=True)
    seen = batch_sizes(model.module)
    assert model.generate(PROMPTS, GREEDY) == expected
    assert max(seen) <= 2


def test_a_single_row_that_does_not_fit_is_an_error(fresh):
    model = fresh()

    def fail(_, args, kwargs):
        raise torch.OutOfMemoryError("out of memory")

    model.module.register_forward_pre_hook(fail, with_kwargs=True)
    with pytest.raises(ModelError, match="one sequence alone does not fit"):
        model.generate(PROMPTS, GREEDY)


def test_other_failures_are_not_mistaken_for_a_lack_of_memory(fresh):
    model = fresh()

    def fail(_, args, kwargs):
        raise RuntimeError("shapes do not match")

    model.module.register_forward_pre_hook(fail, with_kwargs=True)
    with pytest.raises(RuntimeError, match="shapes do not match"):
        model.generate(PROMPTS, GREEDY)


def test_diverged_weights_are_an_error_and_never_an_answer(fresh):
    model = fresh()
    with torch.no_grad():
        model.module.lm_head.weight[7] = float("nan")
    with pytest.raises(TrialError, match="not finite"):
        model.generate(PROMPTS, GREEDY)
    with pytest.raises(TrialError, match="not finite"):
        model.generate(PROMPTS, SAMPLED)


def test_a_token_without_an_embedding_is_an_error(fresh):
    model = fresh()
    model.module.resize_token_embeddings(60)
    with pytest.raises(ModelError, match="beyond the model's 60 embeddings"):
        model.generate(PROMPTS, GREEDY)


def train(model, *, measured):
    """Take four steps with dropout, asking the model in between or not."""
    module = model.module
    module.train()
    module.transformer.h[0].eval()
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-2)
    ids = torch.tensor([render_prompt(model.tokenizer, PROMPTS[2])])
    torch.manual_seed(3)
    for _ in range(4):
        loss = module(input_ids=ids, labels=ids).loss
        loss.backward()
        if measured:
            model.generate(PROMPTS, SAMPLED)
            model.score(PROMPTS, ["tea"] * len(PROMPTS))
        optimizer.step()
        optimizer.zero_grad()
    return module.state_dict(), [part.training for part in module.modules()], torch.get_rng_state()


def test_measuring_in_the_middle_of_a_training_changes_nothing(fresh):
    weights, modes, state = train(fresh("gpt2"), measured=False)
    measured, measured_modes, measured_state = train(fresh("gpt2"), measured=True)
    assert all(torch.equal(weights[name], measured[name]) for name in weights)
    assert modes == measured_modes
    assert any(modes)
    assert not all(modes)
    assert torch.equal(state, measured_state)


def test_answers_are_given_in_evaluation_mode(fresh):
    model = fresh("gpt2")
    expected = model.generate(PROMPTS, GREEDY)
    model.module.train()
    assert model.generate(PROMPTS, GREEDY) == expected
    assert model.module.training


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_a_peft_wrapper_answers_as_its_merged_weights_do(architecture, fresh):
    from peft import LoraConfig, get_peft_model

    model = fresh(architecture)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
        torch.manual_seed(0)
        wrapped = get_peft_model(copy.deepcopy(model.module), config)
    wrapped.train()
    tuned = model.with_module(wrapped)
    answers, scores = tuned.generate(PROMPTS, GREEDY), tuned.score(PROMPTS, ["tea"] * 7)
    assert answers != model.generate(PROMPTS, GREEDY)
    assert wrapped.training
    merged = model.with_module(wrapped.merge_and_unload())
    assert merged.generate(PROMPTS, GREEDY) == answers
    assert merged.score(PROMPTS, ["tea"] * 7) == pytest.approx(scores, abs=1e-4)


def test_virtual_prompt_tokens_are_obeyed(fresh):
    from peft import PromptTuningConfig, get_peft_model

    model = fresh()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        config = PromptTuningConfig(num_virtual_tokens=3, task_type="CAUSAL_LM")
        wrapped = get_peft_model(copy.deepcopy(model.module), config)
    tuned = model.with_module(wrapped)
    assert not is_cached(wrapped)
    answers = tuned.generate(PROMPTS, Decoding(max_new_tokens=6))
    assert answers != model.generate(PROMPTS, Decoding(max_new_tokens=6))
    prompt = list(render_prompt(model.tokenizer, PROMPTS[1]))
    virtual = wrapped.get_prompt(batch_size=1)
    for token in answers[1][0].token_ids:
        embedded = wrapped.base_model.get_input_embeddings()(torch.tensor([prompt]))
        with torch.no_grad():
            logits = wrapped.base_model(inputs_embeds=torch.cat([virtual, embedded], 1)).logits
        assert int(logits[0, -1].argmax()) == token
        prompt.append(token)


@pytest.mark.parametrize(
    ("model_type", "sizes"),
    [
        ("mamba", {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
        ("bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    ],
    ids=["recurrent", "no-positions"],
)
def test_models_without_a_plain_cache_answer_all_the_same(model_type, sizes):
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **sizes, vocab_size=90, initializer_range=0.3, pad_token_id=0)
    module = AutoModelForCausalLM.from_config(config).eval()
    prompts = [tuple(range(5, 5 + length)) for length in (3, 7, 12)]
    requests = [Request(prompt, 8) for prompt in prompts]
    assert not is_cached(module)
    drawn = draw(module, requests, Decoding(), stops=frozenset({2}), limits=rows(8))
    for prompt, found in zip(prompts, drawn, strict=True):
        ids = torch.tensor([prompt])
        reference = module.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False, eos_token_id=2
        )[0, len(prompt) :].tolist()
        assert list(found.token_ids) == [token for token in reference if token != 2]


def test_recomputing_and_caching_agree(loaded, monkeypatch):
    model = loaded("mistral")
    expected = model.generate(PROMPTS, SAMPLED)
    monkeypatch.setattr("holdfast.models.forward.is_cached", lambda module: False)
    assert model.generate(PROMPTS, SAMPLED) == expected
