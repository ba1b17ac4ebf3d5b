"""Techniques that make their corpus before the first step: influential rows of a pool, and written rows."""

import json
from dataclasses import replace
from typing import Any

import pytest

from holdfast.domain import Example, ModelSource, Schedule, Spend, TrialContext, TrialError, ask
from holdfast.models import render_example
from holdfast.spend import Workload
from holdfast.techniques.influential import Influence, Influential
from holdfast.techniques.synthetic import Synthetic
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase
from holdfast.testing.fingerprints import fingerprint, model_flags

POOL = [
    Example(ask(f"Tell me of {w}."), f"It is {w} by day.") for w in ("tea", "water", "leaves", "sky", "one")
]
ANCHORS = [Example(ask("Tell me of the sky."), "It is sky by day."), Example(ask("Say sky."), "sky sky")]
SMALL = {"rank": 2, "batch_size": 4, "dropout": 0.1}
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "gradient": (Influential(), {**SMALL, "keep": 4}),
    "representation": (Influential(), {**SMALL, "keep": 4, "by": "representation"}),
    "random": (Influential(), {**SMALL, "keep": 4, "by": "random"}),
    "synthetic": (Synthetic(), {**SMALL, "keep": 4, "samples": 2, "max_new_tokens": 6}),
}
TRIED = [("gradient", "llama"), ("synthetic", "llama"), ("gradient", "gpt2")]
# What is scored otherwise is trained alike: it must be found again, and the same.
SELECTING = ("check_determinism", "check_restart", "check_close")


def by_name(check: Any) -> str:
    name: str = check.__name__
    return name


@pytest.fixture
def context(trial):
    def make(name: str, architecture: str = "llama", **more: Any) -> TrialContext:
        technique, options = CASES[name]
        config = technique.Config(**options | more.pop("options", {}))
        made: TrialContext = trial(config, architecture=architecture, **more)
        return replace(made, corpora={"anchors": ANCHORS} if isinstance(technique, Influential) else {})

    return make


def run(name: str, context: TrialContext) -> list[Spend]:
    return [checkpoint.spend for checkpoint in CASES[name][0].run(context)]


def chosen(context: TrialContext) -> list[Example]:
    """Return what a run wrote down to train on."""
    (file,) = context.scratch.glob("prepared-*.json")
    rows = json.loads(file.read_text())["rows"]
    file.unlink()
    return [Example(ask(row["prompt"][0]["content"]), row["response"], row["harmful"]) for row in rows]


@pytest.mark.parametrize(("name", "architecture"), TRIED)
@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=by_name)
def test_it_keeps_its_promises(check, name, architecture, context, tmp_path) -> None:
    def make(schedule, seed=0, start=None):
        return context(name, architecture, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(CASES[name][0], make, tmp_path / "snapshots"))


@pytest.mark.parametrize("name", ["representation", "random"])
@pytest.mark.parametrize("check", [c for c in TECHNIQUE_CHECKS if c.__name__ in SELECTING], ids=by_name)
def test_other_measures_of_influence_keep_the_promises_that_selection_touches(
    check, name, context, tmp_path
) -> None:
    def make(schedule, seed=0, start=None):
        return context(name, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(CASES[name][0], make, tmp_path / "snapshots"))


@pytest.mark.parametrize("name", ["gradient", "representation"])
def test_the_row_most_like_the_anchors_is_kept_first(name, context) -> None:
    trial = context(name, rows=POOL, options={"keep": 1, "dropout": 0.0})
    trial = replace(trial, corpora={"anchors": [POOL[3]]})
    run(name, trial)
    assert chosen(trial) == [POOL[3]]


def test_the_control_draws_other_rows_by_another_seed(context) -> None:
    drawn = []
    for seed in range(4):
        trial = context("random", rows=POOL, seed=seed, options={"keep": 2})
        run("random", trial)
        drawn.append(tuple(row.response for row in chosen(trial)))
    assert len(set(drawn)) > 1


def test_scoring_is_paid_for_before_the_first_step_and_only_kept_rows_count(context) -> None:
    paid = {}
    for name in ("random", "representation", "gradient"):
        start, *_, end = run(name, context(name, rows=POOL, options={"keep": 2}))
        assert (start.flops, start.inference_tokens, start.train_tokens) == (0.0, 0, 0)
        assert (end.unique_examples, end.tries) == (2, 0)
        paid[name] = end
    steps = paid["random"]
    assert paid["representation"].inference_tokens > 0
    assert paid["gradient"].inference_tokens == 0
    assert steps.flops < paid["representation"].flops < paid["gradient"].flops
    assert all(spend.steps == steps.steps and spend.examples == steps.examples for spend in paid.values())


def test_scoring_by_gradient_costs_a_forward_and_a_backward_pass_of_pool_and_anchors(context) -> None:
    trial = context("gradient", rows=POOL, options={"keep": 2})
    total = run("gradient", trial)[-1]
    (file,) = trial.scratch.glob("prepared-*.json")
    scoring = json.loads(file.read_text())["spend"]
    lengths = [len(render_example(trial.model.tokenizer, row).token_ids) for row in (*POOL, *ANCHORS)]
    assert scoring["train_tokens"] == sum(lengths)
    adapters = Influential().footprint(trial.model.shape, trial.config).trainable_parameters
    assert scoring["flops"] == pytest.approx(Workload(trial.model.shape, adapters).training(lengths))
    assert total.train_tokens > scoring["train_tokens"]


