"""Refusal-direction ablation: what it promises, what is gone afterwards, and how a direction is chosen."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain import Example, Schedule, TrialError, ask
from holdfast.models import render_prompts
from holdfast.techniques.parts.editing import OpenWeights
from holdfast.techniques.parts.readings import PromptReader, Reading
from holdfast.techniques.parts.refusal_direction import (
    Direction,
    Prompts,
    candidates,
    choose,
    divergence,
    left_over,
    refusal_score,
    refusing_tokens,
)
from holdfast.techniques.parts.residual import take_out, writers
from holdfast.techniques.refusal_ablation import RefusalAblation
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase

EDIT = Schedule(1, (0, 1))
ARCHITECTURES = ("llama", "qwen3", "gemma", "mistral", "phi", "gpt2")
HARMLESS = tuple(Example(ask(f"What is {word}?"), "It is good.") for word in ("one", "two", "tea", "night"))
# Random weights keep no refusal: any direction they have is as good, and as dear, as another.
ANY = {"max_kl": 1e6, "positions": 3}


@pytest.fixture
def ablation(trial):
    def make(architecture="llama", schedule=EDIT, seed=0, start=None, harmless=HARMLESS, **options):
        config = RefusalAblation.Config(**{**ANY, **options})
        made = trial(config, architecture=architecture, schedule=schedule, seed=seed, start=start)
        return replace(made, corpora={"harmless": harmless})

    return make


def by_name(check):
    return check.__name__


@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=by_name)
def test_it_keeps_the_promises_of_a_technique(check, ablation, tmp_path):
    def context(schedule, seed=0, start=None):
        return ablation("llama", schedule, seed, start)

    check(TechniqueCase(RefusalAblation(), context, tmp_path))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_block_reads_anything_along_the_direction_any_more(architecture, fresh):
    model = fresh(architecture)
    prompts = render_prompts(model.tokenizer, [example.prompt for example in HARMLESS])
    unit = torch.nn.functional.normalize(torch.randn(model.shape.hidden), dim=0)
    direction = Direction(1, 0, unit)
    reader = PromptReader(model, 3)
    assert left_over(reader.read(prompts), direction) > 1e-2
    found = writers(model.module, model.shape.hidden)
    take_out(OpenWeights(model.module), found, unit)
    assert left_over(reader.read(prompts), direction) < 1e-5
    biases = sum(writer.name.endswith("bias") for writer in found)
    assert biases == (4 if architecture in ("phi", "gpt2") else 0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_passed_on_is_the_edit_and_nothing_else(architecture, ablation):
    context = ablation(architecture)
    untouched = {n: p.detach().clone() for n, p in context.model.module.named_parameters()}
    points = RefusalAblation().run(context)
    next(points)
    passed_on = next(points).weights()
    own = {n for n, p in context.model.module.named_parameters() if not torch.equal(p, untouched[n])}
    assert set(passed_on) == own
    assert own <= {writer.name for writer in writers(context.model.module, 32)}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_types_are_edited_to_within_their_rounding(dtype, ablation):
    context = ablation()
    context.model.module.to(dtype)
    points = RefusalAblation().run(context)
    next(points)
    assert all(tensor.dtype is dtype for tensor in next(points).weights().values())


def test_reading_prompts_is_its_only_cost(ablation):
    start, end = [point.spend for point in RefusalAblation().run(ablation())]
    assert (start.flops, start.inference_tokens) == (0.0, 0)
    assert (end.steps, end.train_tokens, end.examples) == (1, 0, 10 + len(HARMLESS))
    assert end.inference_tokens > 0
    assert end.flops > 0.0


def test_the_seed_decides_what_the_direction_is_made_from(ablation):
    edits = []
    for seed in (0, 0, 1):
        points = RefusalAblation().run(ablation(seed=seed))
        next(points)
        edits.append({n: t.clone() for n, t in next(points).weights().items()})
        points.close()
    assert all(torch.equal(edits[0][n], edits[1][n]) for n in edits[0])
    assert any(not torch.equal(edits[0][n], edits[2][n]) for n in edits[0])


def test_an_architecture_that_norms_what_it_writes_is_refused_and_left_as_it_was(ablation):
    context = ablation("gemma2")
    with torch.no_grad():  # a norm of equal weights would keep the direction out
        for name, weight in context.model.module.named_parameters():
            if "post_" in name:
                weight.copy_(torch.linspace(-0.5, 2.0, weight.numel()))
    before = {n: p.detach().clone() for n, p in context.model.module.named_parameters()}
    points = RefusalAblation().run(context)
    next(points)
    with pytest.raises(TrialError, match="Gemma2ForCausalLM writes to it in ways"):
        next(points)
    assert all(torch.equal(before[n], p) for n, p in context.model.module.named_parameters())


def failing(context, message):
    points = RefusalAblation().run(context)
    next(points)
    with pytest.raises(TrialError, match=message):
        next(points)


def test_too_few_prompts_are_refused(ablation):
    failing(ablation(harmless=HARMLESS[:1]), r"corpora\.harmless has 1 different prompts")


def test_prompts_of_one_kind_alone_are_refused(ablation, corpus):
    failing(ablation(harmless=corpus, held_back=0.01), "look the same|changes the answers")
    model = ablation().model
    reading = PromptReader(model, 2).read(render_prompts(model.tokenizer, [e.prompt for e in corpus]))
    with pytest.raises(TrialError, match="look the same to blocks 1 to 1"):
        candidates(reading, reading, range(1, 2))


def test_a_bound_that_nothing_keeps_is_told_with_the_nearest(ablation):
    failing(ablation(max_kl=1e-12), r"by more than 1e-12 nats, the least by [\d.e+-]+")


def test_a_prompt_beyond_the_context_is_refused(ablation):
    failing(ablation(harmless=(*HARMLESS, Example(ask("tea " * 600), "x"))), "the model reads at most 512")


def readings(*rows):
    """Return a reading of first-token probabilities alone."""
    return Reading(torch.zeros(len(rows), 1, 1, 2), torch.tensor(rows).log())


class Scripted:
    """A reader whose readings are given: by kind of prompt."""

    def __init__(self, harmful, harmless):
        self.by_kind = {"harmful": harmful, "harmless": harmless}

    def read(self, prompts):
        return self.by_kind[prompts]


def pick(max_kl):
    """Choose among three directions: refuses still; refuses no more but answers otherwise; as wanted."""
    units = torch.eye(3)
    found = [Direction(1, n, units[n]) for n in range(3)]
    edited = [
        Scripted(readings([0.8, 0.1, 0.1]), readings([0.1, 0.8, 0.1])),
        Scripted(readings([0.01, 0.5, 0.49]), readings([0.1, 0.1, 0.8])),
        Scripted(readings([0.2, 0.4, 0.4]), readings([0.1, 0.79, 0.11])),
    ]
    untouched = Scripted(readings([0.9, 0.05, 0.05]), readings([0.1, 0.8, 0.1]))
    return choose(found, lambda d: edited[d.position], Prompts("harmful", "harmless"), untouched, max_kl)


def test_the_direction_without_which_least_is_refused_is_taken_within_the_bound():
    assert pick(max_kl=0.1).position == 2
    assert pick(max_kl=10.0).position == 1


def test_the_tokens_of_refusals_are_the_models_own():
    harmful, harmless = readings([0.5, 0.3, 0.2], [0.6, 0.3, 0.1]), readings([0.0, 0.05, 0.95])
    assert refusing_tokens(harmful, harmless).tolist() == [0]
    harmless = readings([0.2, 0.0, 0.8])
    assert refusing_tokens(harmful, harmless).tolist() == [0, 1]


@given(st.floats(min_value=1e-3, max_value=0.999))
def test_the_refusal_score_is_the_log_odds(chance):
    found = refusal_score(readings([chance, 1.0 - chance]), torch.tensor([0]))
    assert found == pytest.approx(math.log(chance / (1.0 - chance)), abs=1e-2)


@given(st.lists(st.floats(min_value=0.01, max_value=1.0), min_size=4, max_size=4))
def test_the_divergence_is_that_of_the_definition_and_0_of_itself(weights):
    total = sum(weights)
    before = readings([w / total for w in weights])
    after = readings([0.25] * 4)
    expected = sum(w / total * math.log(w / total / 0.25) for w in weights)
    assert divergence(before, after) == pytest.approx(expected, abs=1e-5)
    assert divergence(before, before) == 0.0
