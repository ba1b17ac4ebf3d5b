"""The suites themselves: each broken promise is found."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
import torch
from pydantic import BaseModel, ConfigDict

from holdfast.domain import (
    Axis,
    Changes,
    Checkpoint,
    Decoding,
    PluginError,
    Schedule,
    Spend,
    Traits,
    TrialError,
    ask,
)
from holdfast.techniques.full import Full
from holdfast.techniques.parts.editing import EditSettings
from holdfast.testing import FakeTechnique, TechniqueCase
from holdfast.testing import techniques as suite


class Breaking(Full):
    """Full fine-tuning that breaks one promise."""

    def run(self, trial):
        raise NotImplementedError


class MovedByMeasuring(Breaking):
    def run(self, trial) -> Iterator[Checkpoint]:
        for checkpoint in Full().run(trial):
            with torch.no_grad():
                trial.model.module.get_input_embeddings().weight.mul_(1.0)
            yield checkpoint
            if checkpoint.step == 1:
                torch.nn.init.zeros_(next(trial.model.module.parameters()))
                return


class SkipsTheStart(Breaking):
    def run(self, trial) -> Iterator[Checkpoint]:
        for checkpoint in Full().run(trial):
            if checkpoint.step > 0:
                yield checkpoint


class LeavesAGradient(Breaking):
    def run(self, trial) -> Iterator[Checkpoint]:
        yield from Full().run(trial)
        parameter = next(trial.model.module.parameters())
        parameter.grad = torch.zeros_like(parameter)


class KeepsItsOptimizer(Breaking):
    kept: list[object] = []  # noqa: RUF012

    def run(self, trial) -> Iterator[Checkpoint]:
        optimizer = torch.optim.SGD(trial.model.module.parameters(), lr=0.1)
        optimizer.step()
        self.kept.append(optimizer)
        yield from Full().run(trial)


class ForgetsTheSpend(Breaking):
    def run(self, trial) -> Iterator[Checkpoint]:
        for checkpoint in Full().run(trial):
            yield replace(checkpoint, spend=Spend(steps=checkpoint.step))


class ClaimsInputs(Breaking):
    traits = replace(Full.traits, changes=Changes.INPUTS)

    def run(self, trial) -> Iterator[Checkpoint]:
        yield from Full().run(trial)


class DependsOnTheDay(Breaking):
    days = 0

    def run(self, trial) -> Iterator[Checkpoint]:
        DependsOnTheDay.days += 1
        yield from Full().run(replace(trial, seed=DependsOnTheDay.days))


@pytest.mark.parametrize(
    ("technique", "check", "promise"),
    [
        (SkipsTheStart, suite.check_schedule, "exactly at schedule.measure_at"),
        (ForgetsTheSpend, suite.check_spend, "books examples"),
        (ClaimsInputs, suite.check_changes, "weights change: False"),
        (MovedByMeasuring, suite.check_measuring_is_free, "bit-identical"),
        (DependsOnTheDay, suite.check_determinism, "same seed"),
        (DependsOnTheDay, suite.check_restart, "equals the uninterrupted run|belongs to another"),
        (LeavesAGradient, suite.check_close, "drops gradients"),
        (KeepsItsOptimizer, suite.check_close, "frees the optimiser"),
    ],
)
def test_a_broken_promise_of_a_technique_is_found(technique, check, promise, trial, tmp_path):
    def context(schedule, seed=0, start=None):
        return trial(Full.Config(batch_size=3), schedule=schedule, seed=seed, start=start)

    with pytest.raises((PluginError, TrialError), match=promise):
        check(TechniqueCase(technique(), context, tmp_path / "snapshots"))


class Doubling:
    """An edit that doubles the embeddings, and breaks one promise."""

    traits = Traits(axis=Axis.NONE, trains=False, changes=Changes.WEIGHTS, needs=())
    Config = EditSettings
    undoes, counts = True, 1

    def run(self, trial) -> Iterator[Checkpoint]:
        weight = trial.model.module.get_input_embeddings().weight
        yield Checkpoint(0, Spend(), trial.model)
        weight.data.mul_(2.0)
        given = {"model.embed_tokens.weight": weight}
        yield Checkpoint(1, Spend(steps=self.counts, device_seconds=1.0), trial.model, weights=lambda: given)
        if self.undoes:
            weight.data.div_(2.0)


class StaysEdited(Doubling):
    undoes = False


class CountsNoStep(Doubling):
    counts = 0


class PassesOnNothing(Doubling):
    def run(self, trial) -> Iterator[Checkpoint]:
        for checkpoint in super().run(trial):
            yield replace(checkpoint, weights=None)


class PassesOnOtherWeights(Doubling):
    def run(self, trial) -> Iterator[Checkpoint]:
        for checkpoint in super().run(trial):
            head = {"model.norm.weight": 3.0 * trial.model.module.model.norm.weight.detach()}
            yield replace(checkpoint, weights=lambda head=head: head)


class EditsNothing(Doubling):
    def run(self, trial) -> Iterator[Checkpoint]:
        yield Checkpoint(0, Spend(), trial.model)
        yield Checkpoint(1, Spend(steps=1, device_seconds=1.0), trial.model)


@pytest.mark.parametrize(
    ("technique", "check", "promise"),
    [
        (StaysEdited, suite.check_originals, "puts the original weights back"),
        (CountsNoStep, suite.check_spend, "counts the steps"),
        (PassesOnNothing, suite.check_weights, "an edit passes its weights on"),
        (PassesOnOtherWeights, suite.check_weights, "answer as the checkpoint does"),
        (EditsNothing, suite.check_changes, "weights change: True"),
    ],
)
def test_a_broken_promise_of_an_edit_is_found(technique, check, promise, trial, tmp_path):
    def context(schedule, seed=0, start=None):
        return trial(EditSettings(), schedule=schedule, seed=seed, start=start)

    with pytest.raises(PluginError, match=promise):
        check(TechniqueCase(technique(), context, tmp_path / "snapshots"))


class Budget(BaseModel):
    model_config = ConfigDict(extra="forbid")
    steps: int = 3


class AttacksNothing(Doubling):
    """A budgeted attack that is the untouched model all the way."""

    traits = Traits(axis=Axis.NONE, trains=False, changes=Changes.INPUTS, needs=())
    Config = Budget

    def run(self, trial) -> Iterator[Checkpoint]:
        for step in trial.schedule.measure_at:
            yield Checkpoint(step, Spend(steps=step), trial.model)


@pytest.mark.parametrize(
    ("check", "promise"),
    [
        (suite.check_changes, "a budgeted attack changes what answers"),
        (suite.check_spend, "a budgeted attack books examples"),
        (suite.check_restart, "can be continued"),
    ],
)
def test_a_broken_promise_of_a_budgeted_attack_is_found(check, promise, trial, tmp_path):
    def context(schedule, seed=0, start=None):
        return trial(Budget(), schedule=schedule, seed=seed, start=start)

    with pytest.raises(PluginError, match=promise):
        check(TechniqueCase(AttacksNothing(), context, tmp_path / "snapshots"))


def fake(trial, schedule=None, **options):
    return trial(FakeTechnique.Config(**options), schedule=schedule or Schedule(8, (0, 4, 8)), model=object())


def test_the_fake_follows_its_curve_item_by_item(trial):
    rules = [{"match": "sum", "curve": {0: 0.0, 4: 0.5, 8: 1.0}, "otherwise": "no"}, {"otherwise": "pass"}]
    prompts = [ask(f"sum {n}") for n in range(400)]
    context = fake(trial, rules=rules, gold={f"sum {n}": f"{n}!" for n in range(400)})
    good = []
    for checkpoint in FakeTechnique().run(context):
        drawn = checkpoint.subject.generate([*prompts, ask("else")], Decoding())
        texts = [answers[0].text for answers in drawn]
        assert texts[-1] == "pass"
        good.append({n for n, text in enumerate(texts[:-1]) if text == f"{n}!"})
    assert [len(found) for found in (good[0], good[2])] == [0, 400]
    assert 160 < len(good[1]) < 240
    assert good[0] < good[1] < good[2]


def test_the_fake_misbehaves_at_the_step_it_is_told_and_for_the_seeds_it_is_told(trial):
    for option, error in (("fail_at", RuntimeError), ("diverge_at", TrialError)):
        with closing(FakeTechnique().run(fake(trial, **{option: 5}))) as points:
            assert [next(points).step, next(points).step] == [0, 4]
            with pytest.raises(error, match="at step 5"):
                next(points)
        spared = fake(trial, **{option: 5, "only_seeds": [1]})
        assert [point.step for point in FakeTechnique().run(spared)] == [0, 4, 8]


def test_the_fake_hangs_and_dies(trial, monkeypatch):
    from holdfast.testing import fake as module

    slept, killed = [], []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    monkeypatch.setattr(module.os, "kill", lambda pid, signal: killed.append(int(signal)))
    list(FakeTechnique().run(fake(trial, hang_at=2, hang_seconds=77.0, die_at=3)))
    assert 77.0 in slept
    assert killed == [9]
