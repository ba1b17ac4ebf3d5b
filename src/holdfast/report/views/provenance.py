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
        command: What a command does, and the command: the one that reproduces the run if the record holds it.
        facts: Digests and settings.
        models: A fact a model: where it is and its digest.
        environment: Library versions and platform.
    """

    command: Fact
    facts: tuple[Fact, ...]
    models: tuple[Fact, ...]
    environment: tuple[Fact, ...]


def provenance_view(record: RunRecord) -> ProvenanceView:
    """Return the provenance of a record."""
    given = {key: value for key, value in record.provenance.items() if key not in _COMMAND_KEYS}
    facts = [Fact("Run", record.directory), Fact("Configuration digest", record.plan.audit.digest)]
    facts.append(Fact("Policy digest", record.decision.policy_digest))
    models, environment = _models(record), _environment(record)
    shown = {fact.text for fact in (*facts, *environment)} | {t.model_digest for t in record.trials}
    facts += [Fact(_term(key), value) for key, value in given.items() if value not in shown]
    return ProvenanceView(
        command=_command(record),
        facts=tuple(fact for fact in facts if fact.text),
        models=models,
        environment=environment,
    )


def _command(record: RunRecord) -> Fact:
    for key in _COMMAND_KEYS:
        if record.provenance.get(key):
            return Fact("Reproduce", record.provenance[key])
    if not record.directory:
        return Fact("Reproduce", "")
    again = "Analyse again from the stored answers and verdicts; trains and judges nothing"
    return Fact(again, f"holdfast report runs/{shlex.quote(record.directory)}")


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
