"""How updates become weights: our sums against their definitions and Flower's, Flower's against its lies."""

import logging

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from holdfast.domain import TrialError
from holdfast.engine import Update
from holdfast.techniques.fedavg import FedAvgConfig, Strategy, aggregation_of
from holdfast.techniques.parts.aggregation import OuterMomentum, WeightedMean
from holdfast.techniques.parts.flower import FlowerStrategy, flower_strategy

SHARED = {"a": torch.tensor([1.0, -2.0, 3.0]), "b": torch.tensor([[0.5], [0.25]])}


def updates(*changes, rows=None, shared=SHARED):
    """One update an actor: the shared weights, each number changed by the actor's."""
    rows = rows or [1] * len(changes)
    return [
        Update(i, {n: t + torch.as_tensor(c, dtype=t.dtype) for n, t in shared.items()}, rows[i])
        for i, c in enumerate(changes)
    ]


def change(combined, shared=SHARED):
    return {n: combined[n] - t for n, t in shared.items()}


def by(strategy, actors, **options):
    return FlowerStrategy(FedAvgConfig(strategy=strategy, actors=actors, **options))


@given(
    changes=st.lists(st.floats(-1.0, 1.0, width=32), min_size=1, max_size=5),
    rows=st.lists(st.integers(1, 1000), min_size=5, max_size=5),
)
def test_the_mean_weighs_each_update_by_its_rows(changes, rows):
    rows = rows[: len(changes)]
    combined = WeightedMean().combine(0, SHARED, updates(*changes, rows=rows))
    expected = np.average(np.array(changes), weights=rows)
    assert change(combined)["a"].numpy() == pytest.approx(np.full(3, expected), abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(changes=st.lists(st.floats(-1.0, 1.0, width=32), min_size=2, max_size=5))
def test_our_mean_is_flowers_fedavg(changes):
    sent = updates(*changes, rows=range(1, len(changes) + 1))
    theirs = FlowerStrategy(FedAvgConfig(actors=len(changes))).combine(0, SHARED, sent)
    ours = WeightedMean().combine(0, SHARED, sent)
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-6) for name in SHARED)


def test_half_precision_is_averaged_in_float32():
    shared = {"a": torch.full((2,), 256.0, dtype=torch.bfloat16)}
    sent = [Update(i, {"a": torch.full((2,), 256.0 + 2 * i, dtype=torch.bfloat16)}, 1) for i in range(2)]
    assert WeightedMean().combine(0, shared, sent)["a"].tolist() == [257.0, 257.0]  # bfloat16 has no 257


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_outer_step_is_torchs_sgd_with_nesterov_momentum(momentum):
    parameter = torch.nn.Parameter(SHARED["a"].clone())
    reference = torch.optim.SGD([parameter], lr=0.7, momentum=momentum, nesterov=momentum > 0.0)
    outer, now = OuterMomentum(0.7, momentum), {"a": SHARED["a"]}
    for number in range(4):
        sent = updates(0.1 * number, -0.4, shared=now)
        parameter.grad = now["a"] - (sent[0].tensors["a"] + sent[1].tensors["a"]) / 2
        reference.step()
        resumed = OuterMomentum(
            0.7, momentum
        )  # a new one that is told what the last knew goes on as the last
        resumed.restore(outer.tensors())
        outer, now = resumed, resumed.combine(number, now, sent)
        assert torch.allclose(now["a"], parameter.detach(), atol=1e-6)


@pytest.mark.parametrize(
    ("strategy", "actors", "options"),
    [
        ("fedmedian", 4, {}),
        ("fedtrimmedavg", 4, {}),
        ("krum", 5, {}),
        ("multikrum", 5, {}),
        ("bulyan", 7, {}),
    ],
)
def test_robust_strategies_are_not_moved_by_one_liar(strategy, actors, options):
    honest = [0.10 + 0.001 * i for i in range(actors - 1)]
    lied = by(strategy, actors, **options).combine(0, SHARED, updates(*honest, 1000.0))
    mean = WeightedMean().combine(0, SHARED, updates(*honest, 1000.0))
    assert change(mean)["a"].min() > 100.0
    for moved in change(lied).values():
        assert moved.min() >= 0.09
        assert moved.max() <= 0.12


def test_krum_chooses_by_changes_where_weights_are_large():
    """Flower takes distances from squared norms in float32: of weights, only rounding would be left."""
    shared = {"a": torch.full((4096,), 30.0)}
    generator = torch.Generator().manual_seed(0)
    noise = [torch.randn(4096, generator=generator) * 1e-4 for _ in range(4)]
    sent = [Update(i, {"a": shared["a"] + 1e-3 + n}, 1) for i, n in enumerate(noise)]
    sent.append(Update(4, {"a": shared["a"] - 2e-2}, 1))
    weights = np.stack([u.tensors["a"].numpy() for u in sent])
    norms = np.square(weights).sum(axis=1)
    as_flower_would = norms[:, None] + norms[None, :] - 2 * weights @ weights.T
    exact = np.square(weights[:, None].astype(float) - weights[None].astype(float)).sum(axis=2)
    assert np.abs(as_flower_would - exact).max() > exact.max()
    moved = by("krum", 5).combine(0, shared, sent)["a"] - shared["a"]
    assert any(torch.allclose(moved, u.tensors["a"] - shared["a"], atol=1e-7) for u in sent[:4])


