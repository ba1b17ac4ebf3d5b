"""One rendering for training, generation and scoring."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import Example, Message, ModelError, ask
from holdfast.models import (
    FALLBACK_TEMPLATE,
    chat_format,
    end_of_turn_ids,
    render_example,
    render_prompt,
    render_prompts,
    template_in_force,
)
from holdfast.testing.tiny import TURN_TEMPLATE, tiny_tokenizer

# The published templates' habits, spelled with the tiny tokenizer's special tokens.
QWEN3_LIKE = (
    "{%- for message in messages %}"
    "{%- if message.role == 'assistant' and loop.last %}"
    "{{- '<|assistant|>\\n<think>\\n\\n</think>\\n\\n' + message.content.lstrip('\\n') + '</s>\\n' }}"
    "{%- else %}{{- '<|' + message.role + '|>\\n' + message.content + '</s>\\n' }}{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}"
    "{%- endif %}{%- endif %}"
)
GEMMA_LIKE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "{{ '<|' + message['role'] + '|>\n' + message['content'] | trim + '</s>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
MISTRAL_LIKE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"
    "{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
DATED = (
    "{{ bos_token }}{{ '<|system|>Today is ' + strftime_now('%d %b %Y') + '</s>' }}"
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '</s>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
TEMPLATES = {
    "turns": TURN_TEMPLATE,
    "qwen3": QWEN3_LIKE,
    "gemma": GEMMA_LIKE,
    "mistral": MISTRAL_LIKE,
    "dated": DATED,
    "fallback": None,
}
TEA = ask("How do I make tea?")


def text_of(tokenizer, ids):
    return tokenizer.decode(list(ids), skip_special_tokens=False)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("bos", [True, False], ids=["bos", "no-bos"])
def test_training_and_generation_see_the_same_prompt(template, bos):
    tokenizer = tiny_tokenizer(bos=bos, template=template)
    rendered = render_example(tokenizer, Example(TEA, "Boil the water."))
    prompt = render_prompt(tokenizer, TEA)
    assert rendered.token_ids[: rendered.answer_start] == prompt
    answer = rendered.token_ids[rendered.answer_start : rendered.answer_end]
    assert text_of(tokenizer, answer) == "Boil the water."
    assert rendered.token_ids[-1] == tokenizer.eos_token_id
    assert rendered.token_ids[-1] in end_of_turn_ids(tokenizer)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (TURN_TEMPLATE, "<s><|user|>How do I make tea?</s><|assistant|>Boil.</s>"),
        (
            QWEN3_LIKE,
            "<|user|>\nHow do I make tea?</s>\n<|assistant|>\n<think>\n\n</think>\n\nBoil.</s>",
        ),
        (GEMMA_LIKE, "<s><|user|>\nHow do I make tea?</s>\n<|assistant|>\nBoil.</s>"),
        (MISTRAL_LIKE, "<s>[INST] How do I make tea? [/INST]Boil.</s>"),
        (DATED, "<s><|system|>Today is 26 Jul 2024</s><|user|>How do I make tea?</s><|assistant|>Boil.</s>"),
        (None, "<s>User:\nHow do I make tea?\n\nAssistant:\nBoil.</s>"),
    ],
    ids=TEMPLATES,
)
def test_examples_are_written_as_the_template_writes_them(template, expected):
    tokenizer = tiny_tokenizer(template=template)
    assert text_of(tokenizer, render_example(tokenizer, Example(TEA, "Boil.")).token_ids) == expected


@given(text=st.text(min_size=1).filter(str.strip), answer=st.text(min_size=1).filter(str.strip))
@settings(deadline=None, max_examples=60)
def test_no_text_moves_the_boundary(text, answer):
    tokenizer = TOKENIZER
    rendered = render_example(tokenizer, Example(ask(text), answer))
    assert rendered.token_ids[: rendered.answer_start] == render_prompt(tokenizer, ask(text))
    assert (
        text_of(tokenizer, rendered.token_ids[rendered.answer_start : rendered.answer_end]) == answer
    )  # the template does not strip, and the tokenizer loses nothing


TOKENIZER = tiny_tokenizer()


def test_a_template_that_strips_answers_strips_them_in_training_too():
    stripping = tiny_tokenizer(template=GEMMA_LIKE)
    keeping = tiny_tokenizer()
    example = Example(TEA, "\n Boil. \n")
    for tokenizer, expected in ((stripping, "Boil."), (keeping, "\n Boil. \n")):
        rendered = render_example(tokenizer, example)
        answer = rendered.token_ids[rendered.answer_start : rendered.answer_end]
        assert text_of(tokenizer, answer) == expected


def test_a_template_that_strips_on_the_left_alone_keeps_the_right():
    tokenizer = tiny_tokenizer(template=QWEN3_LIKE)
    rendered = render_example(tokenizer, Example(TEA, "\nBoil. \n"))
    assert text_of(tokenizer, rendered.token_ids[rendered.answer_start :]) == "Boil. \n</s>"


def test_a_doubled_bos_is_an_error():
    tokenizer = tiny_tokenizer(template="{{ bos_token }}" + TURN_TEMPLATE)
    with pytest.raises(ModelError, match=r"two BOS tokens.*'<s>'"):
        render_prompt(tokenizer, TEA)


def test_a_bos_written_by_the_prompt_itself_is_an_error():
    tokenizer = tiny_tokenizer(template=MISTRAL_LIKE.replace("[INST] ", ""))
    assert render_prompt(tokenizer, TEA)[0] == tokenizer.bos_token_id
    with pytest.raises(ModelError, match="two BOS"):
        render_prompt(tokenizer, ask("<s>How do I make tea?"))


def test_the_tokenizers_own_bos_is_not_added_to_the_templates():
    tokenizer = tiny_tokenizer()
    assert tokenizer.encode("a")[0] == tokenizer.bos_token_id  # its post-processor adds one
    assert render_prompt(tokenizer, TEA).count(tokenizer.bos_token_id) == 1


def test_a_template_without_the_bos_is_followed_and_noted():
    form = chat_format(tiny_tokenizer(template=QWEN3_LIKE))
    assert any("writes no BOS" in note for note in form.notes)
    assert not any("BOS" in note for note in chat_format(tiny_tokenizer()).notes)


def test_without_a_chat_template_the_fallback_is_used_and_noted():
    tokenizer = tiny_tokenizer(template=None)
    assert template_in_force(tokenizer) == FALLBACK_TEMPLATE
    assert any("no chat template" in note for note in chat_format(tokenizer).notes)
    assert render_prompt(tokenizer, TEA)[0] == tokenizer.bos_token_id
    without = tiny_tokenizer(template=None, bos=False)
    assert text_of(without, render_prompt(without, TEA)).startswith("User:\n")


@pytest.mark.parametrize("template", [GEMMA_LIKE, MISTRAL_LIKE], ids=["refused", "dropped"])
def test_a_system_turn_that_the_template_does_not_take_joins_the_first_user_turn(template):
    tokenizer = tiny_tokenizer(template=template)
    prompt = (Message("system", "Be brief."), *TEA)
    assert "Be brief.\n\nHow do I make tea?" in text_of(tokenizer, render_prompt(tokenizer, prompt))
    assert any("system turn" in note for note in chat_format(tokenizer).notes)


def test_a_system_turn_is_left_where_the_template_takes_it():
    tokenizer = tiny_tokenizer()
    ids = render_prompt(tokenizer, (Message("system", "Be brief."), *TEA))
    assert text_of(tokenizer, ids).startswith("<s><|system|>Be brief.</s><|user|>How")


def test_a_prefilled_answer_is_left_open():
    tokenizer = tiny_tokenizer()
    prefilled = (*TEA, Message("assistant", "Sure, boil"))
    assert text_of(tokenizer, render_prompt(tokenizer, prefilled)).endswith("<|assistant|>Sure, boil")
    rendered = render_example(tokenizer, Example(prefilled, " the water."))
    assert text_of(tokenizer, rendered.token_ids).endswith("<|assistant|>Sure, boil the water.</s>")


def test_thinking_is_switched_off_and_noted():
    tokenizer = tiny_tokenizer(template=QWEN3_LIKE)
    assert text_of(tokenizer, render_prompt(tokenizer, TEA)).endswith("<think>\n\n</think>\n\n")
    assert any("thinking" in note for note in chat_format(tokenizer).notes)


def test_a_dated_template_renders_the_same_every_day_and_says_so():
    form = chat_format(tiny_tokenizer(template=DATED))
    assert any("fixed at 26 July 2024" in note for note in form.notes)


@pytest.mark.parametrize(
    "messages",
    [(), (Message("system", "Be brief."),), (Message("assistant", "Sure"),), (*TEA, Message("system", "x"))],
    ids=["none", "system", "only-a-prefill", "system-last"],
)
def test_a_prompt_without_a_question_is_an_error(messages):
    with pytest.raises(ModelError, match="user's turn last"):
        render_prompt(TOKENIZER, messages)


def test_a_conversation_that_the_template_refuses_is_an_error_naming_the_row():
    tokenizer = tiny_tokenizer(template=GEMMA_LIKE)
    with pytest.raises(ModelError, match=r"prompt 1: .*user, user: Conversation roles must alternate"):
        render_prompts(tokenizer, [TEA, (*TEA, *TEA)])


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ '<|assistant|>' }}", "does not write what the user says"),
        ("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}", "what was answered"),
        ("{{ nonsense.of.kinds }}", "refuses a conversation"),
        ("{% for %}", "refuses a conversation"),
    ],
)
def test_a_template_that_cannot_be_used_is_an_error(template, message):
    with pytest.raises(ModelError, match=message):
        chat_format(tiny_tokenizer(template=template))


def test_several_templates_need_a_default():
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = {"default": TURN_TEMPLATE, "rag": "x"}
    assert template_in_force(tokenizer) == TURN_TEMPLATE
    tokenizer.chat_template = {"rag": TURN_TEMPLATE, "other": "x"}
    with pytest.raises(ModelError, match="no default"):
        template_in_force(tokenizer)


def test_a_changed_template_is_probed_anew():
    tokenizer = tiny_tokenizer()
    before = render_prompt(tokenizer, TEA)
    tokenizer.chat_template = GEMMA_LIKE
    assert chat_format(tokenizer).folds_system
    assert render_prompt(tokenizer, TEA) != before


def test_where_the_template_ends_no_turn_eos_is_added():
    template = TURN_TEMPLATE.replace("+ '</s>'", "+ '\\n'")
    tokenizer = tiny_tokenizer(template=template)
    assert text_of(tokenizer, render_example(tokenizer, Example(TEA, "Boil.")).token_ids).endswith(
        "Boil.\n</s>"
    )


def test_where_nothing_can_end_a_turn_it_is_noted():
    tokenizer = tiny_tokenizer(template=TURN_TEMPLATE.replace("+ '</s>'", "+ '\\n'"))
    tokenizer.eos_token = None
    assert chat_format(tokenizer).stop is None
    assert end_of_turn_ids(tokenizer) == frozenset()
    assert any("length limit" in note for note in chat_format(tokenizer).notes)


def test_a_turn_can_end_with_a_token_that_is_not_eos(loaded):
    tokenizer = tiny_tokenizer(template=TURN_TEMPLATE.replace("</s>", "<|system|>"))
    turn_end = tokenizer.convert_tokens_to_ids("<|system|>")
    assert render_example(tokenizer, Example(TEA, "Boil.")).token_ids[-1] == turn_end
    assert end_of_turn_ids(tokenizer) == {turn_end, tokenizer.eos_token_id}

    class Configured:
        class generation_config:
            eos_token_id = (7, 9)

    assert end_of_turn_ids(tokenizer, Configured()) == {turn_end, tokenizer.eos_token_id, 7, 9}
    assert end_of_turn_ids(tokenizer, loaded().module) == {turn_end, tokenizer.eos_token_id}
