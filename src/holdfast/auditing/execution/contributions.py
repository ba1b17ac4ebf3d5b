"""What other pathways made of the model, for one that builds on them: made anew, and never kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.auditing.execution.checks import require_finite_loss
from holdfast.auditing.planner import ResolvedPathway, resolve_pathway
from holdfast.data import load_corpus
from holdfast.domain import Checkpoint, Contribution, HoldfastError, Schedule, Spend, TrialContext, TrialError
from holdfast.spend import in_sequence

if TYPE_CHECKING:
    from holdfast.auditing.execution.trial import TrialTask


def contributions(task: TrialTask, scratch: Path) -> dict[str, Contribution]:
    """Return the results of the pathways that a trial builds on, each trained to its end on a fresh model.

    They are trained by the trial's own seed, so they are what the trial of that pathway and seed ends with.
    Their files lie in the trial's scratch directory and go with it. One model is in memory at a time, so this
    is called before the trial's own is loaded.

    Args:
        task: The trial.
        scratch: Where the files go.

    Raises:
        TrialError: If a pathway leaves no weights that could be passed on, making it fails, or its weights
            cannot be written; the pathway is named. Whatever else a technique raises carries it as a note.
    """
    return _made(task, task.pathway.spec.inputs, scratch / "inputs")


def _made(task: TrialTask, names: tuple[str, ...], directory: Path) -> dict[str, Contribution]:
    made = {}
    for name in names:
        pathway = resolve_pathway(next(p for p in task.audit.pathways if p.name == name))
        own = directory / name
        inner = _made(task, pathway.spec.inputs, own / "inputs")
        own.mkdir(parents=True, exist_ok=True)
        try:
            made[name] = _make(task, pathway, inner, own)
        except HoldfastError as error:
            message = error.args[0] if error.args else str(error)
            raise TrialError(f"contribution {name!r}: {message}", next_step=error.next_step) from error
        except Exception as error:
            # Named, and else left as it is: what the machine is to blame for shall run again on resume.
            error.add_note(f"contribution {name!r}")
            raise
    return made


def _make(
    task: TrialTask, pathway: ResolvedPathway, inputs: Mapping[str, Contribution], directory: Path
) -> Contribution:
    from holdfast.models import load_model

    spec, total = pathway.spec, getattr(pathway.config, "steps", 0)
    scratch, file = directory / "scratch", directory / "weights.safetensors"
    scratch.mkdir()
    context = TrialContext(
        model=load_model(task.model, device=task.device),
        corpus=load_corpus(spec.corpus) if spec.corpus else (),
        config=pathway.config,
        seed=task.trial.seed,
        schedule=Schedule(total, (total,)),
        scratch=scratch,
        inputs=inputs,
        models=spec.models,
        corpora={role: load_corpus(each) for role, each in spec.corpora.items()},
    )
    with closing(pathway.technique.run(context)) as checkpoints:
        for checkpoint in checkpoints:
            if checkpoint.step == total:
                require_finite_loss(checkpoint)
                _write(file, _weights(checkpoint, pathway))
                return Contribution(file, _paid(pathway, checkpoint.spend), len(context.corpus))
    raise TrialError(
        f"technique {spec.technique!r} gave no checkpoint at step {total}",
        next_step="its `run` must yield one at each step of `trial.schedule.measure_at`",
    )


def _weights(checkpoint: Checkpoint, pathway: ResolvedPathway) -> Mapping[str, Any]:
    weights = checkpoint.weights() if checkpoint.weights is not None else None
    if not weights:
        raise TrialError(
            f"technique {pathway.spec.technique!r} leaves no weights to build on",
            next_step="give inputs that change the model's weights (full, lora and their kin)",
        )
    return weights


def _write(file: Path, weights: Mapping[str, Any]) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}, file)
    except SafetensorError as error:  # names no file, as an OSError does
        raise TrialError(f"its weights cannot be written to {file}: {error}") from error


def _paid(pathway: ResolvedPathway, spend: Spend) -> Spend:
    """Return what a contribution cost, the search for its options included."""
    tried = pathway.spec.tried
    return spend if tried is None else in_sequence([tried, spend])
