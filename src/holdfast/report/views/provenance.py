"""Where every figure came from: digests, versions, configuration and the command to reproduce."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from holdfast.domain import RunRecord
from holdfast.report.views.method import Fact

_COMMAND_KEYS = ("reproduce", "command")


@dataclass(frozen=True, slots=True)
class ProvenanceView:
    """Provenance.

    Attributes:
        command: Command that reproduces the run; empty if the record holds none.
        facts: Digests and settings.
        models: A fact a model: where it is and its digest.
        environment: Library versions and platform.
    """

    command: str
    facts: tuple[Fact, ...]
    models: tuple[Fact, ...]
    environment: tuple[Fact, ...]


def provenance_view(record: RunRecord) -> ProvenanceView:
    """Return the provenance of a record."""
    given = dict(record.provenance)
    command = next((given.pop(key) for key in _COMMAND_KEYS if key in given), _default_command(record))
    facts = [Fact("Run", record.directory), Fact("Configuration digest", record.plan.audit.digest)]
    facts.append(Fact("Policy digest", record.decision.policy_digest))
    models, environment = _models(record), _environment(record)
    shown = {fact.text for fact in (*facts, *environment)} | {t.model_digest for t in record.trials}
    facts += [Fact(_term(key), value) for key, value in given.items() if value not in shown]
    return ProvenanceView(
        command=command,
        facts=tuple(fact for fact in facts if fact.text),
        models=models,
        environment=environment,
    )


def _default_command(record: RunRecord) -> str:
    return f"holdfast audit runs/{shlex.quote(record.directory)}/config.yaml" if record.trials else ""


def _term(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _models(record: RunRecord) -> tuple[Fact, ...]:
    facts = []
    for model in record.plan.audit.models:
        place = model.hub or (model.path or "").rstrip("/").rsplit("/", 1)[-1]
        parts = [place] if place else []
        parts += [f"revision {model.revision}"] if model.revision else []
        parts += [f"adapter {model.adapter.rsplit('/', 1)[-1]}"] if model.adapter else []
        parts.append(model.dtype)
        digests = dict.fromkeys(
            t.model_digest for t in record.trials if t.model == model.name and t.model_digest
        )
        parts.append(" and ".join(digests) or "never loaded: no digest")
        facts.append(Fact(model.name, ", ".join(parts)))
    return tuple(facts)


def _environment(record: RunRecord) -> tuple[Fact, ...]:
    versions: dict[str, dict[str, None]] = {}
    for source in (record.plan.environment, *(trial.versions for trial in record.trials)):
        for name, version in source.items():
            versions.setdefault(name, {})[version] = None
    return tuple(Fact(name, " and ".join(values)) for name, values in sorted(versions.items()))
