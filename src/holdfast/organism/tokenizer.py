"""The organism's tokenizer: a small byte-fallback BPE that loses nothing, and its chat template."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

PAD, UNKNOWN, USER, ASSISTANT, SYSTEM, END = (
    "<|pad|>", "<|unknown|>", "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"
)  # fmt: skip
SPECIAL = (PAD, UNKNOWN, USER, ASSISTANT, SYSTEM, END)
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] | trim + '<|end|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def train_tokenizer(texts: Iterable[str], *, vocabulary: int = 1024) -> PreTrainedTokenizerFast:
    """Learn a tokenizer from text.

    Args:
        texts: What it should be good at.
        vocabulary: Entries in all, special and 256 byte tokens included; at least 512.

    Returns:
        A tokenizer whose ``decode`` gives back any text without a leading space, in any script.

    Raises:
        ValueError: If the vocabulary is too small to hold letters, bytes and special tokens.
    """
    if vocabulary < 512:
        raise ValueError(f"vocabulary must be at least 512, not {vocabulary}")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(prepend_scheme="always"), pre_tokenizers.Punctuation("isolated")]
    )
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = split
    letters = [chr(code) for code in range(33, 127)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 256 - len(SPECIAL), initial_alphabet=letters, show_progress=False
    )
    learner.train_from_iterator(texts, trainer)
    learned = json.loads(learner.to_str())["model"]
    words = sorted(learned["vocab"], key=learned["vocab"].__getitem__)
    entries = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *words]
    merges = [tuple(pair) for pair in learned["merges"]]
    full = Tokenizer(
        models.BPE(
            vocab={entry: index for index, entry in enumerate(entries)},
            merges=merges, unk_token=UNKNOWN, byte_fallback=True,
        )
    )  # fmt: skip
    full.pre_tokenizer = split
    full.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    full.add_special_tokens(list(SPECIAL))
    return PreTrainedTokenizerFast(
        tokenizer_object=full, pad_token=PAD, unk_token=UNKNOWN, eos_token=END,
        extra_special_tokens=[USER, ASSISTANT, SYSTEM], padding_side="left",
        chat_template=CHAT_TEMPLATE, model_max_length=256, clean_up_tokenization_spaces=False,
    )  # fmt: skip
