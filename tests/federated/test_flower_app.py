"""The Flower app, whole: both halves, with a grid that stands in for the network between them."""

import json
import warnings
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch

from holdfast.domain import ConfigError, ModelSource, RunError, Schedule, TrialContext, TrialError
from holdfast.engine import Cohort, train_rounds
from holdfast.models import load_model
from holdfast.techniques.diloco import DilocoConfig
from holdfast.techniques.fedavg import FedAvgConfig
from holdfast.techniques.parts.exchanged import exchanged
from holdfast.testing.tiny import write_tiny_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of what flwr imports
    from flwr.app import Context, Error, Message, RecordDict
    from flwr.serverapp import Grid
    from flwr.supercore.task_identity import TaskIdentity

    from holdfast.federated.app import client_app, server_app
    from holdfast.federated.deployment import Deployment, Site

OPTIONS = {"actors": 3, "steps": 2, "local_steps": 2, "batch_size": 2, "rank": 2}


class LocalGrid(Grid):
    """Runs the client half in place, as a SuperNode does: what it raises comes back as an error.

    Attributes:
        silent: Rounds in which a node gives no answer at all, by node.
    """

    def __init__(self, contexts, silent=None):
        self.contexts, self.silent = contexts, silent or {}
        self.round = 0

    def set_run(self, run):
        raise NotImplementedError

    @property
    def run(self):
        raise NotImplementedError

    def create_message(self, *args, **kwargs):
        raise NotImplementedError

    def push_messages(self, messages):
        raise NotImplementedError

    def pull_messages(self, message_ids):
        raise NotImplementedError

    def get_node_ids(self) -> Iterable[int]:
        return list(self.contexts)

    def send_and_receive(self, messages, *, timeout=None):
        asked = list(messages)
        self.round += bool(asked)
        there = [m for m in asked if self.round not in self.silent.get(m.metadata.dst_node_id, ())]
        return [self._answer(message) for message in there]

    def _answer(self, message):
        try:
            return client_app(message, self.contexts[message.metadata.dst_node_id])
        except Exception as error:  # noqa: BLE001 - as a SuperNode does
            return Message(Error(0, str(error)), reply_to=message)


@pytest.fixture
def deployed(tmp_path, corpus, monkeypatch):
    """Run the app on three sites with three rows each; returns the directory of the server."""
    for identity in ("_run_id", "_node_id", "_task_id"):  # which flower-serverapp sets
        monkeypatch.setattr(TaskIdentity, identity, 1)
    model = write_tiny_model(tmp_path / "tiny", context=512)
    output = tmp_path / "server"
    for actor in range(3):
        rows = corpus[3 * actor : 3 * actor + 3]
        lines = [json.dumps({"prompt": r.prompt[0].content, "response": r.response}) for r in rows]
        (tmp_path / f"{actor}.jsonl").write_text("\n".join(lines))

    def run(silent=None, lost=(), technique="fedavg", numbers=(0, 1, 2), **options):
        options = OPTIONS | options
        table = {"model": str(model), "output": str(output), "technique": technique}
        table |= {f"options.{name}": value for name, value in options.items()}
        contexts = {}
        for actor in range(3):
            corpus_file = "gone.jsonl" if actor in lost else f"{actor}.jsonl"
            place = {"corpus": str(tmp_path / corpus_file), "actor": numbers[actor]}
            contexts[100 + actor] = Context(1, 100 + actor, place, RecordDict(), table)
        server_app(LocalGrid(contexts, silent), Context(1, 0, {}, RecordDict(), table))
        return output

    return run


def rounds_of(output: Path):
    return [json.loads(line) for line in (output / "rounds.jsonl").read_text().splitlines()]


def in_process(output: Path, corpus, config, keeps, present=None):
    """The same training in the loop of an audit; returns the plain tensors that it changes, and its spend."""
    model = load_model(ModelSource("tiny", path=str(output.parent / "tiny")))
    table = {"model": "-", "output": "-", "technique": "diloco" if keeps else "fedavg"}
    aggregation = Deployment.read(
        table | {f"options.{k}": v for k, v in config.model_dump(mode="json", exclude_unset=True).items()}
    ).aggregation()
    shards = tuple(tuple(corpus[3 * a : 3 * a + 3]) for a in range(3))
    cohort = Cohort(shards, config.local_steps, aggregation, keeps, present)
    end = Schedule(config.steps, (config.steps,))
    trial = TrialContext(model, corpus, config, 0, end, output)
    with exchanged(model, config, 0) as part:
        ledger = part.ledger(3)
        points = train_rounds(trial, model.module, part.parameters, config, ledger, cohort)
        next(points)
        points.close()
        return {name: tensor.clone() for name, tensor in part.weights().items()}, ledger.spend


