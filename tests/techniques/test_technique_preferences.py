"""Preference and reward tuning: the losses of their papers, and what they do to a model."""

import math

import pytest
import torch

from holdfast.domain import Answer, Example, Schedule, TrialError, ask
from holdfast.techniques.dpo import Dpo
from holdfast.techniques.grpo import Grpo
from holdfast.techniques.parts import rewards
from holdfast.techniques.parts.adapters import Adapters, without_adapters
from holdfast.techniques.parts.preferences import Preferences, collect_pairs
from holdfast.techniques.parts.rewards import GroupRewards, Reward, _drawn_tokens
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase

JUDGE = '''
from holdfast.domain import JudgeTraits, Verdict


class Vowels:
    """Rewards the letter e; a fixed point where asked to."""
    name, traits = "vowels", JudgeTraits()
    def __init__(self, context): ...
    def judge(self, generations):
        return [self._one(g) for g in generations]
    def _one(self, g):
        text = g.answer.text
        return Verdict(g.id, self.name, score=min(1.0, text.count("e") / (1 + len(text))))


class Indifferent(Vowels):
    """Finds everything the same."""
    def _one(self, g):
        return Verdict(g.id, self.name, score=0.5)


class Silent(Vowels):
    """Fails."""
    def _one(self, g):
        return Verdict(g.id, self.name, error="no power")
'''


@pytest.fixture
def judge(tmp_path):
    (tmp_path / "vowels.py").write_text(JUDGE)
    return lambda name: f"{tmp_path / 'vowels.py'}:{name}"


@pytest.fixture
def case(trial, judge, tmp_path):
    def make(name, architecture="llama"):
        common = {"batch_size": 4, "rank": 2, "max_new_tokens": 8}
        technique = {"dpo": Dpo, "grpo": Grpo}[name]()
        own = {"grpo": {"judges": [judge("Vowels")], "samples": 3, "beta": 0.1}, "dpo": {"dropout": 0.1}}[
            name
        ]
        config = technique.Config(**common, **own)

        def context(schedule, seed=0, start=None):
            return trial(config, architecture=architecture, schedule=schedule, seed=seed, start=start)

        return TechniqueCase(technique, context, tmp_path / "snapshots")

    return make


@pytest.mark.parametrize("name", ["dpo", "grpo"])
@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=lambda check: check.__name__)
def test_they_keep_the_promises_of_a_technique(check, name, architecture, case):
    check(case(name, architecture))


# --- DPO ---------------------------------------------------------------------------------------------


def test_the_loss_begins_at_log_two_and_is_that_of_the_paper(trial):
    context = trial(Dpo.Config(batch_size=4))
    pairs = collect_pairs(context, 8)
    objective = Preferences(context, pairs, 0.3)
    module = context.model.module.eval()
    examples = pairs.chosen[:3]
    assert objective.loss(module, examples).loss.item() == pytest.approx(math.log(2), abs=1e-4)
    before = _total_logprobs(context.model, pairs)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.05)
    after = _total_logprobs(context.model, pairs)
    margins = [(after[0][i] - before[0][i]) - (after[1][i] - before[1][i]) for i in range(3)]
    expected = sum(-math.log(1 / (1 + math.exp(-0.3 * margin))) for margin in margins) / 3
    assert objective.loss(module, examples).loss.item() == pytest.approx(expected, rel=1e-3)


def _total_logprobs(model, pairs):
    """Whole-sequence likelihoods token by token, the end of the turn included."""
    from holdfast.models import render_example

    def of(example):
        rendered = render_example(model.tokenizer, example)
        with torch.no_grad():
            logits = model.module(input_ids=torch.tensor([rendered.token_ids])).logits[0].log_softmax(-1)
        spots = range(rendered.answer_start, len(rendered.token_ids))
        return sum(float(logits[spot - 1, rendered.token_ids[spot]]) for spot in spots)

    return [of(example) for example in pairs.chosen], [of(example) for example in pairs.rejected]


