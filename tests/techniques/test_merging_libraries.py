"""Our merging held against mergekit's, and against what peft's adapter arithmetic does instead."""

import warnings
from pathlib import Path

import pytest
import torch
from contributions import noisy, write_contribution
from peft import LoraConfig, LoraModel
from safetensors.torch import load_file

from holdfast.domain import Contribution, ModelSource, Schedule, Spend, TrialContext
from holdfast.models import load_model
from holdfast.techniques.lora import Lora
from holdfast.techniques.merge import Merge, MergeConfig
from holdfast.techniques.parts.adapters import Adapters
from holdfast.testing.tiny import write_tiny_model

NAMES = ("a", "b")
WEIGHTS = {"a": 1.0, "b": 3.0}


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """Write a base and two models tuned from it."""
    root = tmp_path_factory.mktemp("models")
    write_tiny_model(root / "base")
    for seed, name in enumerate(NAMES):
        model = load_model(ModelSource("base", path=str(root / "base")))
        moved = noisy(model.module, seed)
        write_contribution(root / f"{name}.safetensors", moved)
        model.module.load_state_dict(moved, strict=False)
        model.module.save_pretrained(root / name)
    return root


def by_mergekit(models: Path, method: str, out: Path, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a library of its own
        from mergekit.config import MergeConfiguration
        from mergekit.merge import MergeOptions, run_merge

        scopes = {"density": parameters.pop("density")} if "density" in parameters else {}
        weighed = method != "slerp"
        merging = {
            "merge_method": method,
            "dtype": "float32",
            "models": [
                {"model": str(models / n), "parameters": {"weight": WEIGHTS[n], **scopes} if weighed else {}}
                for n in NAMES
            ],
            "parameters": parameters,
        }
        if method != "linear":
            merging["base_model"] = str(models / ("a" if method == "slerp" else "base"))
        options = MergeOptions(copy_tokenizer=False, quiet=True, write_model_card=False)
        run_merge(MergeConfiguration.model_validate(merging), str(out), options)
    return load_file(next(out.glob("*.safetensors")))


def by_us(models: Path, tmp_path: Path, **options):
    inputs = {n: Contribution(models / f"{n}.safetensors", Spend(), 1) for n in NAMES}
    context = TrialContext(
        model=load_model(ModelSource("base", path=str(models / "base"))),
        corpus=(),
        config=MergeConfig(weights=tuple(WEIGHTS.values()), **options),
        seed=0,
        schedule=Schedule(1, (1,)),
        scratch=tmp_path,
        inputs=inputs,
    )
    [weights] = [{n: t.clone() for n, t in c.weights().items()} for c in Merge().run(context)]
    return weights


def test_merges_are_those_of_mergekit(models, tmp_path):
    pairs = [
        ({"method": "linear"}, "linear", {}),
        ({"method": "slerp"}, "slerp", {"t": 0.75}),
        ({"method": "task-arithmetic", "scale": 0.5}, "task_arithmetic", {"lambda": 0.5}),
        ({"method": "ties", "density": 0.3}, "ties", {"density": 0.3}),
    ]
    for options, theirs, parameters in pairs:
        ours = by_us(models, tmp_path, **options)
        reference = by_mergekit(models, theirs, tmp_path / theirs, **parameters)
        assert ours.keys() == reference.keys()
        for name, tensor in ours.items():
            assert torch.allclose(tensor, reference[name], atol=2e-6), (theirs, name)


def test_what_dare_keeps_is_worth_what_mergekit_keeps_rescaled(models, tmp_path):
    kept = 0.4
    base = load_file(next((models / "base").glob("*.safetensors")))
    tuned = [load_file(models / f"{name}.safetensors") for name in NAMES]
    torch.manual_seed(0)  # theirs draws from the global stream
    ours = by_us(models, tmp_path, method="dare", density=kept)
    reference = by_mergekit(models, "dare_linear", tmp_path / "dare", density=kept, rescale=False)
    name = "model.layers.0.mlp.up_proj.weight"
    first, second = (w * (each[name] - base[name]) for w, each in zip(WEIGHTS.values(), tuned, strict=True))
    possible = torch.stack([torch.zeros_like(first), first, second, first + second])
    for found in (kept * (ours[name] - base[name]), reference[name] - base[name]):
        off, which = (possible - found).abs().min(dim=0)
        assert float(off.max()) < 1e-5
        shares = torch.bincount(which.flatten(), minlength=4) / which.numel()
        assert shares.tolist() == pytest.approx([0.36, 0.24, 0.24, 0.16], abs=0.05)


def test_adding_adapters_up_as_peft_does_is_not_task_arithmetic_and_ours_is(tmp_path, fresh):
    module = fresh().module
    layer = "model.layers.0.mlp.up_proj"
    plain = module.get_parameter(f"{layer}.weight").detach().clone()
    files, factors = {}, {}
    for seed, name in enumerate(NAMES):
        with Adapters(module, Lora.Config(target_modules=(layer,), rank=2, alpha=2.0), seed) as adapters:
            generator = torch.Generator().manual_seed(seed)
            with torch.no_grad():
                for parameter in adapters.parameters.values():
                    parameter.copy_(torch.randn(parameter.shape, generator=generator))
            factors[name] = [p.detach().clone() for p in adapters.parameters.values()]
            files[name] = write_contribution(tmp_path / name, adapters.merged())
    added = {name: b @ a for name, (a, b) in factors.items()}
    wanted = added["a"] + added["b"]

    context = TrialContext(
        model=fresh(),
        corpus=(),
        config=MergeConfig(method="task-arithmetic"),
        seed=0,
        schedule=Schedule(1, (1,)),
        scratch=tmp_path,
        inputs=files,
    )
    for checkpoint in Merge().run(context):
        ours = checkpoint.weights()[f"{layer}.weight"] - plain
        assert torch.allclose(ours, wanted, atol=1e-4)

    config = LoraConfig(r=2, lora_alpha=2.0, target_modules=[layer])
    tuner = LoraModel(module, config, "a")
    tuner.peft_config["b"] = config
    tuner.inject_adapter(module, "b")
    with torch.no_grad():
        for name, (a, b) in factors.items():
            module.get_submodule(layer).lora_A[name].weight.copy_(a)
            module.get_submodule(layer).lora_B[name].weight.copy_(b)
    tuner.add_weighted_adapter(["a", "b"], [1.0, 1.0], "both", combination_type="linear")
    theirs = module.get_submodule(layer).get_delta_weight("both")
    assert float((theirs - wanted).norm() / wanted.norm()) > 0.5
