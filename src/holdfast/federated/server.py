"""What the server does: asks every site, combines what arrives as an audit does, and writes it down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord
from flwr.serverapp import Grid
from flwr.serverapp.strategy import FedAvg

from holdfast.domain import RunError, Spend, TrialError
from holdfast.engine import Update
from holdfast.federated.deployment import Deployment, model_source
from holdfast.federated.records import ACTOR, ARRAYS, METRICS, PAID, ROWS, digest, put, to_arrays, to_tensors
from holdfast.models import LoadedModel, load_model
from holdfast.spend import side_by_side
from holdfast.techniques.parts.exchanged import exchanged

ROUNDS, MODEL = "rounds.jsonl", "model"
"""What is written: one line a round, and the model at the end."""


def serve(grid: Grid, context: Context) -> None:
    """Run a deployment to its end.

    `<output>/rounds.jsonl` grows by a line a round, as it happens; `<output>/model` is a plain model
    directory with the last weights, adapters merged in, to be audited like any other.

    Args:
        grid: Flower's way to the sites.
        context: Run configuration; see `Deployment`.

    Raises:
        HoldfastError: If the configuration or the model cannot be used.
        RunError: If the directory holds the record of another run.
        TrialError: If a round brings too few updates; the rounds before are written.
    """
    run = Deployment.read(context.run_config)
    if (run.output / ROUNDS).exists():
        raise RunError(
            f"{run.output} holds the record of another run", next_step="give output a directory of its own"
        )
    run.output.mkdir(parents=True, exist_ok=True)
    model = load_model(model_source(run.model))
    with exchanged(model, run.config, run.seed) as part:
        recorded = RecordedRounds(run)
        initial = to_arrays(part.parameters)
        result = recorded.start(grid, initial, num_rounds=run.config.steps, timeout=run.timeout)
        put(part.parameters, to_tensors(result.arrays), "the last round")
        weights = {name: tensor.detach().clone() for name, tensor in part.weights().items()}
    _write_model(model, weights, run.output / MODEL)


def _write_model(model: LoadedModel, weights: Mapping[str, torch.Tensor], directory: Path) -> None:
    model.module.load_state_dict(dict(weights), strict=False)
    model.module.save_pretrained(directory)
    model.tokenizer.save_pretrained(directory)


class RecordedRounds(FedAvg):  # type: ignore[misc]  # flwr is not checked
    """Flower's way of asking sites, with an audit's way of combining what they send.

    Under `krum` and its kin the latter is Flower's own again, given changes instead of weights.
    """

    def __init__(self, run: Deployment) -> None:
        """Wait for as many sites as the run has actors.

        Args:
            run: What is run.
        """
        actors = run.config.actors
        super().__init__(min_train_nodes=actors, min_available_nodes=actors, weighted_by_key=ROWS)
        self.fraction_evaluate = 0.0  # given above, Flower would warn of it
        self._aggregation, self._path = run.aggregation(), run.output / ROUNDS
        self._shared: dict[str, torch.Tensor] = {}
        self._asked: list[int] = []
        self._paid: dict[int, Spend] = {}

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """Return one message to every site, with the weights of the last round."""
        self._shared = to_tensors(arrays)
        messages = list(super().configure_train(server_round, arrays, config, grid))
        self._asked = [message.metadata.dst_node_id for message in messages]
        return messages

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Return the next weights, and write down who sent what.

        Raises:
            TrialError: If too few updates arrived.
        """
        everything = list(replies)
        arrived = [reply for reply in everything if not reply.has_error()]
        updates = sorted((_update(reply) for reply in arrived), key=lambda update: update.actor)
        self._paid |= {int(reply.content.metric_records[METRICS][ACTOR]): _paid(reply) for reply in arrived}
        record: dict[str, Any] = {
            "schema": 1,
            "round": server_round,
            "arrived": [{"actor": u.actor, "rows": u.rows, "weights": digest(u.tensors)} for u in updates],
            "lost": self._lost(everything),
            "spend": asdict(side_by_side(self._paid.values())) if self._paid else None,
            "weights": None,
        }
        try:
            combined = self._combined(server_round, updates)
            record["weights"] = digest(combined)
        finally:  # a round that failed is written down too
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        return to_arrays(combined), MetricRecord({"updates": len(updates)})

    def _combined(self, server_round: int, updates: list[Update]) -> Mapping[str, torch.Tensor]:
        if not updates:
            raise TrialError(
                f"none of {len(self._asked)} sites sent an update in round {server_round}",
                next_step=f"see what they said: {self._path}",
            )
        numbers = [update.actor for update in updates]
        if len({*numbers}) < len(numbers):
            raise TrialError(
                f"two sites are actor {next(n for n in numbers if numbers.count(n) > 1)}",
                next_step="give each flower-supernode an actor=<number> of its own in --node-config",
            )
        return self._aggregation.combine(server_round - 1, self._shared, updates)

    def _lost(self, replies: list[Message]) -> list[dict[str, Any]]:
        said = {reply.metadata.src_node_id: reply for reply in replies}
        errors = {node: reply.error.reason for node, reply in said.items() if reply.has_error()}
        silent = {node: "no answer" for node in self._asked if node not in said}
        return [{"node": node, "reason": reason} for node, reason in {**errors, **silent}.items()]


def _update(reply: Message) -> Update:
    metrics = reply.content.metric_records[METRICS]
    tensors = to_tensors(reply.content.array_records[ARRAYS])
    return Update(int(metrics[ACTOR]), tensors, int(metrics[ROWS]))


def _paid(reply: Message) -> Spend:
    return Spend(**json.loads(str(reply.content.config_records[PAID]["json"])))