def test_training_widens_the_margin(trial):
    config = Dpo.Config(batch_size=10, learning_rate=3e-3, max_new_tokens=8)
    context = trial(config, schedule=Schedule(12, (0, 12)))
    pairs = collect_pairs(context, 8)
    margins = []
    for checkpoint in Dpo().run(context):
        scores = [
            checkpoint.subject.score([e.prompt for e in rows], [e.response for e in rows])
            for rows in (pairs.chosen, pairs.rejected)
        ]
        margins.append(sum(scores[0]) - sum(scores[1]))
    assert margins[1] > margins[0] + 1.0


def test_what_is_drawn_before_the_first_step_is_paid(trial):
    context = trial(Dpo.Config(batch_size=4, max_new_tokens=8), schedule=Schedule(1, (0, 1)))
    start = next(Dpo().run(context))
    assert start.spend.inference_tokens > 0
    assert start.spend.flops > 0
    assert start.spend.steps == 0


def test_rejected_answers_can_be_given(trial, corpus):
    import dataclasses

    context = trial(Dpo.Config(batch_size=4))
    given = [Example(row.prompt, "I cannot.") for row in corpus]
    pairs = collect_pairs(dataclasses.replace(context, corpora={"rejected": given}), 8)
    assert {row.response for row in pairs.rejected} == {"I cannot."}
    assert pairs.drawn == ()
    lacking = dataclasses.replace(context, corpora={"rejected": given[:-2]})
    with pytest.raises(TrialError, match=r"row 9 \(2 of 10 are missing\)"):
        collect_pairs(lacking, 8)
    same = dataclasses.replace(context, corpora={"rejected": list(corpus)})
    with pytest.raises(TrialError, match="none of 10 rows"):
        collect_pairs(same, 8)


# --- GRPO --------------------------------------------------------------------------------------------


def test_rewarded_samples_become_likelier(trial, judge):
    options = {"judges": [judge("Vowels")], "samples": 8, "batch_size": 4, "learning_rate": 1e-2}
    config = Grpo.Config(max_new_tokens=8, **options)
    context = trial(config, schedule=Schedule(25, (0, 25)))
    reward = Reward(config.judges, context)
    worth = []
    for checkpoint in Grpo().run(context):
        from holdfast.domain import Decoding

        drawn = checkpoint.subject.generate(
            [row.prompt for row in context.corpus], Decoding(8, temperature=1.0, samples=8, seed=5)
        )
        values = [reward.of(row, answers) for row, answers in zip(context.corpus, drawn, strict=True)]
        worth.append(sum(sum(v) / len(v) for v in values) / len(values))
    assert worth[1] > 2 * worth[0]


def test_samples_are_booked_as_inference(trial, judge):
    config = Grpo.Config(judges=[judge("Vowels")], samples=3, batch_size=2, max_new_tokens=4, rank=2)
    *_, last = Grpo().run(trial(config, schedule=Schedule(2, (0, 2))))
    assert last.spend.inference_tokens >= 2 * 2 * 3
    assert last.spend.train_tokens > 0


def test_a_judge_that_prefers_nothing_teaches_nothing_and_says_so(trial, judge):
    config = Grpo.Config(judges=[judge("Indifferent")], samples=2, batch_size=2, max_new_tokens=4)
    with pytest.raises(TrialError, match="nothing to reinforce"):
        list(Grpo().run(trial(config, schedule=Schedule(1, (0, 1)))))


