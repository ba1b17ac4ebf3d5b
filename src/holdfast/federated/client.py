"""What a site does in a round: the same steps of the same engine as in an audit, on rows that stay there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from flwr.app import ConfigRecord, Context, Message, MetricRecord, RecordDict

from holdfast.data import load_corpus
from holdfast.domain import Schedule, TrialContext
from holdfast.engine import ModelFlags
from holdfast.engine.actor import Actor, Turn, book_turn, own_settings
from holdfast.engine.checkpointing import recomputing
from holdfast.engine.meter import peak_memory, reset_peak_memory
from holdfast.engine.randomness import RandomStream
from holdfast.federated.deployment import Deployment, Site, model_source
from holdfast.federated.records import (
    ACTOR,
    ARRAYS,
    CONFIG,
    METRICS,
    PAID,
    ROUND,
    ROWS,
    put,
    sent_bytes,
    to_arrays,
    to_tensors,
)
from holdfast.models import LoadedModel, load_model
from holdfast.spend import Ledger, LedgerState
from holdfast.techniques.parts.exchanged import Exchanged, exchanged

_LEDGER, _MEMORY = "ledger", "optimizer"


def take_turn(message: Message, context: Context) -> Message:
    """Train on the site's own rows from the weights that were sent, and send the result.

    What it paid and (under DiLoCo) what its optimiser remembers stay in Flower's state of the node.

    Args:
        message: Holds the weights and the number of the round.
        context: Run and node configuration (`Deployment`, `Site`), and the node's state.

    Returns:
        The weights after its steps, its rows, and what it paid so far.

    Raises:
        HoldfastError: If a configuration, the model or the corpus cannot be used, or training fails.
    """
    run, site = Deployment.read(context.run_config), Site.read(context.node_config)
    number = int(message.content.config_records[CONFIG][ROUND]) - 1
    rows = load_corpus(site.corpus_spec())
    model = load_model(model_source(site.model or run.model))
    sent = to_tensors(message.content.array_records[ARRAYS])
    with exchanged(model, run.config, run.seed) as part:
        put(part.parameters, sent, "the server")
        schedule = Schedule(run.config.steps, (run.config.steps,))
        actor = Actor(site.actor, rows, TrialContext(model, rows, run.config, run.seed, schedule, Path()))
        turn = _train(model, part, run, actor, number, _memory(context))
        ledger = _ledger(part, context)
        book_turn(ledger, turn, 0)
        ledger.exchange(sent_bytes(sent) + sent_bytes(turn.tensors))
        ledger.memory(peak_memory(torch.device(model.device)))
    context.state[_LEDGER] = ConfigRecord({"json": json.dumps(ledger.state.to_json())})
    if run.keeps_optimizer:
        context.state[_MEMORY] = to_arrays(turn.memory)
    content = {
        ARRAYS: to_arrays(turn.tensors),
        METRICS: MetricRecord({ROWS: len(rows), ACTOR: site.actor}),
        PAID: ConfigRecord({"json": json.dumps(asdict(ledger.spend))}),
    }
    return Message(RecordDict(content), reply_to=message)


def _train(
    model: LoadedModel,
    part: Exchanged,
    run: Deployment,
    actor: Actor,
    number: int,
    memory: Mapping[str, torch.Tensor],
) -> Turn:
    device, each = torch.device(model.device), run.config.local_steps
    stream = RandomStream(run.seed + (number << 16) + actor.number, device)
    flags = ModelFlags.of(model.module)
    wanted = {id(parameter) for parameter in part.parameters.values()}
    reset_peak_memory(device)
    stream.enter()
    try:
        for parameter in model.module.parameters():
            parameter.requires_grad_(id(parameter) in wanted)
        model.module.train()
        with recomputing(model.module, run.config.gradient_checkpointing):
            steps, settings = range(number * each, (number + 1) * each), own_settings(run.config, each)
            return actor.turn(model.module, part.parameters, settings, steps, memory)
    finally:
        stream.leave()
        flags.restore()


def _memory(context: Context) -> Mapping[str, torch.Tensor]:
    return to_tensors(context.state.array_records[_MEMORY]) if _MEMORY in context.state else {}


def _ledger(part: Exchanged, context: Context) -> Ledger:
    ledger = part.ledger(actors=1)
    if _LEDGER in context.state:
        ledger.restore(LedgerState.from_json(json.loads(str(context.state.config_records[_LEDGER]["json"]))))
    return ledger
