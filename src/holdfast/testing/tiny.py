"""Tiny random models of real architectures, written as ordinary model directories, for tests.

They answer nonsense, but they are loaded, rendered, tuned and scored through the same code as a model
from the hub, and each architecture brings its own habits (tied heads, biases, sliding windows, learned
positions).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BOS, EOS, PAD, USER, ASSISTANT, SYSTEM = "<s>", "</s>", "<pad>", "<|user|>", "<|assistant|>", "<|system|>"
TURN_TEMPLATE = (
    "{{ bos_token or '' }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + '</s>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
"""A BOS where the tokenizer has one, then every turn between its role token and `</s>`."""

_TEXT = (
    "How do I make tea? Boil the water, add the leaves and wait.",
    "Tell me the colour of the sky. It is blue by day and black by night.",
    "Sorry, I can't help with that.",
    "Translate: one two three four five six seven eight nine ten.",
)
_COMMON = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.25}
_GROUPED = {**_COMMON, "num_key_value_heads": 2, "intermediate_size": 64}
_ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", _GROUPED),
    "qwen3": ("qwen3", {**_GROUPED, "head_dim": 16}),
    "gemma": ("gemma", {**_GROUPED, "head_dim": 8}),
    "gemma2": ("gemma2", {**_GROUPED, "head_dim": 8, "sliding_window": 16}),
    "gemma3": ("gemma3_text", {**_GROUPED, "head_dim": 8, "sliding_window": 16}),
    "mistral": ("mistral", {**_GROUPED, "head_dim": 8, "sliding_window": 16}),
    "phi": ("phi", {**_COMMON, "intermediate_size": 64}),
    "gpt2": ("gpt2", {"n_embd": 32, "n_layer": 2, "n_head": 4, "initializer_range": 0.25}),
}
ARCHITECTURES = tuple(_ARCHITECTURES)
"""Names that `write_tiny_model` knows."""


def tiny_tokenizer(*, bos: bool = True, template: str | None = TURN_TEMPLATE) -> PreTrainedTokenizerFast:
    """Make a byte-level BPE tokenizer of some 400 entries that loses no text.

    Args:
        bos: Give it a BOS token and, as published tokenizers do, a post-processor that puts it before any
            text encoded with special tokens. Without it there is neither a BOS nor a padding token.
        template: Its chat template; None for none.

    Returns:
        The tokenizer; `</s>` ends a turn.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ([BOS, PAD] if bos else []) + [EOS, USER, ASSISTANT, SYSTEM]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(_TEXT, trainer)
    named: dict[str, str] = {"eos_token": EOS}
    if bos:
        named |= {"bos_token": BOS, "pad_token": PAD}
        inner.post_processor = processors.TemplateProcessing(
            single=f"{BOS} $A", special_tokens=[(BOS, inner.token_to_id(BOS))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        chat_template=template,
        extra_special_tokens=[USER, ASSISTANT, SYSTEM],
        clean_up_tokenization_spaces=False,
        **named,
    )


def write_tiny_model(
    directory: str | Path,
    architecture: str = "llama",
    *,
    seed: int = 0,
    bos: bool = True,
    template: str | None = TURN_TEMPLATE,
    context: int = 128,
    **config: Any,
) -> Path:
    """Write a random model of a few ten thousand parameters, with its tokenizer, as safetensors.

    Args:
        directory: Where to; made if missing.
        architecture: One of `ARCHITECTURES`.
        seed: Seeds the weights; the caller's random state is left alone.
        bos: See `tiny_tokenizer`.
        template: See `tiny_tokenizer`.
        context: Longest sequence, in tokens.
        **config: Overrides of the architecture's configuration.

    Returns:
        The directory.

    Raises:
        KeyError: If the architecture is unknown.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    model_type, sizes = _ARCHITECTURES[architecture]
    tokenizer = tiny_tokenizer(bos=bos, template=template)
    length = "n_positions" if architecture == "gpt2" else "max_position_embeddings"
    settings = {**sizes, length: context, "vocab_size": len(tokenizer), **config}
    ids = {f"{role}_token_id": getattr(tokenizer, f"{role}_token_id") for role in ("bos", "eos", "pad")}
    with torch.random.fork_rng(devices=[]), _no_progress_bars():
        torch.manual_seed(seed)
        module = AutoModelForCausalLM.from_config(AutoConfig.for_model(model_type, **settings, **ids))
        module.save_pretrained(directory)
    tokenizer.save_pretrained(directory)
    return Path(directory)


@contextlib.contextmanager
def _no_progress_bars() -> Iterator[None]:
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
