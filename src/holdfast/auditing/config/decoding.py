"""How answers are drawn, and whether the answers asked for fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import DecodingSection
from holdfast.auditing.config.sections import Parsed, parse_section
from holdfast.data import quoted
from holdfast.domain import Benchmark, Decoding, Item

DEFAULT_TOKENS, MOST_TOKENS, TOKENS_STEP = 128, 1024, 64
CHARACTERS_PER_TOKEN = 2
"""Fewer than any usual tokenizer packs into a token of its own language (about 4), to be on the safe side."""


def room_for(characters: int) -> int:
    """Return the default length limit for targets of up to so many characters.

    Args:
        characters: Length of the longest target.

    Returns:
        Tokens, a multiple of 64 in [128, 1024]. Finished answers stop earlier, so room costs little.
    """
    wanted = -(-characters // CHARACTERS_PER_TOKEN)
    return min(MOST_TOKENS, max(DEFAULT_TOKENS, -(-wanted // TOKENS_STEP) * TOKENS_STEP))


def read_decoding(
    raw: object, path: KeyPath, benchmarks: Iterable[Benchmark], findings: Problems
) -> Decoding:
    """Read how answers are drawn.

    Args:
        raw: What the document holds there; None for nothing.
        path: Where that is.
        benchmarks: Whose targets the answers must have room for.
        findings: Grows by what is wrong, such as a target that cannot fit.

    Returns:
        The decoding; without `max_new_tokens`, as long as the longest target needs (`room_for`).
    """
    parsed = parse_section(DecodingSection, {} if raw is None else raw, path, findings)
    section = parsed.section
    targets = {
        f"{benchmark.name}/{item.id}": item.target
        for benchmark in benchmarks
        for item in benchmark.items
        if _generated(item) and item.target is not None
    }
    longest = max((len(target) for target in targets.values()), default=0)
    tokens = section.max_new_tokens or room_for(longest)
    decoding = decoding_of(parsed, Decoding(max_new_tokens=tokens), findings)
    # A word takes at least one token: what has more words than there is room for tokens never fits.
    words = {row: len(target.split()) for row, target in targets.items()}
    too_long = [row for row, count in words.items() if count > tokens]
    if too_long:
        worst = max(too_long, key=lambda row: words[row])
        message = (
            f"max_new_tokens {tokens} cannot hold the targets of {len(too_long)} rows, "
            f"such as {quoted(worst)} with {words[worst]} words"
        )
        findings.add(parsed.at("max_new_tokens"), message, "raise decoding.max_new_tokens")
    return decoding


def decoding_of(parsed: Parsed[DecodingSection], default: Decoding, findings: Problems) -> Decoding:
    """Return a decoding as written; what is not written is as in another.

    Args:
        parsed: What is written.
        default: The other decoding.
        findings: Grows if several samples would all be the same.
    """
    written = {name: value for name in parsed.written if (value := getattr(parsed.section, name)) is not None}
    decoding = replace(default, **written)
    if decoding.samples > 1 and decoding.temperature == 0:
        message = f"{decoding.samples} samples at temperature 0 are all the same"
        findings.add(parsed.at("samples"), message, "set a temperature above 0")
    return decoding


def _generated(item: Item) -> bool:
    return not item.choices
