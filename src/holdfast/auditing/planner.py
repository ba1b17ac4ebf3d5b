"""From a configuration to its trials, with keys that hold everything that can change a result."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from holdfast.domain import (
    NO_SAFEGUARD,
    AuditSpec,
    BenchmarkSpec,
    Changes,
    CorpusSpec,
    ModelSource,
    PathwaySpec,
    Plan,
    PluginError,
    Schedule,
    SearchSpec,
    TrialSpec,
    plugins,
)
from holdfast.engine.settings import in_words
from holdfast.models import digest_directory, digest_model
from holdfast.models.device import best_device
from holdfast.store import content_digest, content_key

BASELINE = "plain"
"""The pathway that measures each model untouched: the start of every trajectory."""

_KEYED_LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "accelerate", "safetensors", "holdfast")
_OPTIONAL_LIBRARIES = ("bitsandbytes", "flwr", "optuna")
"""Libraries of extras: where one is installed, its version can change what pathways that use it give."""


@dataclass(frozen=True, slots=True)
class ResolvedPathway:
    """A pathway with its plug-in loaded.

    Attributes:
        spec: As configured.
        technique: An instance of the plug-in.
        config: Its validated options.
    """

    spec: PathwaySpec
    technique: Any
    config: Any


def resolve_pathway(spec: PathwaySpec) -> ResolvedPathway:
    """Load a pathway's technique and validate its options.

    Raises:
        PluginError: If the technique cannot be found.
    """
    technique = plugins.load(plugins.TECHNIQUES, spec.technique)()
    return ResolvedPathway(spec, technique, technique.Config(**spec.options))


def describe_pathway(pathway: ResolvedPathway) -> str:
    """Return a pathway's options in force in one line, defaults included."""
    if (search := pathway.spec.search) is not None:
        return f"{pathway.spec.name}: {search.of} with the options that {search.tries} tries find"
    if pathway.technique.traits.trains and hasattr(pathway.config, "describe"):
        options = pathway.config.describe()
    else:
        options = in_words(pathway.config.model_dump(mode="json"))
    return f"{pathway.spec.name}: {', '.join(filter(None, (pathway.spec.technique, options)))}"


def measures_model(pathway: ResolvedPathway) -> bool:
    """Return whether a whole model is measured; attacks on inputs are asked safety prompts alone.

    Of another model that answers nothing is known: whether it is of use has to be asked like its harm.
    """
    traits = pathway.technique.traits
    changed = traits.trains or traits.changes is Changes.WEIGHTS
    return changed or traits.other_model or pathway.spec.name == BASELINE


def trains_nothing(pathway: ResolvedPathway) -> bool:
    """Return whether a pathway takes no gradient step on a corpus and builds on none that did."""
    return not pathway.technique.traits.trains and not pathway.spec.inputs


