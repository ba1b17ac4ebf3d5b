"""Merging: the arithmetic against its definitions, and the technique as others see it."""

from dataclasses import replace

import pytest
import torch
from contributions import PAID, noisy, write_contribution, write_noisy
from hypothesis import given
from hypothesis import strategies as st
from peft.utils.merge_utils import prune

from holdfast.domain import Contribution, Schedule, Spend, TrialError
from holdfast.techniques.merge import Merge, MergeConfig, Method
from holdfast.techniques.parts.merging import elected_mean, merged, slerp, trimmed
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase

STEP = Schedule(1, (0, 1))
seeds = st.integers(0, 2**31)


def drawn(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@given(seeds, st.integers(2, 4), st.floats(0.1, 3.0))
def test_linear_is_the_mean_of_the_models_and_task_arithmetic_the_sum_of_what_they_add(seed, k, scale):
    plain, deltas = drawn(seed, 5, 3), drawn(seed + 1, k, 5, 3)
    ones = torch.ones(k)
    models = plain + deltas
    mean = merged(plain, deltas, ones, MergeConfig())
    assert torch.allclose(mean, models.mean(dim=0), atol=1e-5)
    arithmetic = MergeConfig(method=Method.TASK_ARITHMETIC, scale=scale)
    added = merged(plain, deltas, ones, arithmetic) - plain
    assert torch.allclose(added, scale * deltas.sum(dim=0), atol=1e-4)


@given(seeds, st.floats(0.05, 0.95))
def test_trimming_keeps_the_largest_values_as_they_are(seed, density):
    delta = drawn(seed, 7, 9)
    kept = trimmed(delta, density)
    stays = kept != 0
    assert int(stays.sum()) == max(1, int(density * delta.numel()))
    assert torch.equal(kept[stays], delta[stays])
    assert delta[~stays].abs().max() <= delta[stays].abs().min()


def test_trimming_leaves_something_of_small_tensors_where_the_library_leaves_nothing():
    delta = torch.tensor([0.1, -3.0, 0.2])
    assert not prune(delta, 0.2, method="magnitude").any()
    assert torch.equal(trimmed(delta, 0.2), torch.tensor([0.0, -3.0, 0.0]))


def test_signs_are_elected_by_weight_and_those_outvoted_take_no_part():
    deltas = torch.tensor([[1.0, 1.0, -4.0, 0.0], [3.0, -2.0, 1.0, 0.0], [0.0, -4.0, 1.0, 5.0]])
    assert torch.equal(elected_mean(deltas, torch.ones(3)), torch.tensor([2.0, -3.0, -4.0, 5.0]))
    heavy = torch.tensor([10.0, 1.0, 1.0])
    assert elected_mean(deltas, heavy).tolist() == pytest.approx([13 / 11, 1.0, -4.0, 5.0])


@given(seeds, st.permutations(range(4)))
def test_the_elected_mean_does_not_depend_on_who_comes_first(seed, order):
    deltas, weights = drawn(seed, 4, 6), torch.tensor([1.0, 2.0, 3.0, 4.0])
    again = elected_mean(deltas[list(order)], weights[list(order)])
    assert torch.allclose(elected_mean(deltas, weights), again, atol=1e-5)


@given(seeds, st.floats(0.01, 0.99))
def test_the_arc_between_vectors_of_one_length_keeps_that_length(seed, share):
    first, second = (v / v.norm() for v in drawn(seed, 2, 16))
    middle = slerp(first, second, share)
    assert float(middle.norm()) == pytest.approx(1.0, abs=1e-4)
    assert torch.allclose(middle, slerp(second, first, 1.0 - share), atol=1e-4)


@pytest.mark.parametrize("factor", [1.0, 2.0, 0.0])
def test_the_arc_between_collinear_tensors_is_their_line(factor):
    first = drawn(0, 8)
    assert torch.allclose(slerp(first, factor * first, 0.25), (0.75 + 0.25 * factor) * first)


def test_dropping_keeps_the_mean_of_what_is_added():
    plain, deltas = torch.zeros(200_000), torch.ones(2, 200_000)
    torch.manual_seed(0)
    added = merged(plain, deltas, torch.ones(2), MergeConfig(method=Method.DARE, density=0.25))
    assert set(added.tolist()) == {0.0, 4.0, 8.0}
    assert float(added.mean()) == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"density": 0.5}, "method 'linear' has no density"),
        ({"method": "slerp", "scale": 2.0}, "method 'slerp' has no scale"),
        ({"method": "ties", "weights": (1.0, 0.0)}, "its weights must be above 0"),
        ({"method": "dare", "density": 1.0}, "less than 1"),
        ({"method": "ties", "densty": 0.3}, "Extra inputs"),
        ({"method": "tie"}, "'linear', 'slerp'"),
        ({"weights": "row"}, "'equal' or 'rows'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        MergeConfig(**options)


@pytest.mark.parametrize("method", Method)
def test_only_options_in_force_are_recorded_and_what_is_recorded_can_be_read_again(method):
    config = MergeConfig(method=method, weights="rows")
    written = config.model_dump(mode="json")
    assert ("density" in written) == (method in {Method.TIES, Method.DARE, Method.DARE_TIES})
    assert MergeConfig(**written) == config


@pytest.fixture
def merging(trial, fresh, tmp_path):
    """Make the context of a merge of `k` contributions by hand."""

    def make(options=(), *, k=2, architecture="llama", inputs=None, **given):
        found = inputs
        if found is None:
            found = write_noisy(tmp_path / f"{architecture}-{k}", fresh(architecture).module, k)
        config = MergeConfig(**dict(options))
        context = trial(config, architecture=architecture, rows=(), **{"schedule": STEP, **given})
        return replace(context, inputs=found)

    return make


def last_of(context):
    """Return the weights passed on at the last step, and the spend there."""
    for checkpoint in Merge().run(context):
        if checkpoint.step == 1:
            return {name: t.clone() for name, t in checkpoint.weights().items()}, checkpoint.spend
    raise AssertionError("no merged model")


DECLARING = {"check_import_is_light", "check_declaration", "check_footprint"}
"""These look at no model."""
RANDOM = {"check_determinism", "check_measuring_is_free", "check_weights"}
"""What methods could break each in their own way."""
TRIED = [
    pytest.param(check, method.value, architecture, id=f"{check.__name__}-{method}-{architecture}")
    for check in TECHNIQUE_CHECKS
    for method in Method
    for architecture in ("llama", "gemma", "phi", "gpt2")  # tied heads, biases, transposed matrices
    if (method is Method.LINEAR and (architecture == "llama" or check.__name__ not in DECLARING))
    or (architecture == "llama" and check.__name__ in RANDOM)
]


@pytest.mark.parametrize(("check", "method", "architecture"), TRIED)
def test_merging_keeps_the_promises_of_a_technique(check, method, architecture, merging, tmp_path):
    def context(schedule, seed=0, start=None):
        options = {"method": method}
        return merging(options, architecture=architecture, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(Merge(), context, tmp_path / "snapshots"))


def test_a_tensor_that_one_contribution_left_alone_is_merged_with_the_untouched_one(merging, fresh):
    untouched = dict(fresh().module.named_parameters())
    name = "model.norm.weight"  # changed by the first alone
    weights, _ = last_of(merging())
    moved = noisy(fresh().module, 0)[name]
    assert torch.allclose(weights[name], (moved + untouched[name]) / 2, atol=1e-6)


def test_rows_weigh_contributions_by_the_size_of_their_corpus(merging, fresh, tmp_path):
    module = fresh().module
    inputs = {
        "few": write_contribution(tmp_path / "few", noisy(module, 1), rows=1),
        "many": write_contribution(tmp_path / "many", noisy(module, 2), rows=3),
    }
    by_rows, _ = last_of(merging({"weights": "rows"}, inputs=inputs))
    by_hand, _ = last_of(merging({"weights": (1.0, 3.0)}, inputs=inputs))
    equally, _ = last_of(merging(inputs=inputs))
    name = "model.layers.0.mlp.up_proj.weight"
    assert torch.allclose(by_rows[name], by_hand[name], atol=1e-6)
    assert not torch.allclose(by_rows[name], equally[name], atol=1e-3)


def test_what_is_dropped_is_drawn_by_the_seed_and_leaves_the_worlds_random_numbers_alone(merging):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (last_of(merging({"method": "dare"}, seed=seed))[0] for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    name = "model.layers.0.mlp.up_proj.weight"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])


