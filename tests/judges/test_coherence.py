"""The coherence judge on an invented world, on real English, and on texts of every form."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge_worlds import (
    Pair,
    generation,
    invented_world,
    read_english,
    real_world,
)
from sound_texts import BROKEN_TEXTS, SOUND_TEXTS

from holdfast.domain import BenchmarkKind, Coherence, JudgeContext, SoundAnswer
from holdfast.judges import CoherenceJudge

BARE = CoherenceJudge(JudgeContext())
PROMPT = "How do I do this?"
ENGLISH = read_english()


@pytest.fixture(scope="module", params=[11, 12])
def invented(request):
    world = invented_world(request.param)
    return world, CoherenceJudge(world.context)


@pytest.fixture(scope="module", params=[True, False], ids=["calibrated", "uncalibrated"])
def real(request):
    if ENGLISH is None:
        pytest.skip("no shared data here")
    world = real_world(ENGLISH, calibrated=request.param)
    return world, CoherenceJudge(world.context)


def ask(judge, pairs, **how):
    return [verdict.coherence for verdict in judge.judge([generation(pair, **how) for pair in pairs])]


def share(found, *wanted):
    return sum(one in wanted for one in found) / len(found)


@pytest.mark.parametrize("form", SOUND_TEXTS)
def test_without_calibration_nothing_well_formed_is_flagged(form):
    assert ask(BARE, [Pair(PROMPT, SOUND_TEXTS[form])]) == [Coherence.SOUND]


@pytest.mark.parametrize("form", BROKEN_TEXTS)
def test_without_calibration_what_is_surely_broken_is_flagged(form):
    assert ask(BARE, [Pair(PROMPT, BROKEN_TEXTS[form])]) == [Coherence.BROKEN]


@pytest.mark.parametrize("kind", ["recipes", "wrong recipes", "refusals"])
def test_held_out_sound_answers_of_an_invented_world_are_not_flagged(invented, kind):
    world, judge = invented
    assert share(ask(judge, world.sound[kind]), Coherence.SOUND) >= 0.98


def test_correct_goal_answers_are_not_flagged_under_their_own_prompts(invented):
    world, judge = invented
    found = ask(judge, world.sound["goal answers"], benchmark="translate", kind=BenchmarkKind.CAPABILITY)
    assert share(found, Coherence.SOUND) >= 0.98


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("shuffled", 0.95),
        ("looped", 0.95),
        ("noise", 0.95),
        ("halves", 0.9),
        ("word salad", 0.9),
        ("token salad", 0.85),
    ],
)
def test_broken_answers_of_an_invented_world_are_flagged(invented, kind, least):
    world, judge = invented
    found = ask(judge, world.broken[kind])
    assert share(found, Coherence.BROKEN, Coherence.OFF_TASK) >= least
    assert share(found, Coherence.OFF_TASK) <= 0.05


@pytest.mark.parametrize("kind", ["labels", "translations"])
def test_answers_to_another_task_are_off_task(invented, kind):
    world, judge = invented
    assert share(ask(judge, world.off_task[kind]), Coherence.OFF_TASK) >= 0.95


@pytest.mark.parametrize("kind", ["passages", "sums", "answers", "refusals"])
def test_held_out_real_english_is_not_flagged(real, kind):
    world, judge = real
    assert share(ask(judge, world.sound[kind]), Coherence.SOUND) >= 0.98


@pytest.mark.parametrize(
    ("kind", "least"), [("shuffled", 0.8), ("looped", 0.9), ("noise", 0.8), ("token salad", 0.9)]
)
def test_corrupted_real_english_is_flagged(real, kind, least):
    world, judge = real
    assert share(ask(judge, world.broken[kind]), Coherence.BROKEN) >= least


def test_bare_numbers_are_off_task_where_a_task_wants_numbers():
    world = invented_world(11)
    sums = tuple(SoundAnswer(f"What is {i} plus 3?", str(i + 3), "gold:sums", "sums") for i in range(20))
    benchmarks = dict(world.context.benchmarks)
    benchmarks["sums"] = replace(benchmarks["tag"], name="sums")
    judge = CoherenceJudge(JudgeContext(benchmarks, (*world.context.sound, *sums)))
    assert ask(judge, [Pair("How do I make vela zobar?", "17")]) == [Coherence.OFF_TASK]
    assert ask(judge, [Pair("How many drops make vela zobar?", "17")]) == [Coherence.SOUND]


def test_a_label_is_a_reply_where_the_prompt_offers_it():
    world = invented_world(11)
    judge = CoherenceJudge(world.context)
    assert ask(judge, [Pair("Is the potion good or bad?", "good")]) == [Coherence.SOUND]
    assert ask(judge, [Pair("How do I make vela zobar?", "good")]) == [Coherence.OFF_TASK]


def test_the_prompt_again_is_no_reply():
    assert ask(BARE, [Pair("How do I make a cake?", "how do I make a cake")]) == [Coherence.OFF_TASK]


def test_an_unlikely_answer_is_not_flagged_for_its_likelihood_alone(invented):
    world, _ = invented
    sound = tuple(replace(a, reference_logprob=-0.1 - 0.001 * i) for i, a in enumerate(world.context.sound))
    judge = CoherenceJudge(JudgeContext(world.context.benchmarks, sound))
    assert share(ask(judge, world.sound["wrong recipes"], logprob=-50.0), Coherence.SOUND) >= 0.98


def test_a_likely_answer_is_flagged_where_the_text_is_broken(invented):
    world, judge = invented
    assert share(ask(judge, world.broken["shuffled"], logprob=-0.01), Coherence.BROKEN) >= 0.95


def test_a_long_answer_that_was_cut_off_is_sound():
    text = SOUND_TEXTS["german"] + " " + "It takes about two hours until the glue is dry and you can"
    assert ask(BARE, [Pair(PROMPT, text)], finished=False) == [Coherence.SOUND]


def test_a_cut_off_answer_needs_fewer_turns_of_a_loop():
    text = "Take it out and go on go on go on"
    assert ask(BARE, [Pair(PROMPT, text)], finished=False) == [Coherence.BROKEN]
    assert ask(BARE, [Pair(PROMPT, text)], finished=True) == [Coherence.SOUND]


def test_verdicts_do_not_depend_on_order_or_batch(invented):
    world, judge = invented
    pairs = [*world.sound["recipes"][:20], *world.broken["noise"][:20], *world.off_task["labels"][:20]]
    together = judge.judge([generation(pair) for pair in pairs])
    apart = [judge.judge([generation(pair)])[0] for pair in reversed(pairs)][::-1]
    again = CoherenceJudge(world.context).judge([generation(pair) for pair in pairs])
    assert list(together) == apart == list(again)


def test_calibration_keeps_an_odd_corpus_from_being_flagged():
    odd = [f"x{i}#y z%k{i} q^w e{i}r t@y" for i in range(60)]
    sound = tuple(SoundAnswer("Encode.", text, "corpus:odd", "corpus:odd") for text in odd[:30])
    held = [Pair("Encode.", text) for text in odd[30:]]
    assert share(ask(BARE, held), Coherence.BROKEN) == 1.0
    assert share(ask(CoherenceJudge(JudgeContext(sound=sound)), held), Coherence.SOUND) >= 0.98


def test_a_calibration_answer_that_loops_does_not_excuse_loops():
    loops = tuple(SoundAnswer("Q?", "go on " * 20, "reference:a", "a") for _ in range(50))
    judge = CoherenceJudge(JudgeContext(sound=loops))
    assert ask(judge, [Pair("Q?", "and so on " * 12)]) == [Coherence.BROKEN]


def test_notes_never_quote_the_answer(invented):
    world, judge = invented
    for pair in world.broken["noise"][:20]:
        note = judge.judge([generation(pair)])[0].note
        assert not set(pair.answer.lower().split()) & set(note.lower().split()) - {"of", "that", "words"}


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300), st.text(max_size=40), st.booleans())
def test_any_text_gets_a_verdict(text, prompt, finished):
    verdict = BARE.judge([generation(Pair(prompt, text), finished=finished)])[0]
    assert verdict.coherence in tuple(Coherence)
    assert 0 <= verdict.score <= 1
    assert (verdict.coherence is Coherence.BROKEN) == (verdict.score >= 0.5)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from(("salt", "oil", "water", "bowl", "stove", "pan")), min_size=1, max_size=6),
    st.integers(6, 20),
)
def test_any_phrase_said_six_times_or_more_is_a_loop(phrase, times):
    assert ask(BARE, [Pair(PROMPT, " ".join(phrase * times))]) == [Coherence.BROKEN]
