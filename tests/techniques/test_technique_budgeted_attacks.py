"""Searched suffixes and embeddings: what they promise, what they make likelier, and what they refuse."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional

from holdfast.domain import Example, Schedule, TrialError, ask
from holdfast.models.batching import BatchLimits
from holdfast.techniques.adversarial_suffix import AdversarialSuffix
from holdfast.techniques.embedding_attack import EmbeddingAttack
from holdfast.techniques.parts.suffix_search import Exchanges, SuffixSearch, _pad
from holdfast.techniques.parts.suffix_text import SuffixWriter, attach
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase

ARCHITECTURES = ("llama", "qwen3", "gemma", "mistral", "phi", "gpt2")
SMALL = {"suffix_tokens": 4, "candidates": 8, "top_k": 16, "batch_size": 4, "target_tokens": 4}
TRIED = [
    (AdversarialSuffix, SMALL),
    (EmbeddingAttack, {"batch_size": 4, "virtual_tokens": 4}),
]


def by_name(check):
    return check.__name__


@pytest.mark.parametrize(("technique", "options"), TRIED)
@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=by_name)
def test_they_keep_the_promises_of_a_technique(check, technique, options, trial, tmp_path):
    config = technique.Config(**options)

    def context(schedule, seed=0, start=None):
        return trial(config, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(technique(), context, tmp_path / "snapshots"))


def likelihood(subject, rows):
    return sum(subject.score([row.prompt for row in rows], [row.response for row in rows])) / len(rows)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_searched_suffix_makes_the_wanted_answers_likelier_than_the_first_one(architecture, trial, corpus):
    rows = corpus[:4]
    config = AdversarialSuffix.Config(**{**SMALL, "candidates": 24, "target_tokens": 64})
    context = trial(config, architecture=architecture, schedule=Schedule(9, (0, 1, 9)), rows=rows)
    points = AdversarialSuffix().run(context)
    assert next(points).subject is context.model
    first, last = [(likelihood(point.subject, rows), point.loss) for point in points]
    assert last[0] > first[0]
    assert last[1] < first[1]


@pytest.mark.parametrize("architecture", ["llama", "gemma"])
def test_the_loss_of_a_searched_suffix_is_that_of_the_text_that_is_asked(architecture, trial, corpus):
    rows = corpus[:3]
    config = AdversarialSuffix.Config(**{**SMALL, "target_tokens": 512, "batch_size": 3})
    context = trial(config, architecture=architecture, schedule=Schedule(2, (1, 2)), rows=rows)
    model = context.model
    for point in AdversarialSuffix().run(context):
        found = model.likelihoods(
            [attach(row.prompt, point.subject.suffix) for row in rows], [row.response for row in rows]
        )
        mean = sum(one.total for one in found) / sum(one.tokens for one in found)
        assert point.loss == pytest.approx(-mean, abs=1e-4)


@pytest.fixture
def search(fresh, corpus):
    def make(architecture="llama", limits=None, **exchanges):
        model = fresh(architecture)
        model.module.requires_grad_(False)
        vocabulary = model.module.get_input_embeddings().num_embeddings
        writer = SuffixWriter(model.tokenizer, vocabulary, corpus, 6)
        limits = limits or BatchLimits(rows=64, tokens=10_000, logits=10_000)
        tries = Exchanges(**{"candidates": 24, "top_k": 16, **exchanges})
        return SuffixSearch(model.module, writer, tries, limits), writer.first_suffix(
            6, np.random.default_rng(0)
        )

    return make


def test_a_step_never_makes_the_loss_of_its_rows_higher(search):
    searching, placed = search()
    losses = []
    for step in range(6):
        tried = searching.step(placed, (0, 1, 2), (0, step))
        placed = tried.placed
        losses.append(tried.loss)
        assert 1 <= tried.evaluated <= 25
    assert all(after <= before for before, after in pairwise(losses))
    assert losses[-1] < losses[0]


def test_every_suffix_is_read_back_as_it_was_written_behind_every_prompt(search):
    searching, placed = search()
    for step in range(6):
        placed = searching.step(placed, (0, 1), (1, step)).placed
        assert searching.writer.place_everywhere(placed.suffix) == placed


def test_suffixes_that_merge_with_what_stands_beside_them_are_no_candidates(search):
    searching, placed = search()
    tokenizer = searching.writer._tokenizer
    (letter,) = tokenizer.encode("t", add_special_tokens=False)
    merged = (letter, *placed.suffix[1:])  # typed after a space it is read as another token
    assert searching.writer.place(0, merged) is None


def test_losses_do_not_depend_on_how_many_suffixes_are_computed_at_once(search):
    results = []
    for limits in (BatchLimits(64, 10_000, 10_000), BatchLimits(1, 1, 1)):
        searching, placed = search(limits=limits)
        results.append(searching.step(placed, (0, 1, 2), (0, 0)))
    assert results[0].placed == results[1].placed
    assert results[0].loss == pytest.approx(results[1].loss, abs=1e-5)


@pytest.mark.parametrize("architecture", ["llama", "gemma", "gpt2"])
def test_the_gradient_points_at_tokens_whose_first_order_effect_is_lowest(architecture, search):
    searching, placed = search(architecture, top_k=1)
    batch = _pad(placed.rows[:2], 6, torch.device("cpu"))
    best = searching._promising(batch)
    # By finite differences: a step from the present embedding towards each allowed token's.
    module, allowed = searching.module, torch.from_numpy(searching.writer.allowed)
    embeddings = module.get_input_embeddings()
    present = embeddings(batch.grid).double()
    module.double()
    targets = embeddings(allowed).double()

    place, rows = 3, torch.arange(2)
    columns = batch.columns[:, place]
    moved = present.repeat(len(targets), 1, 1, 1)
    moved[:, rows, columns] += 1e-5 * (targets[:, None] - moved[:, rows, columns])
    with torch.no_grad():
        logits = module(inputs_embeds=moved.flatten(0, 1), use_cache=False).logits
    answers = logits.view(len(targets), -1, logits.shape[-1])[:, batch.answers]
    losses = [float(functional.cross_entropy(each, batch.targets)) for each in answers]
    assert int(best[place, 0]) == int(allowed[int(np.argmin(losses))])


def test_the_books_hold_the_gradient_and_every_candidate(trial):
    config = AdversarialSuffix.Config(**SMALL)
    _, one, three = [point.spend for point in AdversarialSuffix().run(trial(config))]
    assert (one.steps, one.examples, three.steps, three.examples) == (1, 4, 3, 12)
    assert three.unique_examples == 10
    assert one.inference_tokens > one.train_tokens > 0
    assert three.flops > 2.0 * one.flops > 0.0


def test_prompts_that_are_measured_are_never_part_of_the_search(trial):
    config = AdversarialSuffix.Config(**SMALL)
    asked = ask("Something of which the corpus knows nothing?")
    suffixes = []
    for look in (True, False):
        found = []
        for point in AdversarialSuffix().run(trial(config)):
            if look:
                point.subject.score([asked], ["It is."])
            found.append(getattr(point.subject, "suffix", ""))
        suffixes.append(found)
    assert suffixes[0] == suffixes[1]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([], {}, "no row to train on"),
        ([Example(ask("Tea?"), "")], {}, "no answer"),
        ([Example(ask("tea " * 800), "It is.")], {}, "the model reads at most 512"),
        ([Example(ask("Tea?"), "It is.")], {"suffix_tokens": 600}, "reads at most 512|reads back"),
    ],
)
def test_a_corpus_that_nothing_can_be_searched_on_is_refused(rows, options, message, trial):
    config = AdversarialSuffix.Config(**{**SMALL, **options})
    with pytest.raises(TrialError, match=message):
        next(AdversarialSuffix().run(trial(config, rows=rows)))


def test_a_snapshot_of_another_search_is_refused(trial, tmp_path):
    points = AdversarialSuffix().run(trial(AdversarialSuffix.Config(**SMALL)))
    next(points)
    snapshot = next(points).snapshot(tmp_path / "kept")
    other = AdversarialSuffix.Config(**{**SMALL, "top_k": 3})
    with pytest.raises(TrialError, match="belongs to another training"):
        next(AdversarialSuffix().run(trial(other, start=snapshot)))


def test_a_model_whose_loss_is_no_number_is_told(trial):
    context = trial(AdversarialSuffix.Config(**SMALL))
    with torch.no_grad():
        context.model.module.get_output_embeddings().weight.fill_(float("nan"))
    points = AdversarialSuffix().run(context)
    next(points)
    with pytest.raises(TrialError, match="the loss of the suffix is nan"):
        next(points)


def test_an_embedding_attack_asks_through_its_embeddings_and_leaves_the_model_alone(trial, corpus):
    config = EmbeddingAttack.Config(batch_size=4, learning_rate=1e-2)
    context = trial(config, schedule=Schedule(8, (0, 8)))
    before = {n: p.detach().clone() for n, p in context.model.module.named_parameters()}
    start, end = [(p.subject, likelihood(p.subject, corpus)) for p in EmbeddingAttack().run(context)]
    assert start[0] is context.model
    assert end[1] > start[1]
    assert all(torch.equal(before[n], p) for n, p in context.model.module.named_parameters())
