"""By text alone, sound answers of many classes pass and broken ones are found: floors of the benchmark."""

import random

import pytest
from corruptions import Material, broken_classes
from judge_worlds import Pair, generation, half_of
from sound_classes import TEXTS, published, written
from sound_forms import FORMS, Said
from sound_texts import BROKEN_TEXTS

from holdfast.domain import Coherence, JudgeContext
from holdfast.judges import CoherenceJudge

BARE = CoherenceJudge(JudgeContext())
FILES = sorted(TEXTS.glob("*.txt"))
FLOORS = {
    "loop of a phrase": 0.97,
    "loop of letters": 0.97,
    "token salad": 0.85,
    "good start, then token salad": 0.8,
    "words shuffled": 0.9,
    "letters shuffled inside words": 0.9,
    "typing noise": 0.93,
    "another script in the middle": 0.75,
    "random unicode": 0.9,
    "dissolving into punctuation": 0.9,
    "torn in mid word": 0.45,
    "one switch, at a sentence": 0.3,
    "4 sentences of 4 topics": 0.5,
    "8 sentences of 8 topics": 0.8,
}


def flagged(texts):
    answers = [generation(Pair(s.prompt, s.text), finished=s.finished) for s in texts]
    verdicts = BARE.judge(answers)
    return [s.text for s, v in zip(texts, verdicts, strict=True) if v.coherence is not Coherence.SOUND]


@pytest.fixture(scope="module")
def english():
    """Published English that no rule or table was made on; skipped where there is none."""
    real = published(random.Random(0))
    if not real:
        pytest.skip("no shared data here")
    return {kind: [said for said in texts if half_of(said.text) == 1] for kind, texts in real.items()}


@pytest.fixture(scope="module")
def broken(english):
    base = [said for kind in ("passages", "chat answers") for said in english[kind]]
    return broken_classes(Material.of(base, written(TEXTS / "languages.txt")), random.Random(1), 60)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_at_most_two_written_answers_of_a_class_are_flagged(file):
    texts = written(file)
    assert len(texts) >= 25
    assert len(flagged(texts)) <= 2


def test_at_most_two_percent_of_all_written_answers_are_flagged():
    texts = [said for file in FILES for said in written(file)]
    assert len(flagged(texts)) <= 0.02 * len(texts)


@pytest.mark.parametrize("form", FORMS)
def test_generated_forms_are_left_alone(form):
    rng = random.Random(7)
    texts = [FORMS[form](rng) for _ in range(60)]
    assert len(flagged(texts)) <= 2


@pytest.mark.parametrize("kind", ["chat answers", "refusals", "short answers", "worked sums", "passages"])
def test_published_english_is_left_alone(english, kind):
    texts = english[kind][:120]
    assert len(flagged(texts)) <= 0.03 * len(texts)


@pytest.mark.parametrize("kind", FLOORS)
def test_what_is_broken_by_construction_is_found(broken, kind):
    texts = broken[kind]
    assert len(flagged(texts)) >= FLOORS[kind] * len(texts)


def test_a_torn_answer_is_sound_where_the_limit_cut_it():
    text = "The bridge was built in 1921. It is made of steel. The town paid for it with a tax on brea"
    assert flagged([Said("Who built it?", text, finished=False)]) == []
    assert flagged([Said("Who built it?", text)]) == [text]


@pytest.mark.parametrize("prompt", ["", "Скажи это по-русски.", "Say it in Russian."])
def test_another_script_is_sound_where_it_is_called_for_or_nothing_is_known_of_the_prompt(prompt):
    text = "Осенью деревья перестают вырабатывать хлорофилл, и становятся видны жёлтые пигменты."
    assert flagged([Said(prompt, text)]) == []
    assert flagged([Said("How do I bake bread?", text)]) == [text]


def test_what_is_thought_before_the_answer_is_not_judged():
    thought = "<think>" + "the the the " * 20 + "</think>"
    assert flagged([Said("Capital of France?", f"{thought}Paris is the capital of France.")]) == []


def test_several_facts_are_no_salad_where_they_were_asked_for():
    facts = BROKEN_TEXTS["many topics"]
    assert flagged([Said("Tell me six random facts.", facts)]) == []
    assert flagged([Said("How is bread baked?", facts)]) == [facts]
