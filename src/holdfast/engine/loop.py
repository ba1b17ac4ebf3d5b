"""The one step loop. Techniques prepare parameters and call `train`; safeguards enter through hooks."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from holdfast.domain import Checkpoint, Snapshot, TrialContext, TrialError
from holdfast.engine.checks import checksums, require_change, require_finite, require_schedule
from holdfast.engine.encoding import EncodedCorpus
from holdfast.engine.flags import ModelFlags
from holdfast.engine.meter import peak_memory, reset_peak_memory
from holdfast.engine.order import DataOrder
from holdfast.engine.randomness import RandomStream
from holdfast.engine.settings import TrainSettings
from holdfast.engine.snapshots import (
    TrainingState,
    check_identity,
    load_optimizer,
    load_weights,
    optimizer_tensors,
    read_snapshot,
    write_snapshot,
)
from holdfast.models import render_example
from holdfast.spend import Ledger


def train(
    trial: TrialContext,
    module: nn.Module,
    parameters: Mapping[str, nn.Parameter],
    settings: TrainSettings,
    ledger: Ledger,
) -> Iterator[Checkpoint]:
    """Train some parameters of a model, stopping to be measured where the schedule says.

    AdamW at a constant rate on the mean cross-entropy of the answers' tokens, end of turn included. A step
    calls every hook's `batch` before the forward pass, `loss` before the backward pass, `gradients` before
    clipping and `weights` after the optimiser. Whatever happens while a checkpoint is out (sampling,
    switching modes) leaves the training as it was. The training ends at the last step to be measured.

    Args:
        trial: Model, corpus, seed, schedule and hooks; `start` continues from a snapshot.
        module: The module to call: `trial.model.module`, or something wrapped around it.
        parameters: What is trained, by name; all on the model's device.
        settings: Rate, batch, decay and clipping. The schedule, not `settings.steps`, sets the length.
        ledger: Books every step; restored from the snapshot if the trial continues from one.

    Yields:
        A checkpoint at each step of the schedule (only later ones than `start`), valid until the next.

    Raises:
        TrialError: If nothing can be trained, the schedule makes no sense, or a row cannot be trained on.
        TrialError: If the loss, the gradient or a weight stops being finite.
        TrialError: If a step changes no weight, or measuring changed one.
        TrialError: If the snapshot to continue from is damaged or of another training.
    """
    flags = ModelFlags.of(module)
    try:
        training = _Training(trial, module, parameters, settings, ledger)
        yield from training.run()
    finally:
        flags.restore()


class _Training:
    """State of one training. Dropped as a whole (optimiser, batches) when the generator ends."""

    def __init__(
        self,
        trial: TrialContext,
        module: nn.Module,
        parameters: Mapping[str, nn.Parameter],
        settings: TrainSettings,
        ledger: Ledger,
    ) -> None:
        if not parameters:
            raise TrialError("no parameter to train", next_step="check the technique's target modules")
        require_schedule(trial.schedule)
        self.trial, self.module, self.settings, self.ledger = trial, module, settings, ledger
        self.parameters = dict(parameters)
        self.tensors = list(self.parameters.values())
        self.device = self.tensors[0].device
        self.corpus = list(trial.corpus)
        self.order = DataOrder(len(self.corpus), settings.rows_per_step(max(len(self.corpus), 1)), trial.seed)
        render = partial(render_example, trial.model.tokenizer)
        self.encoded = EncodedCorpus(self.corpus, render, trial.model.shape.context)
        first_seen: dict[object, int] = {}
        self.distinct = [first_seen.setdefault(example, number) for number, example in enumerate(self.corpus)]
        self.subject = trial.model if module is trial.model.module else trial.model.with_module(module)
        self._only_these_want_gradients()
        self.optimizer = torch.optim.AdamW(
            self.tensors, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        reset_peak_memory(self.device)
        self.random = RandomStream(trial.seed, self.device)
        self.step = 0
        self.losses: list[float] = []
        if trial.start is not None:
            self._restore(trial.start)

    # --- the way ---------------------------------------------------------------------------------------

    def run(self) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule after the one started from."""
        start = self.step
        untouched = checksums(self.tensors)
        for goal in self.trial.schedule.measure_at:
            if self.trial.start is not None and goal <= start:
                continue
            self._advance(goal)
            sums = checksums(self.tensors)
            if self.step > start:
                require_finite(self.parameters, self.step)
                require_change(untouched, sums, self.step)
            self.ledger.memory(peak_memory(self.device))
            self.module.eval()
            yield self._checkpoint()
            if checksums(self.tensors) != sums:
                raise TrialError(
                    f"measuring at step {self.step} changed the weights it measured",
                    next_step="what is done with a checkpoint's subject must leave the model as it is",
                )
        self.step = -1  # no snapshot of a finished training

    def _advance(self, goal: int) -> None:
        self.module.train()
        self.random.enter()
        try:
            while self.step < goal:
                self._take_step(wait=self.step + 1 == goal)
        finally:
            self.random.leave()

    def _take_step(self, wait: bool) -> None:
        begin = time.perf_counter()
        hooks = self.trial.hooks
        rows = self.order.batch(self.step)
        examples = [self.corpus[row] for row in rows]
        for hook in hooks:
            examples = list(hook.batch(examples))
        batch = self.encoded.batch(examples, self.device)
        logits = self.module(input_ids=batch.input_ids, use_cache=False).logits
        answers = logits.flatten(0, 1).index_select(0, batch.answers)
        loss = functional.cross_entropy(answers.float(), batch.targets)
        for hook in hooks:
            loss = hook.loss(loss, examples)
        if not loss.requires_grad:
            raise TrialError(
                f"the loss of step {self.step + 1} depends on no trainable parameter",
                next_step="the parameters are not part of what the model computes: check the technique",
            )
        loss.backward()  # type: ignore[no-untyped-call]
        for hook in hooks:
            hook.gradients()
        self._clip(loss)
        self.optimizer.step()
        for hook in hooks:
            hook.weights()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        if wait and self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        seconds = max(0.0, time.perf_counter() - begin)  # no clock is trusted to go forward
        self.ledger.step([self.distinct[row] for row in rows], batch.lengths, seconds)

    def _clip(self, loss: torch.Tensor) -> None:
        """Clip the gradients, and stop the trial if they or the loss are not finite (one host sync)."""
        gradients = [p.grad for p in self.tensors if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients, foreach=True)
        value, length = torch.stack((loss.detach().float(), norm.float())).tolist()
        if not (math.isfinite(value) and math.isfinite(length)):
            raise TrialError(
                f"diverged at step {self.step + 1}: loss {value:g}, gradient norm {length:g}",
                next_step=f"lower learning_rate (now {self.settings.learning_rate:g})",
            )
        limit = self.settings.clip_norm
        if limit is not None and length > limit:
            torch._foreach_mul_(gradients, limit / (length + 1e-6))
        self.losses.append(value)

    # --- what is given out -----------------------------------------------------------------------------

    def _checkpoint(self) -> Checkpoint:
        loss = sum(self.losses) / len(self.losses) if self.losses else None
        self.losses = []
        return Checkpoint(
            step=self.step,
            spend=self.ledger.spend,
            subject=self.subject,
            loss=loss,
            snapshot=partial(self._snapshot, self.step),
        )

    def _snapshot(self, step: int, directory: Path) -> Snapshot:
        if step != self.step:
            raise TrialError(
                f"the checkpoint of step {step} is no longer valid, the training has moved on",
                next_step="take snapshots before asking for the next checkpoint",
            )
        state = TrainingState(
            step=step,
            identity=self._identity(),
            weights=self.parameters,
            optimizer=optimizer_tensors(self.optimizer, self.parameters),
            random=self.random.state,
            ledger=self.ledger.state,
        )
        return write_snapshot(directory, state)

    def _identity(self) -> dict[str, Any]:
        shared = set(TrainSettings.model_fields)
        return {
            "technique": type(self.settings).__name__,
            "options": self.settings.model_dump(
                mode="json", exclude=shared
            ),  # alpha changes no tensor's shape
            "seed": self.trial.seed,
            "corpus": self.encoded.digest,
            "batch_size": self.order.batch_size,
            "learning_rate": self.settings.learning_rate,
            "weight_decay": self.settings.weight_decay,
            "clip_norm": self.settings.clip_norm,
            "device": self.device.type,
        }

    def _restore(self, start: Snapshot) -> None:
        state = read_snapshot(start.directory)
        check_identity(state, self._identity(), start.directory)
        load_weights(self.parameters, state, start.directory)
        load_optimizer(self.optimizer, self.parameters, state.optimizer)
        self.random.restore(dict(state.random))
        self.ledger.restore(state.ledger)
        self.step = state.step

    def _only_these_want_gradients(self) -> None:
        wanted = {id(parameter) for parameter in self.tensors}
        for parameter in self.module.parameters():
            parameter.requires_grad_(id(parameter) in wanted)