def measuring_schedule(total_steps: int) -> Schedule:
    """Return where a training of `total_steps` is measured: the start, powers of two, the end.

    Powers of two below 1/128 of the whole are left out: they cost as much to measure and bracket little.

    Args:
        total_steps: Length in steps; 0 for a pathway that is a start alone.
    """
    if total_steps == 0:
        return Schedule(0, (0,))
    first = max(1, total_steps // 128)
    steps = [1 << k for k in range(total_steps.bit_length()) if first <= 1 << k < total_steps]
    return Schedule(total_steps, (0, *steps, total_steps))


def environment() -> dict[str, str]:
    """Return what besides the inputs can change a number: Python, platform, libraries, device."""
    return {
        **{name: version(name) for name in _KEYED_LIBRARIES},
        **{name: found for name in _OPTIONAL_LIBRARIES if (found := _version_if_installed(name))},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "device": best_device(),
    }


def _version_if_installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def make_plan(spec: AuditSpec) -> Plan:
    """Return the trials of an audit, untouched models first (they calibrate the judges).

    Raises:
        PluginError: If a technique cannot be found.
        ModelError: If a model directory cannot be digested.
    """
    here = environment()
    models = {model.name: _model_identity(model) for model in spec.models}
    pathways = [resolve_pathway(pathway) for pathway in spec.pathways]
    by_name = {pathway.spec.name: pathway for pathway in pathways}
    trials = [
        _trial(spec, model.name, models[model.name], pathway, seed, here, by_name)
        for pathway in sorted(pathways, key=lambda p: p.spec.name != BASELINE)
        for model in spec.models
        for seed in _seeds(spec, pathway)
    ]
    # Defaults are written out, so that a record shows every option that was in force.
    written_out = tuple(replace(p.spec, options=p.config.model_dump(mode="json")) for p in pathways)
    audit = replace(spec, pathways=written_out, digest=content_digest([spec.digest, models]))
    return Plan(audit, tuple(trials), here)


def load_judge(name: str) -> Any:
    """Return the class of a judge.

    Args:
        name: Entry point of `holdfast.judges`, or `path.py:Class`.

    Raises:
        PluginError: If it cannot be found, or has no `name` or `traits`.
    """
    judge = plugins.load(plugins.JUDGES, name)
    absent = [wanted for wanted in ("name", "traits") if not hasattr(judge, wanted)]
    if absent:
        raise PluginError(
            f"judge {name!r} breaks its contract: it has no {' and no '.join(absent)}",
            next_step="see holdfast.domain.Judge",
        )
    return judge


def panel_names(judges: Sequence[str]) -> list[str]:
    """Return the panels that judges form, as findings name them: the primary one first, then those alone.

    Args:
        judges: Judge plug-ins in configuration order; at least one.

    Raises:
        PluginError: If a judge cannot be found.
    """
    loaded = [load_judge(name) for name in judges]
    members = [judge.name for judge in loaded if not judge.traits.standalone]
    alone = [judge.name for judge in loaded if judge.traits.standalone]
    return ["+".join(members), *alone] if members else alone


def primary_judge(spec: AuditSpec) -> str:
    """Return the name of the judge or panel that breaks and decisions rest on.

    Raises:
        PluginError: If a judge cannot be found.
    """
    return panel_names(spec.judges)[0]


def judge_names(spec: AuditSpec) -> list[str]:
    """Return the names that verdicts carry, in configuration order; a judge from a file names itself.

    Raises:
        PluginError: If a judge cannot be found.
    """
    return [load_judge(name).name for name in spec.judges]


def variant_names(spec: AuditSpec) -> frozenset[str]:
    """Return the names of benchmarks that only vary another: cells of the multiverse, and nothing else."""
    return frozenset(benchmark.name for benchmark in spec.benchmarks if benchmark.variant is not None)


def _seeds(spec: AuditSpec, pathway: ResolvedPathway) -> Sequence[int]:
    # Greedy answers of an untouched model do not depend on the seed: one trial says all there is.
    greedy = spec.decoding.temperature == 0 and getattr(pathway.config, "deterministic", False)
    return spec.seeds[:1] if greedy else spec.seeds


def _model_identity(model: ModelSource) -> Mapping[str, Any]:
    # A hub model is named by its revision: planning downloads nothing, receipts hold what was loaded.
    here = {"digest": digest_model(model).digest} if model.path else {"hub": model.hub, "at": model.revision}
    adapter = digest_directory(model.adapter).digest if model.adapter and not model.path else None
    return {**here, "adapter": adapter, "dtype": model.dtype}


def _training_key(
    identity: Mapping[str, Any],
    pathway: ResolvedPathway,
    seed: int,
    here: Mapping[str, str],
    pathways: Mapping[str, ResolvedPathway],
) -> str:
    spec = pathway.spec
    return content_key(
        {
            # Of a search the protocol counts, not what it finds: keys come before anything is tried.
            "search": search_identity(spec.search),
            "model": identity,
            "technique": type(pathway.technique).__qualname__,
            "source": plugins.source_digest(type(pathway.technique)),
            "config": pathway.config.model_dump(),
            "corpus": spec.corpus and _rows(spec.corpus),
            "corpora": {role: _rows(each) for role, each in spec.corpora.items()},
            "models": {role: _model_identity(each) for role, each in spec.models.items()},
            "inputs": [_training_key(identity, pathways[n], seed, here, pathways) for n in spec.inputs],
            "seed": seed,
            "environment": here,
        }
    )


def _trial(
    spec: AuditSpec,
    model: str,
    identity: Mapping[str, Any],
    pathway: ResolvedPathway,
    seed: int,
    here: Mapping[str, str],
    pathways: Mapping[str, ResolvedPathway],
) -> TrialSpec:
    schedule = measuring_schedule(getattr(pathway.config, "steps", 0))
    training_key = _training_key(identity, pathway, seed, here, pathways)
    # The rendered tokens follow from the model's tokenizer and template (in its digest), the rows, and the
    # one rendering function, whose source is hashed.
    measurement_key = content_key(
        {
            "training": training_key,
            "schedule": schedule,
            "goals": spec.goals,
            "utility": spec.utility,
            "benchmarks": [
                benchmark_identity(b) for b in spec.benchmarks if b.variant is None or measures_model(pathway)
            ],
            "decoding": spec.decoding,
            "ask": pathway.spec.ask,
            "bounds": spec.break_rule if pathway.spec.search else None,
            "rendering": _chat_source(),
            "sound": _sound_answers(spec) if pathway.spec.name == BASELINE else None,
        }
    )
    names = {"model": model, "safeguard": NO_SAFEGUARD, "pathway": pathway.spec.name}
    return TrialSpec(
        key=content_key({"measurement": measurement_key, **names}),
        **names,
        seed=seed,
        schedule=schedule,
        training_key=training_key,
        measurement_key=measurement_key,
    )


def benchmark_identity(benchmark: BenchmarkSpec) -> list[Any]:
    """Return all that identifies what a benchmark asks, and how."""
    told = [benchmark.name, benchmark.kind, benchmark.scorer, benchmark.source.digest]
    return [*told, benchmark.template, benchmark.decoding]


def search_identity(search: SearchSpec | None) -> list[Any] | None:
    """Return all that identifies a search; None for none."""
    if search is None:
        return None
    return [replace(search, corpora=()), [_rows(corpus) for corpus in search.corpora]]


def _rows(corpus: CorpusSpec) -> list[str]:
    # The digests cover the rows that take part, in order: limit, share and regime act through them alone.
    return [source.digest for source in (corpus.source, corpus.harmful) if source is not None]


def _sound_answers(spec: AuditSpec) -> list[Any]:
    # The untouched model also scores the gold answers of every corpus, which coherence is calibrated on.
    return [[p.name, p.corpus.regime, _rows(p.corpus)] for p in spec.pathways if p.corpus is not None]


def _chat_source() -> str:
    path = Path(__file__).parent.parent / "models" / "chat.py"
    return hashlib.sha256(path.read_bytes()).hexdigest()