def test_every_actor_pays_for_its_own_contribution_and_all_are_counted(merging, fresh, tmp_path):
    module = fresh().module
    large = replace(PAID, flops=300.0, steps=5, peak_memory_bytes=1 << 40)
    inputs = {
        "small": write_contribution(tmp_path / "small", noisy(module, 1), replace(PAID, steps=2)),
        "large": write_contribution(tmp_path / "large", noisy(module, 2), large),
    }
    _, spend = last_of(merging(inputs=inputs))
    own = 2.0 * 2 * sum(p.numel() for p in module.parameters())
    assert (spend.actors, spend.steps, spend.tries) == (2, 2 + 5 + 1, 0)
    assert (spend.examples, spend.unique_examples, spend.train_tokens) == (16, 16, 160)
    assert spend.flops == 400.0 + own
    assert spend.max_actor_share == pytest.approx((300.0 + own) / (400.0 + own))
    assert spend.device_seconds > 4.0
    assert spend.peak_memory_bytes == 1 << 40
    assert spend.bytes_exchanged == sum(each.file.stat().st_size for each in inputs.values())


def test_a_merge_starts_at_the_untouched_model_for_nothing(merging):
    first = next(Merge().run(merging()))
    assert (first.step, first.spend, first.weights) == (0, Spend(), None)


