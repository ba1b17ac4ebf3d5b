"""What a run and a site of a deployment are configured with, read from Flower's flat tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from holdfast.domain import (
    ConfigError,
    CorpusSpec,
    DataSource,
    ModelSource,
    Problem,
    Regime,
    did_you_mean,
    plugins,
)
from holdfast.techniques.diloco import DilocoConfig
from holdfast.techniques.fedavg import FedAvgConfig, aggregation_of
from holdfast.techniques.parts.shared import SharedConfig

if TYPE_CHECKING:
    from holdfast.engine import Aggregation

_OPTION = "options."
_TECHNIQUES: Mapping[str, type[SharedConfig]] = {"fedavg": FedAvgConfig, "diloco": DilocoConfig}
_RUN = ("model", "output", "technique", "seed", "timeout")
_SITE = ("corpus", "actor", "regime", "model")
_WHERE_RUN = "run configuration ([tool.flwr.app.config], or flwr run --run-config)"
_WHERE_SITE = "node configuration (flower-supernode --node-config)"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A run: the same for the server and all sites.

    Attributes:
        model: Directory of the model, or a model plug-in; sites may have it elsewhere.
        technique: `fedavg` or `diloco`.
        config: The technique's options.
        seed: Seeds adapters and the order of rows.
        output: Directory of the server that records and weights are written to.
        timeout: Seconds after which a round goes on without those who did not answer.
    """

    model: str
    technique: str
    config: SharedConfig
    seed: int
    output: Path
    timeout: float

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Deployment:
        """Return what a run configuration says.

        Args:
            table: Keys of the class; options of the technique as `options.<name>`.

        Raises:
            ConfigError: If a key is missing or unknown, or an option makes no sense.
        """
        _check_keys([k for k in table if not k.startswith(_OPTION)], _RUN, ("model", "output"), _WHERE_RUN)
        technique = str(table.get("technique", "fedavg"))
        if technique not in _TECHNIQUES:
            hint = did_you_mean(technique, _TECHNIQUES)
            raise ConfigError(
                [Problem(f"technique {technique!r} is not for deployments", _WHERE_RUN, hint=hint)]
            )
        return cls(
            model=str(table["model"]),
            technique=technique,
            config=_config(_TECHNIQUES[technique], table),
            seed=int(table.get("seed", 0)),
            output=Path(str(table["output"])),
            timeout=float(table.get("timeout", 3600.0)),
        )

    @property
    def keeps_optimizer(self) -> bool:
        """Whether a site's optimiser remembers from round to round."""
        return isinstance(self.config, DilocoConfig)

    def aggregation(self) -> Aggregation:
        """Return what combines updates."""
        from holdfast.techniques.parts.aggregation import OuterMomentum

        if isinstance(self.config, DilocoConfig):
            return OuterMomentum(self.config.outer_learning_rate, self.config.outer_momentum)
        assert isinstance(self.config, FedAvgConfig)
        return aggregation_of(self.config)


@dataclass(frozen=True, slots=True)
class Site:
    """One actor's place.

    Attributes:
        corpus: JSONL or CSV file of its private rows, or a corpus plug-in.
        actor: Its number, from 0: seeds the order of its rows, and names it in records.
        regime: What they are; regimes that need a second file are for audits.
        model: Directory of the model there; None takes the run's.
    """

    corpus: str
    actor: int
    regime: Regime = Regime.BENIGN
    model: str | None = None

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Site:
        """Return what a node configuration says.

        Raises:
            ConfigError: If a key is missing or unknown, or the regime is.
        """
        _check_keys(list(table), _SITE, ("corpus", "actor"), _WHERE_SITE)
        regime, model = str(table.get("regime", Regime.BENIGN)), table.get("model")
        if regime not in list(Regime):
            hint = did_you_mean(regime, [each.value for each in Regime])
            raise ConfigError([Problem(f"regime {regime!r} is unknown", _WHERE_SITE, hint=hint)])
        return cls(
            corpus=str(table["corpus"]),
            actor=int(table["actor"]),
            regime=Regime(regime),
            model=None if model is None else str(model),
        )

    def corpus_spec(self) -> CorpusSpec:
        """Return where its rows come from."""
        if self.corpus in plugins.installed(plugins.CORPORA):
            return CorpusSpec(DataSource(use=self.corpus), self.regime)
        return CorpusSpec(DataSource(path=str(Path(self.corpus).absolute())), self.regime)


def model_source(where: str) -> ModelSource:
    """Return a model by the directory or plug-in that a configuration names.

    Raises:
        PluginError: If a plug-in cannot be imported.
    """
    if where in plugins.installed(plugins.MODELS):
        return ModelSource(where, path=str(plugins.load(plugins.MODELS, where)()))
    return ModelSource(Path(where).name, path=str(Path(where).absolute()))


def _config(kind: type[SharedConfig], table: Mapping[str, Any]) -> SharedConfig:
    options = {key.removeprefix(_OPTION): value for key, value in table.items() if key.startswith(_OPTION)}
    known = [*kind.model_fields]
    problems = [
        Problem(f"option {key!r} is unknown", _WHERE_RUN, hint=did_you_mean(key, known))
        for key in options
        if key not in known
    ]
    if problems:
        raise ConfigError(problems)
    try:
        return kind(**options)
    except ValidationError as error:
        told = [Problem(f"{'.'.join(map(str, e['loc']))}: {e['msg']}", _WHERE_RUN) for e in error.errors()]
        raise ConfigError(told) from error


def _check_keys(written: list[str], known: tuple[str, ...], needed: tuple[str, ...], where: str) -> None:
    unknown = [
        Problem(f"key {key!r} is unknown", where, hint=did_you_mean(key, known))
        for key in written
        if key not in known
    ]
    missing = [Problem(f"key {key!r} is missing", where) for key in needed if key not in written]
    if problems := [*missing, *unknown]:
        raise ConfigError(problems)