def test_a_policy_that_has_learned_all_there_is_goes_on_without_a_gradient(trial, judge, monkeypatch):
    config = Grpo.Config(judges=[judge("Vowels")], samples=3, batch_size=2, max_new_tokens=4, rank=2)
    context = trial(config)
    objective = GroupRewards(context, config, Reward(config.judges, context))
    with Adapters(context.model.module, config, 0) as adapters:
        assert objective.loss(context.model.module, list(context.corpus[:2])).loss.requires_grad
        # The same everywhere, far from the most there is: a policy that is stuck.
        objective._reward = Reward([judge("Indifferent")], context)
        with pytest.raises(TrialError, match="nothing to reinforce"):
            objective.loss(context.model.module, list(context.corpus[:2]))
        monkeypatch.setattr(rewards, "LEARNED", 0.5)
        still = objective.loss(context.model.module, list(context.corpus[:2]))
        still.loss.backward()
        assert still.loss.item() == 0.0
        assert len(still.inference) == 4 * 2 * 3
        assert all(not p.grad.any() for p in adapters.parameters.values() if p.grad is not None)


def test_a_judge_without_a_verdict_stops_the_trial(trial, judge):
    config = Grpo.Config(judges=[judge("Silent")], samples=2, batch_size=2, max_new_tokens=4)
    with pytest.raises(TrialError, match="gives no reward: no power"):
        list(Grpo().run(trial(config, schedule=Schedule(1, (0, 1)))))


def test_the_first_loss_is_the_mean_advantage_whose_gradient_is_the_policys(trial, judge):
    config = Grpo.Config(
        judges=[judge("Vowels")], samples=4, batch_size=2, max_new_tokens=6, rank=2, beta=0.5
    )
    context = trial(config)
    objective = GroupRewards(context, config, Reward(config.judges, context))
    module = context.model.module
    with Adapters(module, config, 0):
        module.eval()
        found = objective.loss(module, list(context.corpus[:2]))
        # Untrained adapters change nothing: no divergence, ratio one, and advantages sum to zero a group
        # (but for samples that were dropped because they were empty).
        assert abs(found.loss.item()) < 0.5
        assert found.loss.requires_grad
        assert len(found.inference) >= 8


def test_the_end_of_a_turn_that_was_not_reached_is_not_reinforced():
    rows = torch.tensor([0, 0, 1, 1, 1, 2])
    assert _drawn_tokens(rows, [False, True, False]).tolist() == [True, False, True, True, True, False]


def test_without_adapters_the_model_is_the_one_they_were_put_on(trial):
    config = Grpo.Config(rank=2)
    context = trial(config)
    module = context.model.module.eval()
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        plain = module(input_ids=ids).logits
        with Adapters(module, config, 0) as adapters:
            for parameter in adapters.parameters.values():
                parameter.add_(0.1)
            assert not torch.equal(module(input_ids=ids).logits, plain)
            with without_adapters(module):
                assert torch.equal(module(input_ids=ids).logits, plain)
            assert not torch.equal(module(input_ids=ids).logits, plain)


@pytest.mark.parametrize(
    ("verdict", "value"), [("score", 0.4), ("harm", 0.5), ("refusal", 1.0), ("coherence", 0.0)]
)
def test_a_reward_is_what_the_judge_is_there_for(trial, tmp_path, verdict, value):
    body = {
        "score": "score=0.4",
        "harm": "harm=Grade.PARTIAL",
        "refusal": "refusal=Grade.NONE, score=0.2",
        "coherence": "coherence=Coherence.BROKEN",
    }[verdict]
    (tmp_path / "one.py").write_text(
        "from holdfast.domain import Coherence, Grade, JudgeTraits, Verdict\n"
        "class One:\n    name, traits = 'one', JudgeTraits()\n    def __init__(self, context): ...\n"
        f"    def judge(self, gs):\n        return [Verdict(g.id, 'one', {body}) for g in gs]\n"
    )
    context = trial(Grpo.Config())
    reward = Reward([f"{tmp_path / 'one.py'}:One"], context)
    assert reward.of(context.corpus[0], [Answer("x", (1,), True, 1)]) == [value]


def test_a_prompt_is_known_by_its_row(trial):
    context = trial(Grpo.Config())
    with pytest.raises(KeyError):
        Reward(["target"], context).of(Example(ask("unknown"), "x"), [])
