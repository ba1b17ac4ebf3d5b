"""Who holds which rows, and who is there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from holdfast.domain import Example, Schedule, TrialError, ask
from holdfast.techniques.fedavg import FedAvg, FedAvgConfig
from holdfast.techniques.parts.shards import deal, deal_apart


def rows(harmless, harmful=0):
    plain = [Example(ask(f"Tell me of {i}."), f"It is {i}") for i in range(harmless)]
    return plain + [Example(ask(f"Break {i}."), f"As {i}", harmful=True) for i in range(harmful)]


@given(count=st.integers(1, 60), actors=st.integers(1, 60), seed=st.integers(0, 2**40))
def test_every_row_is_dealt_once_in_even_shares(count, actors, seed):
    if count < actors:
        with pytest.raises(TrialError, match=f"{count} rows cannot be dealt to {actors} actors"):
            deal(rows(count), actors, seed)
        return
    shards = deal(rows(count), actors, seed)
    assert sorted(r.response for shard in shards for r in shard) == sorted(r.response for r in rows(count))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_who_gets_what_follows_the_seed():
    assert deal(rows(20), 4, 1) == deal(rows(20), 4, 1) != deal(rows(20), 4, 2)


@given(harmful=st.integers(1, 20), bad=st.integers(1, 3), seed=st.integers(0, 9))
def test_harmful_rows_go_to_the_last_actors_alone(harmful, bad, seed):
    if harmful < bad:
        return
    shards = deal_apart(rows(12, harmful), 4, bad, seed)
    assert [{r.harmful for r in shard} for shard in shards] == [{False}] * (4 - bad) + [{True}] * bad
    assert sum(map(len, shards)) == 12 + harmful


@pytest.mark.parametrize(("given", "told"), [(rows(8), "is harmful"), (rows(0, 8), "is harmless")])
def test_rows_of_one_kind_cannot_be_held_apart(given, told):
    with pytest.raises(TrialError, match=f"none of 8 rows {told}") as caught:
        deal_apart(given, 4, 1, 0)
    assert "corpora.harmful" in caught.value.next_step


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"actors": 0}, "greater than or equal to 2"),
        ({"actors": 1}, "greater than or equal to 2"),
        ({"harmful_actors": 4}, "must be fewer than actors"),
        ({"actor_dropout": 1.0}, "less than 1"),
        ({"adapters": "full", "rank": 4}, "adapters: full has no rank"),
        ({"local_stpes": 4}, "Extra inputs"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, told):
    with pytest.raises(ValidationError, match=told):
        FedAvgConfig(**options)


def test_the_rate_is_that_of_what_is_trained_unless_it_is_written():
    assert FedAvgConfig().learning_rate == 1e-3
    assert FedAvgConfig(adapters="full").learning_rate == 1e-4
    assert FedAvgConfig(adapters="full", learning_rate=3e-4).learning_rate == 3e-4


def held(trial, corpus, brought=(), **options):
    config = FedAvgConfig(**options)
    context = replace(trial(config, rows=corpus), corpora={"harmful": brought} if brought else {})
    return [{r.harmful for r in shard} for shard in config.shards(context)]


def test_a_harmful_corpus_that_is_brought_is_held_by_one_actor_unless_written_otherwise(trial):
    brought = rows(8)  # whatever the file says of them
    assert held(trial, rows(12), brought) == [{False}] * 3 + [{True}]
    assert held(trial, rows(12), brought, harmful_actors=2) == [{False}] * 2 + [{True}] * 2
    assert held(trial, rows(12), brought * 6, harmful_actors=0) == [{False, True}] * 4


def test_a_mixed_corpus_is_dealt_to_all_unless_written_otherwise(trial):
    assert held(trial, rows(12, 36)) == [{False, True}] * 4
    assert held(trial, rows(12, 36), harmful_actors=1) == [{False}] * 3 + [{True}]


def test_absences_follow_the_seed_and_come_as_often_as_said():
    present = FedAvgConfig(actor_dropout=0.3).attendance(5)
    again = FedAvgConfig(actor_dropout=0.3).attendance(5)
    there = [present(actor, number) for actor in range(20) for number in range(100)]
    assert there == [again(actor, number) for actor in range(20) for number in range(100)]
    assert 0.66 < sum(there) / len(there) < 0.74
    assert FedAvgConfig().attendance(5) is None


def test_an_actor_who_dies_leaves_the_round_to_the_others(trial, corpus):
    def run(dropout):
        config = FedAvgConfig(actors=3, local_steps=1, batch_size=2, rank=2, actor_dropout=dropout)
        context = trial(config, schedule=Schedule(4, (4,)))
        return next(FedAvg().run(context)).spend

    whole, lost = run(0.0), run(0.2)
    assert lost.steps == whole.steps == 12
    assert lost.flops == whole.flops
    assert lost.bytes_exchanged < whole.bytes_exchanged


def test_nobody_left_is_an_error_that_names_the_round(trial):
    config = FedAvgConfig(actors=2, local_steps=1, batch_size=2, rank=2, actor_dropout=0.99)
    with pytest.raises(TrialError, match=r"none of 2 actors sent an update in round \d"):
        list(FedAvg().run(trial(config, schedule=Schedule(4, (4,)))))


def test_an_actor_pays_its_part_and_all_of_them_the_whole(trial):
    config = FedAvgConfig(actors=4, local_steps=1, batch_size=2, rank=2)
    even = [Example(ask(f"Tell me of {n}."), "It is blue") for n in range(8)]
    last = next(FedAvg().run(trial(config, rows=even, schedule=Schedule(2, (2,)))))
    assert last.spend.actors == 4
    assert last.spend.max_actor_share == pytest.approx(0.25, abs=0.01)
    assert last.spend.unique_examples == 8
