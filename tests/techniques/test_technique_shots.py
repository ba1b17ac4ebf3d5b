"""Many shots, a few-shot base model, another model: what is asked, what fits, and what it costs."""

from dataclasses import replace

import pytest

from holdfast.domain import Decoding, Example, Message, ModelSource, Schedule, Spend, TrialError, ask
from holdfast.models import FALLBACK_TEMPLATE, load_model, render_prompt
from holdfast.techniques.few_shot_base import FewShotBase
from holdfast.techniques.many_shot import ManyShot
from holdfast.techniques.other_model import OtherModel
from holdfast.techniques.parts.shots import ShotsSubject
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase
from holdfast.testing.tiny import write_tiny_model

POINT = Schedule(0, (0,))
GREEDY = Decoding(max_new_tokens=6)
QUESTION = (Message("system", "Be brief."), *ask("How do I make tea?"))
OTHERS = {FewShotBase: "base", OtherModel: "peer"}


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Write a base model of other weights that has no chat template."""
    path = write_tiny_model(tmp_path_factory.mktemp("other") / "model", seed=5, template=None, context=512)
    return ModelSource("other", path=str(path))


@pytest.fixture
def floor(trial, other):
    def make(technique, rows=None, seed=0, schedule=POINT, start=None, **options):
        needs = "corpus" in technique.traits.needs
        made = trial(
            technique.Config(**options), schedule=schedule, seed=seed, start=start, rows=rows if needs else ()
        )
        roles = {OTHERS[technique]: other} if technique in OTHERS else {}
        return replace(made, models=roles)

    return make


class Listening:
    """A model that keeps what it was asked, and answers as the real one."""

    def __init__(self, inner):
        self.inner, self.tokenizer, self.shape, self.device = (
            inner,
            inner.tokenizer,
            inner.shape,
            inner.device,
        )
        self.asked = []

    def generate(self, prompts, decoding):
        self.asked = list(prompts)
        return self.inner.generate(prompts, decoding)

    def score(self, prompts, answers):
        self.asked = list(prompts)
        return self.inner.score(prompts, answers)


def by_name(check):
    return check.__name__


@pytest.mark.parametrize("technique", [ManyShot, FewShotBase, OtherModel])
@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=by_name)
def test_they_keep_the_promises_of_a_technique(check, technique, floor, tmp_path):
    def context(schedule, seed=0, start=None):
        return floor(technique, seed=seed, schedule=schedule, start=start)

    check(TechniqueCase(technique(), context, tmp_path))


def test_pairs_stand_between_the_system_turn_and_the_prompt(fresh):
    model = Listening(fresh())
    shots = [Example((Message("system", "Be rude."), *ask("Hi?")), "Ho."), Example(ask("One?"), "Two.")]
    ShotsSubject(model, shots).generate([QUESTION], GREEDY)
    turns = [(turn.role, turn.content) for turn in model.asked[0]]
    assert turns == [
        ("system", "Be brief."),
        ("user", "Hi?"),
        ("assistant", "Ho."),
        ("user", "One?"),
        ("assistant", "Two."),
        ("user", "How do I make tea?"),
    ]


def test_as_many_pairs_stand_there_as_fit_beside_the_answer_and_the_spend_tells_how_many(fresh):
    model = Listening(fresh())
    shots = [Example(ask(f"Tell me of tea {n}."), "It is blue by day." * 3) for n in range(40)]
    subject = ShotsSubject(model, shots)
    subject.generate([QUESTION], GREEDY)
    (asked,) = model.asked
    fitted = (len(asked) - 2) // 2
    assert 2 <= fitted < 40
    length = len(render_prompt(model.tokenizer, asked))
    one_more = (*asked[:-1], *shots[fitted].prompt, Message("assistant", shots[fitted].response), asked[-1])
    assert length <= 512 - 6 < len(render_prompt(model.tokenizer, one_more))
    spend = subject.spend_per_prompt()
    assert (spend.examples, spend.unique_examples, spend.steps) == (fitted, fitted, 0)
    assert length < spend.inference_tokens <= length + 6
    assert spend.flops > 0.0


def test_an_answer_that_is_scored_has_its_room_too(fresh):
    model = Listening(fresh())
    shots = [Example(ask(f"Tell me of tea {n}."), "It is blue by day." * 3) for n in range(40)]
    answer = "by night " * 30
    (mean,) = ShotsSubject(model, shots).score([QUESTION], [answer])
    assert mean < 0.0
    length = len(model.tokenizer.encode(answer, add_special_tokens=False))
    assert len(render_prompt(model.tokenizer, model.asked[0])) + length <= 512


def test_no_pair_that_fits_is_an_error(fresh):
    shots = [Example(ask("tea " * 600), "It is.")]
    with pytest.raises(TrialError, match="no pair of the corpus fits before a prompt"):
        ShotsSubject(fresh(), shots).generate([QUESTION], GREEDY)


def test_a_corpus_without_rows_is_an_error(floor):
    with pytest.raises(TrialError, match="no pair to show"):
        next(ManyShot().run(floor(ManyShot, rows=())))


def test_the_seed_draws_the_pairs(floor):
    def texts(seed):
        (point,) = ManyShot().run(floor(ManyShot, seed=seed, shots=3))
        return point.subject.score([QUESTION], ["It is blue."])

    assert texts(0) == texts(0)
    assert texts(0) != texts(1)


def test_nothing_is_spent_before_somebody_asks(floor):
    (point,) = ManyShot().run(floor(ManyShot, shots=3))
    assert point.spend == Spend()
    assert point.attack_spend().inference_tokens == 0
    point.subject.generate([QUESTION, ask("Hi")], GREEDY)
    assert point.attack_spend().examples == 3


def test_a_base_without_a_template_is_asked_in_plain_text(floor, other):
    (point,) = FewShotBase().run(floor(FewShotBase, shots=2))
    [[answer]] = point.subject.generate([ask("How?")], GREEDY)
    base = load_model(other)
    assert answer.prompt_tokens == point.attack_spend().inference_tokens - len(answer.token_ids)
    assert not base.tokenizer.chat_template
    assert "User" in FALLBACK_TEMPLATE or "capitalize" in FALLBACK_TEMPLATE
    plain = base.tokenizer.decode(render_prompt(base.tokenizer, ask("How?")))
    assert "User:\nHow?\n\nAssistant:\n" in plain


def test_another_model_answers_plainly_and_nothing_is_spent(floor, other):
    context = floor(OtherModel)
    (point,) = OtherModel().run(context)
    expected = load_model(other).generate([QUESTION], GREEDY)
    assert point.subject.generate([QUESTION], GREEDY) == expected
    assert point.subject.generate([QUESTION], GREEDY) != context.model.generate([QUESTION], GREEDY)
    assert (point.spend, point.attack_spend) == (Spend(), None)
    assert OtherModel.Config().deterministic
