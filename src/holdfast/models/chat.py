"""The one place where conversations become token ids: for training, generation and scoring alike.

A prompt is the template's text with its generation prompt; an answer is tokenised apart from it, so that
the boundary between them falls at the same place whoever asks. Rendering never depends on the day it runs,
and never adds special tokens on top of those that the template writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from holdfast.domain import Conversation, Example, Message, ModelError, ask

FALLBACK_TEMPLATE = (
    "{% if tokenizer_adds_bos %}{{ bos_token }}{% endif %}"
    "{% for message in messages %}"
    "{{ message['role'] | capitalize + ':\\n' + message['content'] | trim }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token or '' }}{% endif %}{{ '\\n\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:\\n' }}{% endif %}"
)
"""What a model without a chat template is asked with: `User:`, the text, `Assistant:`, the answer, EOS."""

# Templates that print today's date would render another prompt tomorrow: they get the day that Llama 3's
# own template falls back on. A macro, because transformers hands no callables to templates.
_FIXED_DAY = (
    "{%- macro strftime_now(format) -%}{{ format | replace('%d', '26') | replace('%b', 'Jul')"
    " | replace('%B', 'July') | replace('%m', '07') | replace('%Y', '2024') | replace('%y', '24')"
    " | replace('%A', 'Friday') | replace('%a', 'Fri') | replace('%H', '00') | replace('%M', '00')"
    " | replace('%S', '00') }}{%- endmacro -%}"
)
_WORD = "Sentinel7391"


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """How one tokenizer's template writes a conversation, found by probing it.

    Attributes:
        template: The template in force: the tokenizer's own, or `FALLBACK_TEMPLATE`.
        tokenizer_adds_bos: Whether the tokenizer puts a BOS before plain text.
        folds_system: Whether the template refuses or drops a system turn, which is then put before the
            first user turn's text.
        turn_end: Ids written after an answer, up to and including the token that ends the turn.
        stop: The token that ends a turn; None if there is none, so that answers run to their length limit.
        notes: What a reader of the results should know of this rendering.
    """

    template: str
    tokenizer_adds_bos: bool
    folds_system: bool
    turn_end: tuple[int, ...]
    stop: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenderedExample:
    """A conversation and its answer as token ids.

    Attributes:
        token_ids: Prompt, answer, end of turn.
        answer_start: Index of the answer's first token: the length of the rendered prompt.
        answer_end: Index after the answer's last token, where the end of the turn starts.
    """

    token_ids: tuple[int, ...]
    answer_start: int
    answer_end: int


_formats: WeakKeyDictionary[Any, tuple[str, ChatFormat]] = WeakKeyDictionary()


def template_in_force(tokenizer: Any) -> str:
    """Return the chat template that conversations are rendered with.

    Raises:
        ModelError: If the tokenizer has several templates and none is called `default`.
    """
    if not tokenizer.chat_template:
        return FALLBACK_TEMPLATE
    try:
        return str(tokenizer.get_chat_template())
    except ValueError as error:
        raise ModelError(
            f"no default among the chat templates of {tokenizer.name_or_path!r}: {error}",
            next_step="save the one to use as chat_template.jinja",
        ) from error


def chat_format(tokenizer: Any) -> ChatFormat:
    """Return how a tokenizer's template writes conversations; probed once for each template.

    Raises:
        ModelError: If the template fails on a plain question, or does not write what was asked or answered.
    """
    template = template_in_force(tokenizer)
    known = _formats.get(tokenizer)
    if known is None or known[0] != template:
        known = (template, _probe(tokenizer, template))
        _formats[tokenizer] = known
    return known[1]


def render_prompt(tokenizer: Any, messages: Conversation) -> tuple[int, ...]:
    """Return the token ids that a model is asked with, the template's generation prompt included.

    Args:
        tokenizer: The model's tokenizer.
        messages: Turns in order. The last is the user's; or the assistant's, which is then the start of the
            answer to be continued (a prefilled answer), written as given and left open.

    Raises:
        ModelError: If there is no turn, the template refuses the conversation, or two BOS open it.
    """
    prefilled = bool(messages) and messages[-1].role == "assistant"
    asked = messages[:-1] if prefilled else messages
    if not asked or asked[-1].role != "user":
        roles = ", ".join(turn.role for turn in messages) or "none"
        raise ModelError(
            f"a prompt needs a user's turn last (or before a prefilled answer); its turns are: {roles}",
            next_step="end the messages of that row with the user's turn",
        )
    form = chat_format(tokenizer)
    ids = _ids(tokenizer, _text(tokenizer, form, asked, generation_prompt=True))
    bos = tokenizer.bos_token_id
    if bos is not None and ids[:2] == (bos, bos):
        raise ModelError(
            f"the rendered prompt starts with two BOS tokens ({tokenizer.bos_token!r})",
            next_step="remove bos_token from the chat template, or from the text of the first turn",
        )
    return ids + _ids(tokenizer, messages[-1].content) if prefilled else ids


def render_prompts(tokenizer: Any, prompts: Sequence[Conversation]) -> list[tuple[int, ...]]:
    """Return `render_prompt` of each prompt, in order.

    Raises:
        ModelError: As `render_prompt`, naming the prompt's index.
    """
    rendered: dict[Conversation, tuple[int, ...]] = {}
    for index, messages in enumerate(prompts):
        if messages not in rendered:
            try:
                rendered[messages] = render_prompt(tokenizer, messages)
            except ModelError as error:
                raise ModelError(f"prompt {index}: {error.args[0]}", next_step=error.next_step) from error
    return [rendered[messages] for messages in prompts]


def render_example(tokenizer: Any, example: Example) -> RenderedExample:
    """Return a prompt with the answer to be trained on or scored.

    The answer is what the template makes of it (many strip it), followed by what the template writes after
    an answer, up to the token that ends the turn; where the template writes no such token, the tokenizer's
    EOS is added.

    Raises:
        ModelError: As `render_prompt`.
    """
    prompt = render_prompt(tokenizer, example.prompt)
    answer = _ids(tokenizer, _as_written(tokenizer, example.prompt, example.response))
    end = chat_format(tokenizer).turn_end
    start = len(prompt)
    return RenderedExample(prompt + answer + end, answer_start=start, answer_end=start + len(answer))


def end_of_turn_ids(tokenizer: Any, model: Any = None) -> frozenset[int]:
    """Return the ids at which an answer ends.

    Args:
        tokenizer: The model's tokenizer.
        model: The model (or a PEFT wrapper), for its generation configuration; None without.

    Returns:
        The EOS of the generation configuration, the tokenizer's EOS, and the special token that the template
        writes right after an answer. Empty if there is none of them.
    """
    found: set[int | None] = {tokenizer.eos_token_id, chat_format(tokenizer).stop}
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    found.update(configured if isinstance(configured, list | tuple) else [configured])
    return frozenset(int(token) for token in found if token is not None)


def _probe(tokenizer: Any, template: str) -> ChatFormat:
    plain = ChatFormat(template, _adds_bos(tokenizer), False, (), None, ())
    question = ask(f"{_WORD}1")
    if f"{_WORD}1" not in _text(tokenizer, plain, question, generation_prompt=True):
        raise ModelError(
            f"the chat template of {tokenizer.name_or_path!r} does not write what the user says",
            next_step="look at chat_template.jinja: plain strings as message contents must work",
        )
    turns = (*question, Message("assistant", f"{_WORD}2"))
    _, found, after = _text(tokenizer, plain, turns, generation_prompt=False).rpartition(f"{_WORD}2")
    if not found:
        raise ModelError(f"the chat template of {tokenizer.name_or_path!r} does not write what was answered")
    folds = _folds_system(tokenizer, plain, question)
    end, stop = _turn_end(tokenizer, after)
    notes = _notes(tokenizer, plain, folds, stop)
    return ChatFormat(template, plain.tokenizer_adds_bos, folds, end, stop, notes)


def _adds_bos(tokenizer: Any) -> bool:
    bos = tokenizer.bos_token_id
    return bos is not None and tokenizer.encode("a", add_special_tokens=True)[:1] == [bos]


def _folds_system(tokenizer: Any, plain: ChatFormat, question: Conversation) -> bool:
    try:
        text = _text(tokenizer, plain, (Message("system", f"{_WORD}0"), *question), generation_prompt=True)
    except ModelError:
        return True
    return f"{_WORD}0" not in text


def _turn_end(tokenizer: Any, after: str) -> tuple[tuple[int, ...], int | None]:
    ids = _ids(tokenizer, after)
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    for index, token in enumerate(ids):
        if token in special:
            return ids[: index + 1], token
    if tokenizer.eos_token_id is not None:
        return (*ids, tokenizer.eos_token_id), tokenizer.eos_token_id
    return ids, None


def _notes(tokenizer: Any, plain: ChatFormat, folds: bool, stop: int | None) -> tuple[str, ...]:
    notes = []
    if plain.template == FALLBACK_TEMPLATE:
        notes.append("no chat template: asked as plain `User:` / `Assistant:` text")
    if folds:
        notes.append("the chat template takes no system turn: it is put before the first user turn")
    if "enable_thinking" in plain.template:
        notes.append("thinking is switched off through the chat template's enable_thinking")
    if _dated(plain.template):
        notes.append("the chat template writes the date: it is fixed at 26 July 2024")
    first = _ids(tokenizer, _text(tokenizer, plain, ask(_WORD), generation_prompt=True))[:1]
    if plain.tokenizer_adds_bos and first != (tokenizer.bos_token_id,):
        notes.append("the chat template writes no BOS although the tokenizer adds one to plain text")
    if stop is None:
        notes.append("nothing ends a turn: answers run to their length limit")
    return tuple(notes)


def _text(tokenizer: Any, form: ChatFormat, messages: Conversation, *, generation_prompt: bool) -> str:
    import jinja2

    turns = _fold(messages) if form.folds_system else messages
    try:
        text = tokenizer.apply_chat_template(
            [{"role": turn.role, "content": turn.content} for turn in turns],
            chat_template=_FIXED_DAY + form.template if _dated(form.template) else form.template,
            tokenize=False,
            add_generation_prompt=generation_prompt,
            enable_thinking=False,
            tokenizer_adds_bos=form.tokenizer_adds_bos,
        )
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        roles = ", ".join(turn.role for turn in messages)
        raise ModelError(
            f"the chat template of {tokenizer.name_or_path!r} refuses a conversation of {roles}: {error}",
            next_step="give the turns that the template expects, or mend chat_template.jinja",
        ) from error
    return str(text)


def _dated(template: str) -> bool:
    return "strftime_now" in template


def _fold(messages: Conversation) -> Conversation:
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return messages
    first = Message("user", f"{messages[0].content}\n\n{messages[1].content}")
    return (first, *messages[2:])


def _as_written(tokenizer: Any, prompt: Conversation, answer: str) -> str:
    if answer == answer.strip() or prompt[-1].role == "assistant":
        return answer
    form = chat_format(tokenizer)

    def written(content: str) -> str:
        turns = (*prompt, Message("assistant", content))
        return _text(tokenizer, form, turns, generation_prompt=False)

    before, _, after = written(_WORD).rpartition(_WORD)
    whole = written(answer)
    if whole.startswith(before) and whole.endswith(after) and len(whole) >= len(before) + len(after):
        return whole[len(before) : len(whole) - len(after)]
    return answer


def _ids(tokenizer: Any, text: str) -> tuple[int, ...]:
    if not text:
        return ()
    return tuple(tokenizer.encode(text, add_special_tokens=False))
