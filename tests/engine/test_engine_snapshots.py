import json
from dataclasses import replace

import pytest
import torch

from holdfast.domain import Schedule, TrialError
from holdfast.engine import TrainSettings, train
from holdfast.spend import Ledger, Workload

SETTINGS = TrainSettings(learning_rate=1e-3, batch_size=4)
LONG = Schedule(7, (0, 3, 7))


def start(trial, settings=SETTINGS, parameters=None):
    module = trial.model.module
    chosen = dict(module.named_parameters()) if parameters is None else parameters
    return train(trial, module, chosen, settings, Ledger(Workload(trial.model.shape)))


@pytest.fixture
def snapshot(trial, tmp_path):
    context = trial(None, architecture="gpt2", schedule=LONG)
    for checkpoint in start(context):
        if checkpoint.step == 3:
            return checkpoint.snapshot(tmp_path / "at-3")
    raise AssertionError("step 3 did not come")


def test_a_snapshot_is_safetensors_and_json_only(snapshot):
    names = {path.name for path in snapshot.directory.iterdir()}
    assert names == {"trainable.safetensors", "optimizer.safetensors", "snapshot.json"}
    record = json.loads((snapshot.directory / "snapshot.json").read_text())
    assert record["step"] == snapshot.step == 3
    assert record["ledger"]["spend"]["steps"] == 3
    assert record["random"]["cpu"]
    assert snapshot.spend.steps == 3


def test_continuing_in_dropout_equals_going_on(trial, snapshot):
    whole = trial(None, architecture="gpt2", schedule=LONG)
    *_, expected = start(whole)
    rest = trial(None, architecture="gpt2", schedule=LONG, start=snapshot)
    points = list(start(rest))
    assert [point.step for point in points] == [7]
    assert points[0].loss == expected.loss
    assert points[0].spend.train_tokens == expected.spend.train_tokens
    assert points[0].spend.unique_examples == expected.spend.unique_examples
    ours, theirs = rest.model.module.state_dict(), whole.model.module.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_snapshot_can_be_measured_at_a_step_the_first_run_skipped(trial, snapshot):
    between = trial(None, architecture="gpt2", schedule=Schedule(7, (0, 3, 5)), start=snapshot)
    direct = trial(None, architecture="gpt2", schedule=Schedule(7, (5,)))
    assert [point.step for point in start(between)] == [5]
    list(start(direct))
    ours, theirs = between.model.module.state_dict(), direct.model.module.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_checkpoint_that_was_passed_gives_no_snapshot(trial, tmp_path):
    context = trial(None, schedule=LONG)
    points = list(start(context))
    for point in points:
        with pytest.raises(TrialError, match="no longer valid"):
            point.snapshot(tmp_path / "late")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "seed: 0 there, 1 here"),
        ({"settings": TrainSettings(learning_rate=2e-3, batch_size=4)}, "learning_rate"),
        ({"settings": TrainSettings(learning_rate=1e-3, batch_size=5)}, "batch_size"),
        ({"rows": 5}, "corpus"),
    ],
)
def test_a_snapshot_of_another_training_is_refused(change, named, trial, corpus, snapshot):
    context = trial(None, architecture="gpt2", schedule=LONG, start=snapshot, seed=change.get("seed", 0))
    if "rows" in change:
        context = replace(context, corpus=corpus[: change["rows"]])
    with pytest.raises(TrialError, match=f"belongs to another training .*{named}"):
        list(start(context, change.get("settings", SETTINGS)))


def test_a_snapshot_of_another_model_is_refused(trial, snapshot):
    context = trial(None, architecture="llama", schedule=LONG, start=snapshot)
    with pytest.raises(TrialError, match="another model or technique"):
        list(start(context))


@pytest.mark.parametrize("file", ["trainable.safetensors", "optimizer.safetensors", "snapshot.json"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_snapshot_is_refused(file, damage, trial, snapshot):
    path = snapshot.directory / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:20])
    context = trial(None, architecture="gpt2", schedule=LONG, start=snapshot)
    with pytest.raises(TrialError, match="cannot be read"):
        list(start(context))


def test_a_directory_that_cannot_be_written_is_an_error(trial, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrialError, match="cannot be written"):
        next(start(trial(None))).snapshot(tmp_path / "file" / "below")
