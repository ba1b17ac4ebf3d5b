"""What identifies an audit: everything that can change its results, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from holdfast.auditing.config.pathways import make_technique
from holdfast.auditing.planner import benchmark_identity, search_identity
from holdfast.domain import AuditSpec, CorpusSpec, ModelSource, PathwaySpec, plugins
from holdfast.store import content_digest


def audit_digest(spec: AuditSpec) -> str:
    """Return a digest over a resolved configuration.

    Data counts by content, options as validated (a default written out changes nothing), plug-ins from
    files by their source. The audit's name, paths, formats and formatting do not count, and neither do the
    models' weights, which the plan digests.

    Args:
        spec: The configuration; its own `digest` is not looked at.

    Returns:
        sha256 (hex, 64 digits).
    """
    return content_digest(
        {
            "models": [_model(model) for model in spec.models],
            "goals": spec.goals,
            "benchmarks": [benchmark_identity(benchmark) for benchmark in spec.benchmarks],
            "pathways": [_pathway(pathway) for pathway in spec.pathways],
            "judges": [plugin_identity(plugins.JUDGES, judge) for judge in spec.judges],
            "utility": spec.utility,
            "seeds": spec.seeds,
            "break": spec.break_rule,
            "decoding": spec.decoding,
            "multiverse": spec.multiverse,
            "calibration": spec.calibration,
        }
    )


def plugin_identity(group: str, name: str) -> str:
    """Return what identifies a plug-in: its name; for `path.py:Name` its file's name and source digest."""
    file_name, separator, attribute = name.rpartition(".py:")
    if not separator:
        return name
    source = plugins.source_digest(plugins.load(group, name))
    return f"{Path(file_name).name}.py:{attribute}@{source}"


def _model(model: ModelSource) -> list[Any]:
    has_adapter = model.adapter is not None
    return [model.name, model.hub, model.revision, has_adapter, model.dtype, model.trust_remote_code]


def _pathway(pathway: PathwaySpec) -> dict[str, Any]:
    config = make_technique(pathway.technique).Config.model_validate(dict(pathway.options))  # type: ignore[attr-defined]
    corpus = pathway.corpus
    return {
        "name": pathway.name,
        "technique": plugin_identity(plugins.TECHNIQUES, pathway.technique),
        "options": config.model_dump(mode="json"),
        "corpus": None if corpus is None else _corpus(corpus),
        "corpora": {role: _corpus(each) for role, each in pathway.corpora.items()},
        "models": {role: _model(each) for role, each in pathway.models.items()},
        "inputs": pathway.inputs,
        "ask": pathway.ask,
        "search": search_identity(pathway.search),
    }


def _corpus(corpus: CorpusSpec) -> list[Any]:
    harmful = corpus.harmful.digest if corpus.harmful is not None else None
    return [corpus.regime, corpus.source.digest, harmful]
