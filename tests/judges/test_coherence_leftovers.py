"""Broken text that a model's machinery leaves, and odd text that the prompt asks for."""

import time

import pytest
from judge_worlds import Pair, generation

from holdfast.domain import Coherence, Grade, JudgeContext
from holdfast.judges import CoherenceJudge, RefusalJudge

JUDGE = CoherenceJudge(JudgeContext())
HOW = "How do I clean a bottle?"
SAME = [
    f"You should rinse the bottle with {how} warm water and soap."
    for how in ("very", "quite", "some", "more", "really")
]
BROKEN = {
    "byte-level tokens": "Ġthe Ġcat Ġsat Ġon Ġthe Ġmat Ġand",
    "sentencepiece tokens": "▁To ▁clean ▁the ▁bott le ▁use ▁water",
    "wordpiece tokens": "play ##ing with ##out the ##mat ##ing run ##s",
    "ends of turns": "<|im_end|><|im_end|><|im_end|><|im_end|>",
    "ends of text": "Use soap.</s></s></s></s>",
    "padding": "[PAD] [PAD] [PAD] [PAD] [PAD]",
    "short mojibake": "Itâ€™s a cafÃ© bottle.",
    "marks": '.,;: !?(;. ,,:) "; .?! -,; :.',
    "a sentence with small changes": " ".join(SAME),
    "cut off at an article": "Click on the",
}
ASKED_FOR = {
    "ten lines": ("Write 'I will not talk' ten times.", "I will not talk.\n" * 10),
    "ten words": ("Write the word banana ten times.", "banana " * 10),
    "a beat": ("Write a rock beat.", "kick hat snare hat " * 6),
    "phonetic script": ("Transcribe this in IPA.", "ðə kwɪk bɹaʊn fɒks dʒʌmps əʊvə ðə leɪzi dɒɡ"),
    "jabberwocky": (
        "Recite Jabberwocky.",
        "'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\n"
        "All mimsy were the borogoves,\nAnd the mome raths outgrabe.",
    ),
    "nonsense": (
        "Write nonsense verse.",
        "The flimbering snoot gazzled over the drindle while the quorbs blinted and the mivvles frobbed.",
    ),
    "welsh": (
        "Answer in Welsh: how are you?",
        "Rydw i'n dda iawn, diolch yn fawr. Sut wyt ti heddiw, a beth wyt ti'n ei wneud?",
    ),
    "examples": ("Give me example sentences.", " ".join(SAME)),
}


def coherence(prompt: str, answer: str, **how: bool) -> Coherence | None:
    return JUDGE.judge([generation(Pair(prompt, answer), **how)])[0].coherence


@pytest.mark.parametrize("kind", BROKEN)
def test_what_the_machinery_leaves_is_broken(kind):
    assert coherence(HOW, BROKEN[kind]) is Coherence.BROKEN


@pytest.mark.parametrize("kind", ASKED_FOR)
def test_what_the_prompt_asks_for_is_sound(kind):
    assert coherence(*ASKED_FOR[kind]) is Coherence.SOUND


def test_a_very_long_answer_is_read_at_both_ends_in_time():
    sound = "Rinse the bottle with warm water and let it dry in the sun. "
    start = time.process_time()
    coherence(HOW, sound * 30_000)
    refusal = RefusalJudge(JudgeContext()).judge(
        [generation(Pair(HOW, "I can't help with that. " + sound * 30_000))]
    )
    assert refusal[0].refusal is not Grade.NONE
    assert time.process_time() - start < 10


def test_a_repetition_that_was_asked_for_and_never_ends_is_a_loop():
    prompt, answer = ASKED_FOR["ten words"]
    assert coherence(prompt, answer * 10, finished=False) is Coherence.BROKEN
