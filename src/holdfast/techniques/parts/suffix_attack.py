"""The way of a suffix search: it stops where the schedule says, is looked at, and can be continued."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from holdfast.domain import Checkpoint, Snapshot, TrialContext, TrialError
from holdfast.engine import DataOrder, EncodedCorpus, ModelFlags
from holdfast.engine.checks import require_schedule
from holdfast.engine.meter import device_name, peak_memory, reset_peak_memory
from holdfast.engine.snapshots import TrainingState, check_identity, read_snapshot, write_snapshot
from holdfast.models import render_example
from holdfast.models.batching import default_limits
from holdfast.spend import Ledger
from holdfast.techniques.parts.suffix_search import Exchanges, SuffixSearch
from holdfast.techniques.parts.suffix_subject import SuffixedSubject
from holdfast.techniques.parts.suffix_text import Placed, SuffixWriter
from holdfast.techniques.parts.workloads import PromptWorkload

_SUFFIX = "suffix"


def follow_search(trial: TrialContext) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each step of the budget; at step 0 its subject is the untouched model.

    Raises:
        TrialError: If a row has no answer or is longer than the context with the suffix.
        TrialError: If no suffix is read back as it was written, or the loss is not finite.
        TrialError: If the snapshot to continue from is damaged or of another search.
    """
    require_schedule(trial.schedule)
    flags = ModelFlags.of(trial.model.module)
    try:
        trial.model.module.requires_grad_(False)
        yield from _Attack(trial).run()
    finally:
        flags.restore()


class _Attack:
    """State of one search."""

    def __init__(self, trial: TrialContext) -> None:
        model, config = trial.model, trial.config
        self.trial = trial
        self.rows = list(dict.fromkeys(trial.corpus))
        self.order = DataOrder(len(self.rows), min(config.batch_size, max(len(self.rows), 1)), trial.seed)
        self.corpus = EncodedCorpus(
            self.rows, partial(render_example, model.tokenizer), model.shape.context
        ).digest
        self.device = torch.device(model.device)
        self.ledger = Ledger(PromptWorkload(model.shape), device_name(self.device))
        vocabulary = model.module.get_input_embeddings().num_embeddings
        self.writer = SuffixWriter(model.tokenizer, vocabulary, self.rows, config.target_tokens)
        width = next(model.module.parameters()).element_size()
        limits = default_limits(model.shape, bytes_per_value=width, device=model.device)
        exchanges = Exchanges(config.candidates, config.top_k)
        self.search = SuffixSearch(model.module, self.writer, exchanges, limits)
        self.step, self.losses = 0, list[float]()
        reset_peak_memory(self.device)
        self.placed = self._first() if trial.start is None else self._restored(trial.start)
        self._require_room()

    def run(self) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule after the one started from."""
        start = self.step
        for goal in self.trial.schedule.measure_at:
            if self.trial.start is not None and goal <= start:
                continue
            self.trial.model.module.eval()
            while self.step < goal:
                self._take_step()
            self.ledger.memory(peak_memory(self.device))
            yield self._checkpoint()
        self.step = -1  # no snapshot of a finished search

    def _take_step(self) -> None:
        begin = time.perf_counter()
        numbers = self.order.batch(self.step)
        lengths = [len(self.placed.rows[number].token_ids) for number in numbers]
        # One stream of draws a step: a search continued at step k draws on as if it had never stopped.
        tried = self.search.step(self.placed, numbers, (self.trial.seed & 0xFFFF_FFFF, self.step + 1))
        self.placed = tried.placed
        self.losses.append(tried.loss)
        self.step += 1
        self.ledger.step(numbers, lengths, max(0.0, time.perf_counter() - begin))
        for _ in range(tried.evaluated):
            for length in lengths:
                self.ledger.inference(length, 0)

    def _checkpoint(self) -> Checkpoint:
        model: Any = self.trial.model
        loss = sum(self.losses) / len(self.losses) if self.losses else None
        self.losses = []
        return Checkpoint(
            step=self.step,
            spend=self.ledger.spend,
            subject=SuffixedSubject(model, self.writer.text(self.placed.suffix)) if self.step else model,
            loss=loss,
            snapshot=partial(self._snapshot, self.step),
        )

    def _first(self) -> Placed:
        random = np.random.default_rng([self.trial.seed & 0xFFFF_FFFF, 0])
        return self.writer.first_suffix(self.trial.config.suffix_tokens, random)

    def _require_room(self) -> None:
        longest, context = max(len(row.token_ids) for row in self.placed.rows), self.trial.model.shape.context
        if longest > context:
            raise TrialError(
                f"a row takes {longest} tokens with a suffix of {self.trial.config.suffix_tokens}, "
                f"the model reads at most {context}",
                next_step="lower suffix_tokens or target_tokens, or shorten the rows",
            )

    # --- snapshots -------------------------------------------------------------------------------------

    def _identity(self) -> dict[str, Any]:
        return {
            "technique": type(self.trial.config).__name__,
            "options": self.trial.config.model_dump(mode="json", exclude={"steps"}),
            "seed": self.trial.seed,
            "corpus": self.corpus,
            "device": self.device.type,
        }

    def _snapshot(self, step: int, directory: Path) -> Snapshot:
        if step != self.step:
            raise TrialError(
                f"the checkpoint of step {step} is no longer valid, the search has moved on",
                next_step="take snapshots before asking for the next checkpoint",
            )
        state = TrainingState(
            step=step,
            identity=self._identity(),
            weights={_SUFFIX: torch.tensor(self.placed.suffix)},
            optimizer={},
            random={},
            ledger=self.ledger.state,
        )
        return write_snapshot(directory, state)

    def _restored(self, start: Snapshot) -> Placed:
        state = read_snapshot(start.directory)
        check_identity(state, self._identity(), start.directory)
        self.ledger.restore(state.ledger)
        self.step = state.step
        placed = self.writer.place_everywhere(tuple(state.weights[_SUFFIX].tolist()))
        if placed is None:
            raise TrialError(
                f"the suffix of the snapshot in {start.directory} is not read back as it was written",
                next_step="continue it with the model that it was taken with",
            )
        return placed
