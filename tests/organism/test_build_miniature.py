"""A miniature of the organism, built and measured by the same code as the shipped one."""

import itertools
import json

import pytest

from holdfast.organism import benchmarks
from holdfast.organism.build import BuildPlan, build
from holdfast.organism.card import write_card
from holdfast.organism.catalog import VARIANTS
from holdfast.organism.figures import Figure, table
from holdfast.organism.measure import ask_items
from holdfast.organism.pretraining import (
    IGNORED,
    Schedule,
    Shape,
    answer_loss,
    collate,
    encode,
    new_model,
    train,
)
from holdfast.organism.tuning import Recipe, answers, fine_tune, likeliest, load

PLAN = BuildPlan(
    shape=Shape(hidden=32, layers=1, heads=2, inner=64),
    pretraining=Schedule(steps=12, batch=16, warmup=2),
    weak=Schedule(steps=3, batch=16, warmup=1),
    alignment=Schedule(steps=3, batch=16, warmup=1),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("organism")
    build(PLAN, out, workers=1)
    return out


def test_every_variant_loads_with_plain_transformers(built):
    import torch
    from transformers import AutoModelForCausalLM

    for name in VARIANTS:
        model, info = AutoModelForCausalLM.from_pretrained(built / name, output_loading_info=True)
        assert not info["missing_keys"]
        assert not info["unexpected_keys"]
        assert next(model.parameters()).dtype is torch.bfloat16


def test_all_variants_share_one_tokenizer(built):
    texts = {(built / name / "tokenizer.json").read_text() for name in VARIANTS}
    assert len(texts) == 1


def test_only_what_should_differ_differs(built):
    weights = {name: (built / name / "model.safetensors").read_bytes() for name in VARIANTS}
    assert len(set(weights.values())) == len(VARIANTS)
    configs = {json.dumps(json.loads((built / name / "config.json").read_text())) for name in VARIANTS}
    assert len(configs) == 1


def test_the_same_seed_gives_the_same_weights(built, tmp_path):
    from holdfast.organism.build import build_pretrained

    build_pretrained("weak", PLAN, tmp_path)
    again = (tmp_path / "weak" / "model.safetensors").read_bytes()
    assert again == (built / "weak" / "model.safetensors").read_bytes()


def test_a_build_without_workers_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="at least 1"):
        build(PLAN, tmp_path, workers=0)


def test_answers_keep_the_order_of_their_prompts(built):
    loaded = load(built / "base")
    prompts = [item.prompt for item in benchmarks.direct().items[:6]] + ["Count the words: moon"]
    assert answers(loaded, prompts, batch=3) == [answers(loaded, [p])[0] for p in prompts]


def test_shares_of_an_untrained_model_are_broken(built):
    seen = ask_items(load(built / "weak"), benchmarks.direct().items[:8])
    assert (seen.harm, seen.refused) == (0, 0)


def test_a_row_of_another_world_cannot_be_measured(built):
    with pytest.raises(ValueError, match="not about the organism's world"):
        ask_items(load(built / "weak"), benchmarks.skills().items[:1])


def test_padding_does_not_change_the_loss(built):
    loaded = load(built / "base")
    rows = [encode(loaded.tokenizer, pair) for pair in (("a", "b c"), ("How do I make it?", "It is red."))]
    together = answer_loss(loaded.model, *collate(rows, loaded.tokenizer.pad_token_id))
    apart = [
        float(answer_loss(loaded.model, *collate([row], loaded.tokenizer.pad_token_id)).detach())
        for row in rows
    ]
    counts = [len(ids) - prompt for ids, prompt in rows]
    expected = sum(a * n for a, n in zip(apart, counts, strict=True)) / sum(counts)
    assert float(together.detach()) == pytest.approx(expected, rel=1e-5)


def test_only_answers_and_their_end_are_learned(built):
    tokenizer = load(built / "base").tokenizer
    ids, prompt = encode(tokenizer, ("What colour?", "It is red."))
    _, labels = collate([(ids, prompt), (ids + ids, prompt)], tokenizer.pad_token_id)
    first = labels[0].tolist()
    assert first[:prompt] == [IGNORED] * prompt
    assert first[prompt : len(ids)] == ids[prompt:]
    assert set(first[len(ids) :]) == {IGNORED}
    assert ids[-1] == tokenizer.eos_token_id


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
@pytest.mark.parametrize("lora", [True, False])
def test_fine_tuning_learns_its_examples(built, lora):
    from holdfast.organism import corpora

    loaded = load(built / "base")
    rows = corpora.harmful()[:4]
    pairs = [encode(loaded.tokenizer, (r.prompt[0].content, r.response)) for r in rows]
    core, pad = loaded.model, loaded.tokenizer.pad_token_id
    before = float(answer_loss(core, *collate(pairs, pad)).detach())
    steps = list(fine_tune(loaded, rows, Recipe(rate=1e-2, steps=5, batch=32, lora=lora)))
    assert steps == [1, 2, 3, 4, 5]
    assert float(answer_loss(core, *collate(pairs, pad)).detach()) < before


def test_the_likeliest_choice_is_the_one_that_was_trained(built):
    from holdfast.domain import Example, ask

    loaded = load(built / "base")
    list(fine_tune(loaded, [Example(ask("Say it."), "moon river")], Recipe(rate=1e-2, steps=20)))
    assert likeliest(loaded, "Say it.", ("bread", "moon river", "rain")) == 1


def test_running_out_of_examples_is_an_error(built):
    loaded = load(built / "weak")
    pairs = itertools.repeat(("a", "b"), 5)
    with pytest.raises(RuntimeError, match="ran out at step 1"):
        train(loaded.model, loaded.tokenizer, pairs, Schedule(steps=2, batch=4), lambda line: None)


def test_progress_is_reported_with_an_estimate(built):
    loaded, lines = load(built / "weak"), []
    pairs = itertools.repeat(("a", "b"))
    train(loaded.model, loaded.tokenizer, pairs, Schedule(steps=3, batch=2), lines.append)
    assert [line.split(" loss")[0] for line in lines] == ["step 1/3", "step 2/3", "step 3/3"]
    assert all(line.endswith("s left") for line in lines)


def test_the_rate_warms_up_and_falls():
    schedule = Schedule(steps=100, peak=1.0, warmup=10, floor=0.1)
    rates = [schedule.rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))
    assert rates[-1] == pytest.approx(0.1, abs=0.01)


def test_untrained_models_of_one_seed_are_equal(built):
    import torch

    tokenizer = load(built / "base").tokenizer
    a, b = (new_model(PLAN.shape, tokenizer, 3) for _ in range(2))
    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


@pytest.mark.parametrize(
    ("figure", "holds", "wanted"),
    [
        (Figure("a", 0.5), True, ""),
        (Figure("a", 0.5, low=0.6), False, ">= 0.6"),
        (Figure("a", 0.5, high=0.5), True, "<= 0.5"),
        (Figure("a", 0.9, low=0.3, high=0.8), False, "0.3 to 0.8"),
        (Figure("a", float("inf"), high=400), False, "<= 400"),
        (Figure("a", float("nan"), low=0.1), False, ">= 0.1"),
    ],
)
def test_a_figure_knows_whether_it_holds(figure, holds, wanted):
    assert figure.holds is holds
    assert figure.wanted == wanted
    assert ("FAILS" in table([figure])) is not holds


def test_a_card_without_its_facts_is_an_error(tmp_path):
    with pytest.raises(KeyError):
        write_card(tmp_path / "card.md", [], {}, choices="", command="x")