def assert_same_model(output: Path, weights):
    model = load_model(ModelSource("federated", path=str(output / "model")))
    state = model.module.state_dict()
    for name, tensor in weights.items():
        assert torch.allclose(state[name], tensor, atol=1e-6), name


@pytest.mark.parametrize(
    ("technique", "kind", "options"),
    [
        ("fedavg", FedAvgConfig, {}),
        ("fedavg", FedAvgConfig, {"strategy": "fedmedian"}),
        ("diloco", DilocoConfig, {}),
    ],
)
def test_a_deployment_trains_what_an_audit_trains(technique, kind, options, deployed, corpus):
    output = deployed(technique=technique, **options)
    config = kind(**OPTIONS, **options)
    weights, spend = in_process(output, corpus, config, keeps=technique == "diloco")
    assert_same_model(output, weights)
    paid = rounds_of(output)[-1]["spend"]
    for name in ("steps", "examples", "unique_examples", "train_tokens", "bytes_exchanged", "actors"):
        assert paid[name] == getattr(spend, name), name
    assert paid["flops"] == pytest.approx(spend.flops)
    assert paid["max_actor_share"] == pytest.approx(spend.max_actor_share)


def test_every_round_is_written_down(deployed):
    first, second = rounds_of(deployed())
    assert [first["round"], second["round"]] == [1, 2]
    assert [each["actor"] for each in first["arrived"]] == [0, 1, 2]
    assert [each["rows"] for each in first["arrived"]] == [3, 3, 3]
    digests = {first["weights"], second["weights"], *(each["weights"] for each in first["arrived"])}
    assert len(digests) == 5
    assert all(len(digest) == 64 for digest in digests)
    assert first["lost"] == second["lost"] == []
    assert 0 < first["spend"]["bytes_exchanged"] < second["spend"]["bytes_exchanged"]


def test_a_site_that_fails_or_falls_silent_leaves_the_round_to_the_others(deployed, corpus):
    output = deployed(silent={101: {2}}, lost=(2,))
    first, second = rounds_of(output)
    assert "gone.jsonl" in first["lost"][0]["reason"]
    assert {each["node"]: each["reason"] for each in second["lost"]}[101] == "no answer"
    assert [each["actor"] for each in second["arrived"]] == [0]
    present = {0: {0, 1}, 1: {0}, 2: set()}
    config = FedAvgConfig(**OPTIONS)
    weights, _ = in_process(output, corpus, config, False, lambda a, n: n in present[a])
    assert_same_model(output, weights)


def test_a_round_without_updates_ends_the_run_and_loses_no_record(deployed, tmp_path):
    with pytest.raises(TrialError, match="none of 3 sites sent an update in round 2"):
        deployed(silent={100: {2}, 101: {2}, 102: {2}})
    first, second = rounds_of(tmp_path / "server")
    assert first["weights"]
    assert second["weights"] is None
    assert len(second["lost"]) == 3
    assert not (tmp_path / "server" / "model").exists()


def test_the_record_of_another_run_is_not_written_over(deployed):
    output = deployed(steps=1)
    before = rounds_of(output)
    with pytest.raises(RunError, match="holds the record of another run"):
        deployed(steps=1)
    assert rounds_of(output) == before


def test_two_sites_of_one_number_are_not_mistaken_for_each_other(deployed):
    with pytest.raises(TrialError, match="two sites are actor 0"):
        deployed(numbers=(0, 0, 1))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"model": "m", "output": "o", "options.local_step": 3}, "did you mean 'local_steps'"),
        ({"model": "m", "output": "o", "sed": 3}, "did you mean 'seed'"),
        ({"model": "m"}, "key 'output' is missing"),
        ({"model": "m", "output": "o", "technique": "lora"}, "not for deployments"),
        ({"model": "m", "output": "o", "options.actors": 0}, "greater than or equal to 2"),
        ({"model": "m", "output": "o", "options.strategy": "krum", "options.actors": 3}, "needs 4 updates"),
    ],
)
def test_a_run_that_cannot_work_is_refused_with_the_reason(table, told):
    with pytest.raises(ConfigError, match=told):
        Deployment.read(table)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"corpus": "rows.jsonl"}, "--node-config.*key 'actor' is missing"),
        ({"corpus": "rows.jsonl", "actor": 0, "modle": "m"}, "did you mean 'model'"),
        ({"corpus": "rows.jsonl", "actor": 0, "regime": "harmfull"}, "did you mean 'harmful'"),
    ],
)
def test_a_site_that_cannot_work_says_why(table, told):
    with pytest.raises(ConfigError, match=told):
        Site.read(table)
