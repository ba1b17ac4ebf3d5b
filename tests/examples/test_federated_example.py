"""The audit of shared training in `examples/` is whole, and so is the Flower app beside it."""

import tomllib
from importlib import import_module
from pathlib import Path

from holdfast.auditing.config import load_config
from holdfast.auditing.inputs import prepare
from holdfast.auditing.planner import resolve_pathway

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_audit_is_read_and_planned_and_gives_no_benchmark_away() -> None:
    prepared = prepare(EXAMPLES / "federated.yaml")
    assert prepared.plan.trials
    assert not prepared.leaks


def test_one_of_four_actors_is_harmful_in_every_shared_pathway() -> None:
    pathways = [resolve_pathway(p) for p in load_config(EXAMPLES / "federated.yaml").pathways if p.corpora]
    assert len(pathways) == 6
    for pathway in pathways:
        assert pathway.config.actors == 4
        assert pathway.config.harmful_actors is None  # one, as `corpora.harmful` is given
        assert [*pathway.spec.corpora] == ["harmful"]


def test_the_flower_app_names_what_there_is() -> None:
    from holdfast.federated.deployment import Deployment
    from holdfast.techniques.parts.flower import FlowerStrategy  # noqa: F401 - flwr is imported without its warnings

    app = tomllib.loads((EXAMPLES / "flower" / "pyproject.toml").read_text())["tool"]["flwr"]["app"]
    options = {f"options.{name}": value for name, value in app["config"].pop("options").items()}
    assert Deployment.read(app["config"] | options).config.actors == 2
    halves = import_module("holdfast.federated.app")
    for component in app["components"].values():
        module, _, name = component.partition(":")
        assert (EXAMPLES / "flower" / f"{module}.py").exists()
        assert callable(getattr(halves, name))
