"""Training in rounds, held against plain training and against what it should cost."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from holdfast.domain import Example, Schedule, TrialError, ask
from holdfast.engine import Cohort, TrainSettings, train, train_rounds
from holdfast.engine.settings import RateSchedule
from holdfast.spend import Ledger, Optimizer, Workload

SETTINGS = TrainSettings(learning_rate=1e-3, batch_size=4, steps=3)
ROUNDS = Schedule(3, (0, 1, 3))


class Mean:
    """Plain averaging, with a memory that tells how often it was asked."""

    def __init__(self):
        self.asked = torch.zeros(1)

    def combine(self, number, shared, updates):
        assert number == int(self.asked)
        self.asked += 1
        return {name: sum(u.tensors[name] for u in updates) / len(updates) for name in shared}

    def tensors(self):
        return {"asked": self.asked}

    def restore(self, tensors):
        self.asked = tensors["asked"]


def cohort(*shards, local_steps=2, **options):
    return Cohort(tuple(tuple(s) for s in shards), local_steps, Mean(), **options)


def rounds(trial, cohort, settings=SETTINGS):
    module = trial.model.module
    parameters = dict(module.named_parameters())
    ledger = Ledger(Workload(trial.model.shape), actors=max(1, len(cohort.shards)))
    return train_rounds(trial, module, parameters, settings, ledger, cohort)


def weights(trial):
    return {name: tensor.clone() for name, tensor in trial.model.module.state_dict().items()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def near(left, right):
    return all(torch.allclose(left[name], right[name], atol=1e-6) for name in left)


@pytest.mark.parametrize("schedule", [RateSchedule.CONSTANT, RateSchedule.COSINE])
def test_one_actor_who_keeps_the_optimiser_trains_as_if_alone(schedule, trial, corpus):
    settings = SETTINGS.model_copy(update={"schedule": schedule, "warm_up": 0.4})
    shared = trial(None, schedule=ROUNDS)
    list(rounds(shared, cohort(corpus, local_steps=2, keeps_optimizer=True), settings))
    alone, twice = trial(None, schedule=Schedule(6, (6,))), settings.model_copy(update={"steps": 6})
    module = alone.model.module
    list(train(alone, module, dict(module.named_parameters()), twice, Ledger(Workload(alone.model.shape))))
    assert same(weights(shared), weights(alone))


def test_an_optimiser_that_starts_over_each_round_trains_otherwise(trial, corpus):
    kept, anew = trial(None, schedule=ROUNDS), trial(None, schedule=ROUNDS)
    list(rounds(kept, cohort(corpus, keeps_optimizer=True)))
    list(rounds(anew, cohort(corpus)))
    assert not near(weights(kept), weights(anew))


def test_one_step_of_sgd_a_round_is_the_step_on_all_rows_together(trial):
    # Answers of one length: the mean over tokens is then the mean of the actors' means.
    rows = [Example(ask(f"Tell me of {w}."), "It is blue") for w in ("tea", "sky", "day", "one")]
    settings = TrainSettings(
        learning_rate=0.1, batch_size=4, steps=3, optimizer=Optimizer.SGD, clip_norm=None
    )
    apart, together = trial(None, schedule=ROUNDS), trial(None, rows=rows, schedule=ROUNDS)
    list(rounds(apart, cohort(rows[:2], rows[2:], local_steps=1), settings))
    module = together.model.module
    ledger = Ledger(Workload(together.model.shape))
    list(train(together, module, dict(module.named_parameters()), settings, ledger))
    assert near(weights(apart), weights(together))


@pytest.mark.parametrize(
    ("keeps", "optimizer"), [(True, "adamw"), (False, "adamw"), (True, "adamw-8bit"), (True, "sgd")]
)
def test_a_run_continued_from_a_snapshot_ends_bit_for_bit_the_same(keeps, optimizer, trial, corpus, tmp_path):
    settings = SETTINGS.model_copy(update={"optimizer": Optimizer(optimizer)})

    def taking_part():
        return cohort(corpus[:4], corpus[4:], keeps_optimizer=keeps)

    whole = trial(None, schedule=ROUNDS)
    for checkpoint in rounds(whole, taking_part(), settings):
        if checkpoint.step == 1:
            snapshot = checkpoint.snapshot(tmp_path / "one")
        spend = checkpoint.spend
    rest = trial(None, schedule=ROUNDS, start=snapshot)
    *_, last = rounds(rest, taking_part(), settings)
    assert same(weights(whole), weights(rest))
    assert replace(last.spend, device_seconds=0, peak_memory_bytes=0) == replace(
        spend, device_seconds=0, peak_memory_bytes=0
    )


@pytest.mark.parametrize("change", [{"local_steps": 3}, {"shards": ("other",)}])
def test_a_snapshot_of_another_cohort_is_refused(change, trial, corpus, tmp_path):
    checkpoints = rounds(trial(None, schedule=ROUNDS), cohort(corpus[:4], corpus[4:]))
    snapshot = next(checkpoints).snapshot(tmp_path / "zero")
    shards = (corpus[:5], corpus[5:]) if "shards" in change else (corpus[:4], corpus[4:])
    other = cohort(*shards, local_steps=change.get("local_steps", 2))
    with pytest.raises(TrialError, match="belongs to another training"):
        next(rounds(trial(None, schedule=ROUNDS, start=snapshot), other))


def test_every_step_and_every_byte_is_booked_to_somebody(trial, corpus):
    context = trial(None, schedule=ROUNDS)
    sent = sum(p.nbytes for p in context.model.module.parameters())
    before, one, three = (c.spend for c in rounds(context, cohort(corpus[:8], corpus[8:])))
    assert (before.steps, one.steps, three.steps) == (0, 4, 12)  # two actors, two steps each
    assert (before.bytes_exchanged, one.bytes_exchanged, three.bytes_exchanged) == (0, 4 * sent, 12 * sent)
    assert three.unique_examples == len(corpus)
    assert three.examples == 3 * 2 * (4 + 2)  # a batch is as large as the shard where that is smaller
    assert three.actors == 2
    assert 0.5 < three.max_actor_share < 1.0


def test_an_actor_who_dies_in_a_round_has_paid_and_changes_nothing(trial, corpus):
    def second_dies(actor, number):
        return actor == 0

    shards = (corpus[:4], corpus[4:])
    context, alone = trial(None, schedule=ROUNDS), trial(None, schedule=ROUNDS)
    *_, last = rounds(context, cohort(*shards, keeps_optimizer=True, present=second_dies))
    *_, single = rounds(alone, cohort(shards[0], keeps_optimizer=True))
    assert near(weights(context), weights(alone))
    assert last.spend.steps == 2 * single.spend.steps
    assert last.spend.bytes_exchanged == 3 * single.spend.bytes_exchanged / 2  # nothing came back from it


def test_what_an_optimiser_learned_in_a_lost_round_is_lost(trial, corpus):
    """The second actor dies in the first round only: in the second its optimiser is new."""

    def run(keeps, present):
        context = trial(None, schedule=Schedule(2, (2,)))
        members = cohort(corpus[:4], corpus[4:], keeps_optimizer=keeps, present=present)
        point = next(rounds(context, members))
        point.snapshot(context.scratch / f"end-{keeps}")
        return load_file(context.scratch / f"end-{keeps}" / "optimizer.safetensors")

    state = run(True, lambda actor, number: actor == 0 or number == 1)
    steps = {key.split("/")[0]: int(value) for key, value in state.items() if "/step/" in key}
    assert steps == {"0": 4, "1": 2}


def test_a_round_without_any_update_is_an_error(trial, corpus):
    context = trial(None, schedule=ROUNDS)
    nobody = cohort(corpus[:4], corpus[4:], present=lambda actor, number: number == 0)
    with pytest.raises(TrialError, match="none of 2 actors sent an update in round 2"):
        list(rounds(context, nobody))


def test_no_actor_and_an_actor_without_rows_are_errors(trial, corpus):
    with pytest.raises(TrialError, match="0 actors train nothing"):
        next(rounds(trial(None, schedule=ROUNDS), cohort()))
    with pytest.raises(TrialError, match="actor 2 has no row"):
        next(rounds(trial(None, schedule=ROUNDS), cohort(corpus, [])))


def test_an_actor_who_diverges_is_named(trial, corpus):
    settings = SETTINGS.model_copy(update={"learning_rate": 1e9, "clip_norm": None})
    with pytest.raises(TrialError, match=r"actor \d: diverged at step"):
        list(rounds(trial(None, schedule=Schedule(3, (3,))), cohort(corpus[:4], corpus[4:]), settings))


def test_the_caller_finds_the_models_flags_as_they_were(trial, corpus):
    context = trial(None, schedule=ROUNDS)
    module = context.model.module
    module.eval()
    checkpoints = rounds(context, cohort(corpus))
    next(checkpoints), next(checkpoints)
    checkpoints.close()
    assert not module.training
    assert all(p.grad is None for p in module.parameters())