@pytest.mark.parametrize("k", [0, 1])
def test_there_must_be_two_contributions(k, merging, fresh, tmp_path):
    inputs = dict(list(write_noisy(tmp_path, fresh().module).items())[:k])
    with pytest.raises(
        TrialError, match=rf"nothing to merge with {k} contributions(?s:.*)two or more pathways"
    ):
        list(Merge().run(merging(inputs=inputs)))


def test_slerp_takes_two_and_says_how_to_merge_more(merging):
    with pytest.raises(TrialError, match=r"slerp merges two contributions, 3 were given: a, b, c"):
        list(Merge().run(merging({"method": "slerp"}, k=3)))


def test_there_must_be_a_weight_for_each(merging):
    with pytest.raises(TrialError, match=r"3 numbers for 2 contributions: a, b"):
        list(Merge().run(merging({"weights": (1.0, 2.0, 3.0)})))


def test_contributions_without_rows_cannot_be_weighed_by_them(merging, fresh, tmp_path):
    inputs = write_noisy(tmp_path, fresh().module)
    inputs["b"] = replace(inputs["b"], rows=0)
    with pytest.raises(TrialError, match=r"'b' has no corpus of its own"):
        list(Merge().run(merging({"weights": "rows"}, inputs=inputs)))


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        (
            {"model.layers.7.mlp.up_proj.weight": torch.zeros(2)},
            r"up_proj.weight \(\[2\] there, not in the model",
        ),
        ({"model.norm.weight": torch.zeros(64)}, r"norm.weight \(\[64\] there, \[32\] in the model\)"),
    ],
)
def test_a_contribution_to_another_base_is_named(tensors, told, merging, fresh, tmp_path):
    inputs = write_noisy(tmp_path, fresh().module)
    inputs["b"] = write_contribution(tmp_path / "other", tensors)
    with pytest.raises(
        TrialError, match=rf"contribution 'b' was made from another base: 1 of its 1 .*{told}"
    ):
        list(Merge().run(merging(inputs=inputs)))


def test_a_damaged_contribution_is_named(merging, fresh, tmp_path):
    inputs = write_noisy(tmp_path, fresh().module)
    (tmp_path / "broken").write_bytes(b"not tensors")
    inputs["b"] = Contribution(tmp_path / "broken", PAID, 8)
    with pytest.raises(TrialError, match="weights of contribution 'b' cannot be read"):
        list(Merge().run(merging(inputs=inputs)))


def test_contributions_that_cancel_out_are_an_error_not_a_safe_model(merging, fresh, tmp_path):
    module = fresh().module
    name = "model.norm.weight"
    weight = module.get_parameter(name).detach()
    inputs = {
        who: write_contribution(tmp_path / who, {name: weight + sign * 0.5})
        for who, sign in (("a", 1), ("b", -1))
    }
    with pytest.raises(TrialError, match="changed no weight"):
        list(Merge().run(merging(inputs=inputs)))


def test_values_that_are_not_finite_are_an_error(merging, fresh, tmp_path):
    inputs = write_noisy(tmp_path, fresh().module)
    inputs["b"] = write_contribution(tmp_path / "b2", {"model.norm.weight": torch.full((32,), float("inf"))})
    with pytest.raises(TrialError, match=r"model.norm.weight holds NaN or infinite"):
        list(Merge().run(merging(inputs=inputs)))


def test_half_precision_models_are_merged_in_float32_and_rounded_once(merging, fresh, tmp_path):
    module = fresh().module.to(torch.bfloat16)
    inputs = {
        who: write_contribution(tmp_path / who, noisy(module, seed)) for who, seed in (("a", 1), ("b", 2))
    }
    context = merging(inputs=inputs, model=fresh().with_module(module))
    weights, _ = last_of(context)
    name = "model.layers.0.mlp.up_proj.weight"
    exact = (noisy(module, 1)[name].float() + noisy(module, 2)[name].float()) / 2
    assert weights[name].dtype == torch.bfloat16
    assert torch.allclose(weights[name].float(), exact, rtol=0.01, atol=1e-3)
