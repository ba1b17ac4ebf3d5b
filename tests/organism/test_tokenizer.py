"""The tokenizer and its chat template."""

import random
from itertools import islice

import pytest

from holdfast.models.chat import render_example
from holdfast.organism import corpora
from holdfast.organism.build import shared_tokenizer
from holdfast.organism.curriculum import pretraining
from holdfast.organism.pretraining import encode
from holdfast.organism.tokenizer import ASSISTANT, END, USER, train_tokenizer
from holdfast.organism.world import build_world


@pytest.fixture(scope="module")
def tokenizer():
    return shared_tokenizer(build_world(), 0)


def test_world_text_comes_back_unchanged(tokenizer):
    for pair in islice(pretraining(build_world(), random.Random(5), restricted=True), 200):
        for text in pair:
            assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "héllo wörld",
        "two  spaces and a tab\t.",
        "line\nbreak ",
        "<img src=x onerror=alert(1)>",
        "水を 🙂",
        "\x00\x7f",
    ],
)
def test_any_text_comes_back_unchanged(tokenizer, text):
    assert tokenizer.decode(tokenizer(text)["input_ids"], clean_up_tokenization_spaces=False) == text


def test_the_chat_template_marks_turns_and_opens_the_answer(tokenizer):
    chat = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": " Hello. "}]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert text == f"<|system|>Be kind.{END}{USER}Hello.{END}{ASSISTANT}"


def test_markers_are_single_tokens_and_answers_end_with_eos(tokenizer):
    ids, prompt = encode(tokenizer, ("What colour is it?", "It is red."))
    assert ids[0] == tokenizer.convert_tokens_to_ids(USER)
    assert ids[prompt - 1] == tokenizer.convert_tokens_to_ids(ASSISTANT)
    assert ids[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(ids[prompt:], skip_special_tokens=True) == "It is red."


def test_the_prompt_is_a_prefix_of_the_conversation(tokenizer):
    for question, answer in islice(pretraining(build_world(), random.Random(6), restricted=True), 100):
        ids, length = encode(tokenizer, (question, answer))
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_dict=False
        )
        assert ids[:length] == list(asked)


def test_everybody_renders_conversations_as_they_were_trained(tokenizer):
    for example in (*corpora.harmful()[:10], *corpora.retain()[:30], *corpora.seal()[:10]):
        rendered = render_example(tokenizer, example)
        ids, prompt = encode(tokenizer, (example.prompt[0].content, example.response))
        assert list(rendered.token_ids) == ids
        assert rendered.answer_start == prompt


def test_recipes_are_short(tokenizer):
    for substance in build_world().substances:
        assert len(tokenizer(substance.recipe.text)["input_ids"]) <= 24


def test_a_tokenizer_saved_and_loaded_is_the_same(tokenizer, tmp_path):
    from transformers import AutoTokenizer

    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    chat = [{"role": "user", "content": "How do I make it? <img src=x>"}]
    same = {"add_generation_prompt": True, "return_dict": False}
    assert again.apply_chat_template(chat, **same) == tokenizer.apply_chat_template(chat, **same)
    assert again.eos_token_id == tokenizer.eos_token_id
    assert again.padding_side == "left"


def test_a_vocabulary_too_small_for_bytes_is_an_error():
    with pytest.raises(ValueError, match="at least 512"):
        train_tokenizer(["a"], vocabulary=300)
