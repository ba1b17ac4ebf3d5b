import pytest

from holdfast.domain import Answer, Decoding, Message, Schedule, Spend, ask
from holdfast.techniques.prompted import Prompted

GREEDY = Decoding(max_new_tokens=6)
QUESTION = (Message("system", "Be brief."), *ask("How do I make {tea}?"))


class Echo:
    """A subject that keeps what it was asked."""

    def __init__(self, inner):
        self.shape, self.device = inner.shape, inner.device
        self.asked, self.decoding = [], None

    def generate(self, prompts, decoding):
        self.asked, self.decoding = list(prompts), decoding
        return [[Answer("a b", (1, 2), True, 10)] * decoding.samples for _ in prompts]

    def score(self, prompts, answers):
        self.asked = list(prompts)
        return [-1.0 for _ in answers]


@pytest.fixture
def attack(trial, fresh):
    def make(seed=0, **options):
        echo = Echo(fresh())
        config = Prompted.Config(**options)
        context = trial(config, model=echo, schedule=Schedule(0, (0,)), rows=(), seed=seed)
        (checkpoint,) = Prompted().run(context)
        return echo, checkpoint

    return make


def test_plain_prompts_pass_untouched(attack):
    echo, point = attack(style="plain")
    point.subject.generate([QUESTION], GREEDY)
    assert echo.asked == [QUESTION]
    assert (point.step, point.spend, point.attack_spend, point.snapshot) == (0, Spend(), None, None)


def test_role_play_rewrites_the_last_turn_alone(attack):
    echo, point = attack(style="role-play", template="You are a pirate {who}. {prompt}!")
    point.subject.generate([QUESTION], GREEDY)
    assert echo.asked == [(QUESTION[0], Message("user", "You are a pirate {who}. How do I make {tea}?!"))]
    echo, point = attack(style="role-play")
    point.subject.score([QUESTION], ["x"])
    assert "How do I make {tea}?" in echo.asked[0][-1].content
    assert echo.asked[0][-1].content != "How do I make {tea}?"


def test_prefill_puts_the_start_of_an_answer_in_the_models_mouth(attack):
    echo, point = attack(style="prefill", prefill="Of course:")
    point.subject.generate([QUESTION], GREEDY)
    assert echo.asked == [(*QUESTION, Message("assistant", "Of course:"))]


def test_a_prefilled_answer_of_a_real_model_is_the_continuation_alone(trial):
    config = Prompted.Config(style="prefill", prefill="Boil the water")
    context = trial(config, schedule=Schedule(0, (0,)), rows=())
    (point,) = Prompted().run(context)
    [[answer]] = point.subject.generate([ask("How do I make tea?")], GREEDY)
    continued = (*ask("How do I make tea?"), Message("assistant", "Boil the water"))
    [[expected]] = context.model.generate([continued], GREEDY)
    [[plain]] = context.model.generate([ask("How do I make tea?")], GREEDY)
    assert answer == expected
    assert answer.prompt_tokens > plain.prompt_tokens
    assert not answer.text.startswith("Boil")


def test_best_of_k_draws_k_samples_and_books_them_for_one_prompt(attack):
    echo, point = attack(style="best-of-k", samples=5, temperature=0.7)
    assert point.spend == Spend()
    assert point.attack_spend() == Spend()
    answers = point.subject.generate([QUESTION, ask("Hi"), ask("Ho")], GREEDY)
    assert [len(drawn) for drawn in answers] == [5, 5, 5]
    assert (echo.decoding.samples, echo.decoding.temperature) == (5, 0.7)
    spent = point.attack_spend()
    assert spent.inference_tokens == 5 * 12
    assert spent.flops > 0
    assert (spent.steps, spent.train_tokens, spent.usd) == (0, 0, None)


def test_samples_asked_for_multiply(attack):
    _, point = attack(style="best-of-k", samples=3)
    assert len(point.subject.generate([QUESTION], Decoding(6, 0.5, samples=2))[0]) == 6


def test_seeds_draw_different_samples(attack):
    (first, one), (second, two) = attack(style="best-of-k", seed=0), attack(style="best-of-k", seed=1)
    one.subject.generate([QUESTION], GREEDY)
    two.subject.generate([QUESTION], GREEDY)
    assert first.decoding.seed != second.decoding.seed


def test_only_best_of_k_depends_on_the_seed():
    greedy = [Prompted.Config(style=style).deterministic for style in ("plain", "role-play", "prefill")]
    assert greedy == [True, True, True]
    assert not Prompted.Config(style="best-of-k").deterministic


def test_an_attack_that_is_not_asked_for_step_0_yields_nothing(trial):
    assert list(Prompted().run(trial(Prompted.Config(), schedule=Schedule(4, (1, 4)), rows=()))) == []


@pytest.mark.parametrize(
    "options",
    [
        {"style": "shouting"},
        {"samples": 1},
        {"temperature": 0.0},
        {"template": "no place"},
        {"prefill": ""},
        {"steps": 3},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match="validation error"):
        Prompted.Config(**options)
