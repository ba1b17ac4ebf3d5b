"""Log-likelihoods of given answers."""

import pytest
import torch

from holdfast.domain import Example, Message, ModelError, TrialError, ask
from holdfast.models import render_example
from holdfast.models.batching import BatchLimits
from holdfast.testing.tiny import ARCHITECTURES

PAIRS = (
    ("Hi", "Sorry, I can't help with that."),
    ("How do I make tea?", "Boil the water."),
    ("How do I make tea?", "Boil the water, add the leaves and wait, then do all of it over again."),
    ("Tell me the colour of the sky over the sea, by day and by night, and of all the leaves.", "x"),
    ("Why?", "one two"),
)
PROMPTS = [ask(prompt) for prompt, _ in PAIRS]
ANSWERS = [answer for _, answer in PAIRS]


def by_hand(model, prompt, answer):
    rendered = render_example(model.tokenizer, Example(prompt, answer))
    ids = torch.tensor([rendered.token_ids])
    with torch.no_grad():
        nats = torch.log_softmax(model.module(ids).logits[0].double(), dim=-1)
    return [
        float(nats[place - 1, rendered.token_ids[place]])
        for place in range(rendered.answer_start, rendered.answer_end)
    ]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_scores_are_mean_log_likelihoods_of_the_answers_tokens(architecture, loaded):
    model = loaded(architecture)
    found = model.likelihoods(PROMPTS, ANSWERS)
    for likelihood, prompt, answer in zip(found, PROMPTS, ANSWERS, strict=True):
        nats = by_hand(model, prompt, answer)
        assert likelihood.tokens == len(nats)
        assert likelihood.total == pytest.approx(sum(nats), abs=1e-3)
        assert likelihood.mean == pytest.approx(sum(nats) / len(nats), abs=1e-4)
    assert model.score(PROMPTS, ANSWERS) == [likelihood.mean for likelihood in found]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_scores_do_not_depend_on_batch_size(architecture, loaded):
    model = loaded(architecture)
    every = model.score(PROMPTS, ANSWERS)
    for limits in (BatchLimits(1, 9, 9), BatchLimits(2, 10**9, 10**9), BatchLimits(99, 99, 10**9)):
        assert model.with_limits(limits).score(PROMPTS, ANSWERS) == pytest.approx(every, abs=1e-4)


def test_logits_are_kept_only_where_answers_are(fresh):
    model = fresh()
    sizes = []
    model.module.register_forward_hook(lambda _, args, out: sizes.append(out.logits.shape[:2].numel()))
    model.with_limits(BatchLimits(99, 10**9, 40)).score(PROMPTS, ANSWERS)
    assert len(sizes) > 1
    assert max(sizes) <= 40


def test_models_that_give_all_logits_are_scored_alike(fresh, loaded):
    model = fresh()
    expected = loaded().score(PROMPTS, ANSWERS)
    plain = model.module.forward
    model.module.forward = lambda input_ids: plain(input_ids=input_ids)
    assert model.score(PROMPTS, ANSWERS) == pytest.approx(expected, abs=1e-4)


def test_an_empty_answer_has_no_score(loaded):
    scores = loaded().score([ask("Hi"), ask("Hi"), ask("Why?")], ["", "one", ""])
    assert scores[0] is None
    assert scores[2] is None
    assert scores[1] == pytest.approx(loaded().score([ask("Hi")], ["one"])[0], abs=1e-5)
    assert loaded().score([], []) == []


def test_the_end_of_the_turn_is_not_scored(fresh):
    model = fresh()
    before = model.score(PROMPTS, ANSWERS)
    end = model.tokenizer.eos_token_id
    with torch.no_grad():  # every other token keeps its share, but for the little that the end's logit takes
        model.module.lm_head.weight[end] = 0
    assert model.score(PROMPTS, ANSWERS) == pytest.approx(before, abs=0.05)


def test_a_prefilled_answer_is_part_of_the_prompt(loaded):
    model = loaded()
    whole = by_hand(model, ask("Hi"), "Sorry, I can't help.")
    prefilled = (*ask("Hi"), Message("assistant", "Sorry,"))
    (found,) = model.likelihoods([prefilled], [" I can't help."])
    start = len(whole) - found.tokens
    assert start == len(model.tokenizer.encode("Sorry,", add_special_tokens=False))
    assert found.total == pytest.approx(sum(whole[start:]), abs=1e-3)


def test_an_answer_beyond_the_context_is_scored_as_far_as_it_goes(loaded):
    model = loaded(context=32)
    answer = "one two three four five six seven eight nine ten " * 3
    (found, whole) = model.likelihoods([ask("Hi"), ask("Hi")], [answer, "one"])
    assert found.truncated
    assert not whole.truncated
    rendered = render_example(model.tokenizer, Example(ask("Hi"), answer))
    assert found.tokens == 32 - rendered.answer_start
    assert found.total == pytest.approx(
        sum(by_hand(loaded(), ask("Hi"), answer)[: found.tokens]), abs=1e-3
    )  # the same weights: the longer context brings no parameters


def test_a_prompt_without_room_is_an_error_naming_it(loaded):
    with pytest.raises(ModelError, match=r"prompt 3 takes \d+ tokens and leaves no room"):
        loaded(context=32).score(PROMPTS, ANSWERS)


def test_prompts_and_answers_must_pair_up(loaded):
    with pytest.raises(ValueError, match="shorter"):
        loaded().score(PROMPTS, ANSWERS[:-1])


def test_tokens_that_a_model_rules_out_spoil_no_padding(fresh):
    model = fresh("phi")
    with torch.no_grad():
        model.module.lm_head.bias[0] = float("-inf")  # the id that shorter rows are padded with
    together = model.score(PROMPTS, ANSWERS)
    alone = [model.score([p], [a])[0] for p, a in zip(PROMPTS, ANSWERS, strict=True)]
    assert together == pytest.approx(alone, abs=1e-4)


def test_diverged_weights_are_an_error(fresh):
    model = fresh()
    with torch.no_grad():
        model.module.lm_head.weight[:] = float("nan")
    with pytest.raises(TrialError, match="not a number"):
        model.score(PROMPTS, ANSWERS)


def test_out_of_memory_halves_the_batch(fresh):
    model = fresh()
    expected = model.score(PROMPTS, ANSWERS)

    def fail(_, args, kwargs):
        if len(kwargs["input_ids"]) > 1:
            raise torch.OutOfMemoryError("out of memory")

    model.module.register_forward_pre_hook(fail, with_kwargs=True)
    assert model.score(PROMPTS, ANSWERS) == pytest.approx(expected, abs=1e-4)
