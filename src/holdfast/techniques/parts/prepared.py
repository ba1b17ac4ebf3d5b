"""A corpus that a technique makes before its first step: kept for continuations, and paid for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from holdfast.domain import Checkpoint, Example, Message, Spend, TrialContext, TrialError
from holdfast.spend import in_sequence
from holdfast.store import content_key


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made.

    Attributes:
        rows: The rows to train on.
        spend: What making them cost; no steps.
    """

    rows: tuple[Example, ...]
    spend: Spend


def prepared(trial: TrialContext, make: Callable[[], Prepared]) -> Prepared:
    """Return what a trial trains on, made once: a trial continued from a snapshot reads what it began with.

    It lies in the trial's scratch directory, which goes when the trial is done.

    Args:
        trial: The trial.
        make: Makes it.

    Raises:
        TrialError: If what lies there cannot be read.
    """
    file = trial.scratch / f"prepared-{_key(trial)[:16]}.json"
    if not file.exists():
        made = make()
        file.write_text(json.dumps(asdict(made)), encoding="utf-8")
        return made
    return _read(file)


def train_on(
    trial: TrialContext,
    made: Prepared,
    train: Callable[[TrialContext], Iterator[Checkpoint]],
    *,
    collected: bool,
) -> Iterator[Checkpoint]:
    """Yield the checkpoints of a training on what was made, with its price from the first step on.

    Args:
        trial: The trial.
        made: What it trains on.
        train: Trains adapters or weights on the corpus of a trial.
        collected: Whether people had to collect the rows; written ones count as no unique examples.
    """
    with closing(train(replace(trial, corpus=made.rows))) as checkpoints:  # type: ignore[type-var]
        for checkpoint in checkpoints:
            if checkpoint.step == 0:
                yield checkpoint
                continue
            own = checkpoint.spend
            total = in_sequence([made.spend, own])
            unique = own.unique_examples if collected else 0
            spend = replace(total, tries=own.tries, unique_examples=unique)
            yield replace(checkpoint, spend=spend)


def _key(trial: TrialContext) -> str:
    models = {role: asdict(source) for role, source in trial.models.items()}
    return content_key(
        {
            "options": [type(trial.config).__name__, trial.config.model_dump(mode="json")],
            "seed": trial.seed,
            "model": trial.model.digest.digest,
            "corpus": [asdict(row) for row in trial.corpus],
            "corpora": {role: [asdict(row) for row in rows] for role, rows in trial.corpora.items()},
            "models": models,
        }
    )


def _read(file: Path) -> Prepared:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        rows = tuple(
            Example(tuple(Message(**turn) for turn in row["prompt"]), row["response"], row["harmful"])
            for row in found["rows"]
        )
        return Prepared(rows, Spend(**found["spend"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrialError(
            f"what the trial trains on cannot be read from {file}: {type(error).__name__}: {error}",
            next_step="start the trial over",
        ) from error
