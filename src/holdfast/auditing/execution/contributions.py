"""What other pathways made of the model, for one that builds on them: made anew, and never kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.auditing.planner import ResolvedPathway, resolve_pathway
from holdfast.data import load_corpus
from holdfast.domain import Checkpoint, Contribution, Schedule, TrialContext, TrialError

if TYPE_CHECKING:
    from holdfast.auditing.execution.trial import TrialTask


def contributions(task: TrialTask, scratch: Path) -> dict[str, Contribution]:
    """Return the results of the pathways that a trial builds on, each trained to its end on a fresh model.

    They are trained by the trial's own seed, so they are what the trial of that pathway and seed ends with.
    Their files lie in the trial's scratch directory and go with it.

    Args:
        task: The trial.
        scratch: Where the files go.

    Raises:
        TrialError: If a pathway leaves no weights that could be passed on, or its training fails.
    """
    return {name: _made(task, name, scratch / "inputs") for name in task.pathway.spec.inputs}


def _made(task: TrialTask, name: str, directory: Path) -> Contribution:
    from safetensors.torch import save_file

    from holdfast.models import load_model

    pathway = resolve_pathway(next(p for p in task.audit.pathways if p.name == name))
    spec, own = pathway.spec, directory / name
    (own / "scratch").mkdir(parents=True)
    total = getattr(pathway.config, "steps", 0)
    context = TrialContext(
        model=load_model(task.model, device=task.device),
        corpus=load_corpus(spec.corpus) if spec.corpus else (),
        config=pathway.config,
        seed=task.trial.seed,
        schedule=Schedule(total, (total,)),
        scratch=own / "scratch",
        inputs={inner: _made(task, inner, own) for inner in spec.inputs},
        models=spec.models,
        corpora={role: load_corpus(each) for role, each in spec.corpora.items()},
    )
    with closing(pathway.technique.run(context)) as checkpoints:
        checkpoint = next(checkpoints, None)
        weights = _weights(checkpoint, pathway)
        file = own / "weights.safetensors"
        save_file({key: value.detach().cpu().contiguous() for key, value in weights.items()}, file)
        assert checkpoint is not None
        return Contribution(file, checkpoint.spend, len(context.corpus))


def _weights(checkpoint: Checkpoint | None, pathway: ResolvedPathway) -> Mapping[str, Any]:
    weights = checkpoint.weights() if checkpoint is not None and checkpoint.weights is not None else None
    if not weights:
        raise TrialError(
            f"pathway {pathway.spec.name!r} ({pathway.spec.technique}) leaves no weights to build on",
            next_step="give inputs that change the model's weights (full, lora and their kin)",
        )
    return weights