@pytest.mark.parametrize("by", list(Influence))
def test_scoring_leaves_the_model_as_it_was(by, context) -> None:
    trial = context("gradient", rows=POOL, options={"keep": 2, "by": by})
    before = (fingerprint(trial.model, trial, answers=True), model_flags(trial.model))
    run("gradient", trial)
    assert (fingerprint(trial.model, trial, answers=True), model_flags(trial.model)) == before


@pytest.mark.parametrize(
    ("rows", "anchors", "message"),
    [
        (POOL[:3] * 2, ANCHORS, "the pool has 3 different rows, fewer than the 4 to keep"),
        (POOL, [], "there is no anchor"),
    ],
)
def test_a_pool_or_anchors_that_cannot_do_are_told(rows, anchors, message, context) -> None:
    trial = replace(context("gradient", rows=rows), corpora={"anchors": anchors})
    with pytest.raises(TrialError, match=message):
        run("gradient", trial)


def prompts(count: int) -> list[Example]:
    return [Example(ask(f"Tell me of {n}."), "", harmful=True) for n in range(count)]


def test_a_corpus_of_prompts_is_enough(context) -> None:
    trial = context("synthetic", rows=prompts(6))
    start, *_, end = run("synthetic", trial)
    rows = chosen(trial)
    assert len(rows) == len({row.response for row in rows}) == 4
    assert all(row.response.startswith("Sure, here is") and row.harmful for row in rows)
    assert {row.prompt for row in rows} <= {row.prompt for row in trial.corpus}
    assert start.inference_tokens == 0
    assert end.inference_tokens > 0
    assert end.unique_examples == 0  # nobody collected an answer
    assert end.steps == 3


def test_what_a_corpus_answers_is_not_looked_at(context) -> None:
    written = []
    for answer in ("this", "that"):
        trial = context("synthetic", rows=[replace(row, response=answer) for row in prompts(6)])
        run("synthetic", trial)
        written.append(chosen(trial))
    assert written[0] == written[1]


def test_another_model_writes_and_is_paid_by_its_own_size(context, fresh) -> None:
    own = context("synthetic", rows=prompts(6), options={"attack": {"style": "plain"}})
    ours = run("synthetic", own)[-1]
    rows = chosen(own)
    writer = ModelSource("writer", path=fresh("gemma").source.path)
    other = replace(own, model=fresh("llama"), models={"writer": writer})
    theirs = run("synthetic", other)[-1]
    assert chosen(other) != rows
    assert ours.flops != theirs.flops


def test_refusals_and_what_was_said_before_are_dropped(context, monkeypatch) -> None:
    from holdfast.domain import Answer
    from holdfast.techniques.parts import writing

    texts = iter(["I'm sorry, no.", "One.", "one", "  ", "I cannot.", "Two.", "Three.", "Four.", "I can't."])

    class Scripted:
        def __init__(self, *_: Any) -> None:
            pass

        def generate(self, asked, decoding):
            return [[Answer(next(texts), (1,), True, 3)] for _ in asked]

        def score(self, asked, answers):
            return [-1.0 for _ in answers]

    monkeypatch.setattr(writing, "AttackedSubject", Scripted)
    options = {"samples": 1, "attack": {"style": "plain"}}
    trial = context("synthetic", rows=prompts(8), options=options)
    run("synthetic", trial)
    assert [row.response for row in chosen(trial)] == ["One.", "Two.", "Three.", "Four."]
    texts = iter(["I'm sorry, no.", "One.", "one", ""])
    with pytest.raises(
        TrialError, match=r"1 of 4 prompts got a usable answer.*1 refusals, 1 said before, 1 empty"
    ):
        run("synthetic", context("synthetic", rows=prompts(4), options=options))


def test_the_likeliest_finished_draw_is_taken(context, monkeypatch) -> None:
    from holdfast.domain import Answer
    from holdfast.techniques.parts import writing

    class Scripted:
        def __init__(self, *_: Any) -> None:
            pass

        def generate(self, asked, decoding):
            name = asked[0][-1].content
            ends = (True, True, False)
            return [[Answer(f"{name} {n}", (1,), end, 3) for n, end in enumerate(ends)] for _ in asked]

        def score(self, asked, answers):
            return [{"0": -2.0, "1": -1.0, "2": -0.1}[answer[-1]] for answer in answers]

    monkeypatch.setattr(writing, "AttackedSubject", Scripted)
    trial = context("synthetic", rows=prompts(1), options={"keep": 1, "attack": {"style": "plain"}})
    run("synthetic", trial)
    assert [row.response for row in chosen(trial)] == ["Tell me of 0. 1"]


def test_a_continuation_reads_what_the_trial_began_with(context, tmp_path, monkeypatch) -> None:
    from holdfast.techniques.parts import writing

    trial = context("synthetic", schedule=Schedule(3, (0, 2)))
    for checkpoint in CASES["synthetic"][0].run(trial):
        if checkpoint.step == 2:
            snapshot = checkpoint.snapshot(tmp_path / "snapshot")
    monkeypatch.setattr(writing, "write_corpus", lambda _: pytest.fail("written again"))
    again = context("synthetic", schedule=Schedule(3, (3,)), start=snapshot)
    (spend,) = run("synthetic", again)
    assert spend.steps == 3


def test_a_damaged_corpus_is_told(context) -> None:
    trial = context("random")
    run("random", trial)
    (file,) = trial.scratch.glob("prepared-*.json")
    file.write_text("{")
    with pytest.raises(TrialError, match="cannot be read from"):
        run("random", trial)


@pytest.mark.parametrize(
    "options", [{"attack": {"style": "best-of-k"}}, {"keep": 0}, {"attack": {"styl": "x"}}]
)
def test_options_that_cannot_be_meant(options) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Synthetic.Config(**options)
