"""Edits of weights without training: what they promise, what they do, and what they refuse."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from holdfast.domain import ModelSource, Schedule, TrialError
from holdfast.techniques.task_vector import TaskVector
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase
from holdfast.testing.tiny import write_tiny_model

EDIT = Schedule(1, (0, 1))


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Write a tiny model and a copy of it whose weights were moved, as sources by role."""

    def make(architecture="llama"):
        folder = tmp_path_factory.mktemp("copies")
        sources = {}
        for role in ("untuned", "tuned"):
            path = write_tiny_model(folder / role, architecture, context=512)
            sources[role] = ModelSource(role, path=str(path))
        file = folder / "tuned" / "model.safetensors"
        moved = {name: tensor * 1.5 for name, tensor in load_file(file).items()}
        save_file(moved, file, metadata={"format": "pt"})
        return sources

    return make


@pytest.fixture
def vector_trial(trial, copies):
    def make(architecture="llama", **options):
        made = trial(TaskVector.Config(**options), architecture=architecture, schedule=EDIT, rows=())
        return replace(made, models=copies(architecture))

    return make


def by_name(check):
    return check.__name__


@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=by_name)
def test_a_task_vector_keeps_the_promises_of_a_technique(check, trial, copies, tmp_path):
    models = copies("gpt2")

    def context(schedule, seed=0, start=None):
        made = trial(TaskVector.Config(), architecture="gpt2", schedule=schedule, seed=seed, start=start)
        return replace(made, models=models)

    check(TechniqueCase(TaskVector(), context, tmp_path))


def test_the_whole_vector_added_to_the_untuned_model_is_the_tuned_one(vector_trial):
    context = vector_trial()
    tuned = load_file(context.models["tuned"].path + "/model.safetensors")
    own = dict(context.model.module.named_parameters())
    points = TaskVector().run(context)
    next(points)
    passed_on = next(points).weights()
    assert passed_on
    for name, tensor in passed_on.items():
        torch.testing.assert_close(tensor, tuned[name])
        assert tensor.data_ptr() == own[name].data_ptr()


def test_a_scale_goes_a_part_of_the_way_or_the_other_way(vector_trial):
    context = vector_trial(scale=-0.5)
    before = {name: p.detach().clone() for name, p in context.model.module.named_parameters()}
    points = TaskVector().run(context)
    next(points)
    for name, tensor in next(points).weights().items():
        torch.testing.assert_close(tensor, before[name] * 0.75)


def test_an_edit_is_one_step_with_its_seconds(vector_trial):
    start, end = [point.spend for point in TaskVector().run(vector_trial())]
    assert (start.steps, start.device_seconds, start.flops) == (0, 0.0, 0.0)
    assert (end.steps, end.train_tokens) == (1, 0)
    assert end.device_seconds > 0.0
    assert end.flops > 0.0


def test_a_vector_of_another_architecture_is_refused(trial, copies):
    context = replace(trial(TaskVector.Config(), schedule=EDIT, rows=()), models=copies("gpt2"))
    points = TaskVector().run(context)
    next(points)
    with pytest.raises(TrialError, match=r"models\.tuned .* is of another architecture: \d+ weights"):
        next(points)


def test_two_equal_models_give_no_vector(vector_trial):
    context = vector_trial()
    same = {"tuned": context.models["untuned"], "untuned": context.models["untuned"]}
    points = TaskVector().run(replace(context, models=same))
    next(points)
    with pytest.raises(TrialError, match="there is no task vector"):
        next(points)


def test_a_vector_that_overflows_is_refused_and_undone(vector_trial):
    context = vector_trial(scale=1e300)
    before = {name: p.detach().clone() for name, p in context.model.module.named_parameters()}
    points = TaskVector().run(context)
    next(points)
    with pytest.raises(TrialError, match="NaN or infinite"):
        next(points)
    assert all(torch.equal(before[n], p) for n, p in context.model.module.named_parameters())


def test_a_scale_of_nothing_is_refused():
    with pytest.raises(ValueError, match="adds nothing"):
        TaskVector.Config(scale=0.0)
