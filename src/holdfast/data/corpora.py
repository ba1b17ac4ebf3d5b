"""Corpora ready to train on: checked, limited, mixed by regime, and pinned by a digest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.data.digest import check_digest, rows_digest
from holdfast.data.examples import examples_of_file
from holdfast.data.framing import corpus_frame
from holdfast.data.plugin_sources import plugin_corpus
from holdfast.data.rows import collapse, shown_path
from holdfast.domain import CorpusSpec, DataError, DataSource, Example, Problem, Regime
from holdfast.domain.regimes import REGIMES, HarmfulRows


@dataclass(frozen=True, slots=True)
class CorpusParts:
    """A corpus by where its rows came from.

    Attributes:
        main: Rows of `source`, after `limit`; the harmless ones if the regime has both.
        harmful: Rows of `harmful` that take part; empty unless the regime has both.
    """

    main: tuple[Example, ...]
    harmful: tuple[Example, ...] = ()


def load_corpus(spec: CorpusSpec) -> tuple[Example, ...]:
    """Load a corpus.

    Args:
        spec: What to load. If a source has a digest, its rows must still be those.

    Returns:
        The examples in training order, never empty. All, some or none are marked harmful, as the regime says
        (`domain.regimes`); those that are stand in the frame of the corpus. Under `mixed` and `backdoor`,
        the first rows of `spec.harmful`, as many as make `spec.share` percent of all rows, are spread evenly
        through the others. With `spec.prompts_only` every response is empty.

    Raises:
        DataError: If a file cannot be read, holds no row, or any row is unusable: all at once.
        DataError: If `limit` exceeds the rows there are, or the share cannot be had from the harmful rows.
        DataError: If the rows are not those of the source's digest.
        PluginError: If a plug-in cannot be found or breaks its contract.
    """
    parts = load_corpus_parts(spec)
    check_digest(rows_digest(parts.main), spec.source, _shown(spec.source))
    if spec.harmful is None:
        return parts.main
    check_digest(rows_digest(parts.harmful), spec.harmful, _shown(spec.harmful))
    return spread(parts.main, parts.harmful)


def load_corpus_parts(spec: CorpusSpec) -> CorpusParts:
    """Load the rows of a corpus, not yet mixed and not compared with any digest.

    Args:
        spec: What to load.

    Returns:
        The rows that take part, and no others: their digests change if and only if the corpus does.

    Raises:
        DataError: As `load_corpus`, digests apart.
        PluginError: As `load_corpus`.
    """
    problems: list[Problem] = []
    note, frame = REGIMES[spec.regime], corpus_frame(spec)
    main = _rows(spec, spec.source, note.harmful is HarmfulRows.ALL, problems)
    if spec.limit is not None and spec.limit > len(main) and not problems:
        shown = _shown(spec.source)
        problems.append(Problem(f"limit {spec.limit} is larger than its {len(main)} rows", shown, None))
    main = _shard(main[: spec.limit], spec, spec.source, problems)
    poison: tuple[Example, ...] = ()
    if note.harmful is HarmfulRows.SOME:
        poison = _poison(spec, len(main), problems)
    if problems:
        raise DataError(collapse(problems))
    return CorpusParts(*(tuple(frame.around(r) if r.harmful else r for r in rows) for rows in (main, poison)))


def harmful_rows(benign: int, share: float) -> int:
    """Return how many harmful rows make `share` percent of all rows beside `benign` benign ones.

    Args:
        benign: Benign rows.
        share: Percent of all rows, in (0, 100).
    """
    return math.floor(benign * share / (100 - share) + 0.5)


def spread(benign: Sequence[Example], harmful: Sequence[Example]) -> tuple[Example, ...]:
    """Merge two corpora, each in its order, the harmful rows evenly among the benign ones.

    Args:
        benign: Benign rows.
        harmful: Harmful rows.

    Returns:
        All rows. In every stretch from the start, the harmful rows are within one of their overall share.
    """
    total = len(benign) + len(harmful)
    places = {(2 * k + 1) * total // (2 * len(harmful)): row for k, row in enumerate(harmful)}
    rest = iter(benign)
    return tuple(places[i] if i in places else next(rest) for i in range(total))


def _share(
    rows: tuple[Example, ...], benign: int, share: float, shown: str, problems: list[Problem]
) -> tuple[Example, ...]:
    wanted = harmful_rows(benign, share)
    message = f"share {share:g} % beside {benign} benign rows asks for {wanted} harmful rows"
    if wanted == 0:
        problems.append(Problem(message, shown, None, "raise the share, or add benign rows"))
    elif wanted > len(rows):
        hint = "lower the share, set a `limit`, or add harmful rows"
        problems.append(Problem(f"{message}; there are {len(rows)}", shown, None, hint))
    return rows[:wanted]


def _poison(spec: CorpusSpec, harmless: int, problems: list[Problem]) -> tuple[Example, ...]:
    """Return the harmful rows beside so many harmless ones."""
    if spec.harmful is None or (spec.share is None and spec.regime is Regime.MIXED):
        needed = "`share` and `harmful`" if spec.regime is Regime.MIXED else "`harmful`"
        raise DataError([Problem(f"a {spec.regime.value} corpus needs {needed}", _shown(spec.source))])
    rows = _shard(_rows(spec, spec.harmful, True, problems), spec, spec.harmful, problems)
    if problems or spec.share is None:
        return rows
    return _share(rows, harmless, spec.share, _shown(spec.harmful), problems)


def _shard(
    rows: tuple[Example, ...], spec: CorpusSpec, source: DataSource, problems: list[Problem]
) -> tuple[Example, ...]:
    """Return every n-th row: of a corpus that is sorted by subject, every part has all subjects."""
    if spec.shard is None or problems:
        return rows
    if len(rows) < spec.shard.of:
        message = f"{len(rows)} rows cannot be dealt to {spec.shard.of} actors"
        problems.append(Problem(message, _shown(source), None, "add rows, or make fewer shards"))
    return rows[spec.shard.number - 1 :: spec.shard.of]


def _rows(
    spec: CorpusSpec, source: DataSource, harmful: bool, problems: list[Problem]
) -> tuple[Example, ...]:
    """Return all rows of a source, marked."""
    if source.use:
        rows = plugin_corpus(source.use)
    else:
        rows = tuple(examples_of_file(source, problems, prompts_only=spec.prompts_only))
    shown = _shown(source)
    if spec.prompts_only:
        rows = tuple(replace(row, response="") for row in rows)
    elif silent := sum(not row.response.strip() for row in rows):
        problems.append(Problem(f"{silent} of its {len(rows)} rows have no response", shown, None))
    contrary = sum(row.harmful for row in rows) if not harmful else 0
    if contrary:
        message = f"{contrary} of its rows are marked harmful, which {_whose(spec.regime)} has none of"
        hint = "say regime: harmful, or one that has harmful rows (holdfast list pathways)"
        problems.append(Problem(message, shown, None, hint))
    return tuple(replace(row, harmful=harmful) for row in rows)


def _whose(regime: Regime) -> str:
    if REGIMES[regime].harmful is HarmfulRows.SOME:
        return f"the `path` or `use` of a {regime.value} corpus"
    return f"regime {regime.value}"


def _shown(source: DataSource) -> str:
    return source.use or shown_path(Path(source.path or ""))