@pytest.mark.parametrize("strategy", ["fedadam", "fedyogi", "fedadagrad"])
def test_adaptive_strategies_move_by_about_the_servers_rate_and_remember(strategy):
    whole, now, states = by(strategy, 2, server_learning_rate=1e-3), dict(SHARED), []
    for number in range(3):
        now = whole.combine(number, now, updates(0.5, 0.4, shared=now))
        states.append((now, whole.tensors()))
    assert 0.0 < change(states[0][0])["a"].max() < 4e-3
    resumed = by(strategy, 2, server_learning_rate=1e-3)
    resumed.restore(states[1][1])
    again = resumed.combine(2, states[1][0], updates(0.5, 0.4, shared=states[1][0]))
    assert all(torch.equal(again[name], now[name]) for name in now)
    forgetful = by(strategy, 2, server_learning_rate=1e-3)
    other = forgetful.combine(2, states[1][0], updates(0.5, 0.4, shared=states[1][0]))
    assert not torch.equal(other["a"], now["a"])


def test_a_strategy_of_flowers_does_what_it_does_in_a_run_of_flowers():
    """Adam from Flower's own weights, three rounds, against ours from changes."""
    config = FedAvgConfig(strategy="fedadam", actors=2)
    theirs, ours = flower_strategy(config, 2), FlowerStrategy(config)
    now = {name: tensor.clone() for name, tensor in SHARED.items()}
    from holdfast.techniques.parts.flower import _reply

    zero = {name: torch.zeros_like(tensor) for name, tensor in now.items()}
    for number in range(3):
        sent = updates(0.01, 0.03, rows=[1, 3], shared=now)
        theirs.current_arrays = {name: tensor.numpy() for name, tensor in now.items()}
        arrays, _ = theirs.aggregate_train(number + 1, [_reply(zero, update) for update in sent])
        now = ours.combine(number, now, sent)
        for name, tensor in now.items():
            assert arrays[name].numpy() == pytest.approx(tensor.numpy(), abs=1e-5)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"strategy": "fedtrimmedavg", "actors": 4, "trim": 0.2}, "trim 0.2 needs 5 updates"),
        ({"strategy": "fedmedian", "actors": 2}, "needs 3 updates"),
        ({"strategy": "krum", "actors": 3}, "tolerated 1 needs 4 updates"),
        ({"strategy": "bulyan", "actors": 6}, "needs 7 updates"),
        ({"strategy": "fedavg", "trim": 0.1}, "has no trim"),
        ({"strategy": "krum", "server_learning_rate": 0.1}, "has no server_learning_rate"),
    ],
)
def test_a_strategy_that_could_not_do_what_it_is_named_for_is_refused(options, told):
    with pytest.raises(ValidationError, match=told):
        FedAvgConfig(**options)


@given(trim=st.floats(0.001, 0.499))
def test_the_updates_that_trimming_needs_are_the_fewest_that_lose_one_at_each_end(trim):
    config = FedAvgConfig(strategy="fedtrimmedavg", actors=2000, trim=trim)
    least = config.least_updates()
    assert int(trim * least) >= 1 > int(trim * (least - 1))


def test_updates_that_are_missing_end_a_defence_and_the_trial():
    with pytest.raises(TrialError, match=r"round 3: strategy 'fedtrimmedavg' needs 4 updates, 3 arrived"):
        by("fedtrimmedavg", 4).combine(2, SHARED, updates(0.1, 0.2, 0.3))


def test_without_flwr_the_plain_mean_works_and_the_rest_says_what_to_install(monkeypatch):
    monkeypatch.setattr("holdfast.techniques.fedavg.find_spec", lambda name: None)
    assert isinstance(aggregation_of(FedAvgConfig()), WeightedMean)
    with pytest.raises(ValidationError, match=r"pip install 'holdfast\[federated\]'"):
        FedAvgConfig(strategy="krum", actors=5)


def test_options_without_effect_are_in_no_record():
    assert "trim" not in FedAvgConfig().model_dump()
    assert "rank" not in FedAvgConfig(adapters="full").model_dump()
    again = FedAvgConfig(**FedAvgConfig(strategy="krum", actors=5).model_dump(mode="json"))
    assert again.strategy is Strategy.KRUM


def test_flower_says_nothing_in_an_audit(caplog):
    with caplog.at_level(logging.INFO):
        by("fedmedian", 3).combine(0, SHARED, updates(0.1, 0.2, 0.3))
    assert not [record for record in caplog.records if record.name.startswith("flwr")]
    assert logging.getLogger("flwr").level != logging.WARNING  # put back
