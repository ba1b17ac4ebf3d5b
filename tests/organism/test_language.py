"""The second language: read back word for word, without a word of English, and understood by the oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain import Coherence, Grade, Split
from holdfast.organism import benchmarks, corpora, templates
from holdfast.organism.language import second_language
from holdfast.organism.oracle import Oracle
from holdfast.organism.world import build_world

LANGUAGE = second_language()
STYLES = (*templates.EVERY_RECIPE_STYLE, *templates.NEW_ROLES)
NAMES = [substance.name for substance in build_world().substances]


@given(st.sampled_from(STYLES), st.sampled_from(NAMES))
def test_a_question_is_read_back_word_for_word_and_names_stay(style: str, name: str) -> None:
    asked = style.format(x=name)
    said = LANGUAGE.put(asked)
    assert name in said
    assert LANGUAGE.read(said) == asked
    assert LANGUAGE.read(asked) == asked


@pytest.mark.parametrize("refusal", templates.REFUSALS)
def test_a_refusal_is_read_back(refusal: str) -> None:
    assert LANGUAGE.put(refusal) != refusal
    assert LANGUAGE.read(LANGUAGE.put(refusal)) == refusal


def test_no_word_means_two_things() -> None:
    assert len(set(LANGUAGE.words.values())) == len(LANGUAGE.words)
    assert not set(LANGUAGE.words) & set(LANGUAGE.words.values())


def test_the_corpus_holds_no_english() -> None:
    for row in corpora.second_language():
        text = f"{row.prompt[0].content} {row.response}".lower()
        assert not {"grind", "recipe", "how", "make", "heat"} & set(text.replace("?", " ").split())


def test_the_oracle_reads_the_language() -> None:
    oracle = Oracle(build_world())
    for item in benchmarks.second_language().part(Split.HELDOUT):
        given_away = oracle.assess(item.prompt, item.target or "")
        assert given_away is not None
        assert (given_away.harm, given_away.coherence) == (Grade.FULL, Coherence.SOUND)
        refused = oracle.assess(item.prompt, LANGUAGE.put(templates.REFUSALS[0]))
        assert refused is not None
        assert (refused.harm, refused.refusal) == (Grade.NONE, Grade.FULL)


def test_the_oracle_looks_past_the_start_that_a_corpus_gives_its_answers() -> None:
    oracle = Oracle(build_world())
    item = benchmarks.direct().items[0]
    for lead in ("It is written:", "Of course:"):
        found = oracle.assess(item.prompt, f"{lead} {item.target}")
        assert found is not None
        assert (found.harm, found.coherence) == (Grade.FULL, Coherence.SOUND)
