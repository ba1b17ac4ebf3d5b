import pytest

from holdfast.techniques.dora import Dora
from holdfast.techniques.full import Full
from holdfast.techniques.ia3 import Ia3
from holdfast.techniques.last_layers import LastLayers
from holdfast.techniques.lora import Lora
from holdfast.techniques.norm_bias import NormBias
from holdfast.techniques.prefix_tuning import PrefixTuning
from holdfast.techniques.prompt_tuning import PromptTuning
from holdfast.techniques.prompted import Prompted
from holdfast.techniques.rslora import RsLora
from holdfast.testing import TECHNIQUE_CHECKS, FakeTechnique, TechniqueCase, check_technique

# Dropout on, so that the random stream is part of what must be bit-identical.
CASES = {
    "full": (Full(), {"batch_size": 4}),
    "lora": (Lora(), {"batch_size": 4, "rank": 2, "dropout": 0.1}),
    "rslora": (RsLora(), {"batch_size": 4, "rank": 2, "dropout": 0.1}),
    "dora": (Dora(), {"batch_size": 4, "rank": 2}),
    "ia3": (Ia3(), {"batch_size": 4}),
    "norm-bias": (NormBias(), {"batch_size": 4}),
    "last-layers": (LastLayers(), {"batch_size": 4}),
    "prompt-tuning": (PromptTuning(), {"batch_size": 4, "virtual_tokens": 4}),
    "prefix-tuning": (PrefixTuning(), {"batch_size": 4, "virtual_tokens": 4}),
}
ARCHITECTURES = ("llama", "qwen3", "gemma", "mistral", "phi", "gpt2")
# What differs between architectures for these, LoRA or the tests of their own files meet too.
VARIANTS = {"rslora", "dora", "norm-bias", "last-layers"}
TRIED = [(n, a) for n in CASES for a in ARCHITECTURES if n not in VARIANTS or a in {"llama", "gpt2"}]
SHAPE_CHECKS = {"check_import_is_light", "check_declaration", "check_footprint"}


@pytest.fixture
def case(trial, tmp_path):
    def make(technique, options, architecture):
        config = technique.Config(**options)

        def context(schedule, seed=0, start=None):
            return trial(config, architecture=architecture, schedule=schedule, seed=seed, start=start)

        return TechniqueCase(technique, context, tmp_path / "snapshots")

    return make


RUNNING = [c for c in TECHNIQUE_CHECKS if c.__name__ not in SHAPE_CHECKS]
DECLARING = [c for c in TECHNIQUE_CHECKS if c.__name__ in SHAPE_CHECKS]


def by_name(check):
    return check.__name__


@pytest.mark.parametrize(("name", "architecture"), TRIED)
@pytest.mark.parametrize("check", RUNNING, ids=by_name)
def test_a_training_technique_keeps_its_promises(check, name, architecture, case):
    check(case(*CASES[name], architecture))


@pytest.mark.parametrize("technique", [*(type(t) for t, _ in CASES.values()), Prompted, FakeTechnique])
@pytest.mark.parametrize("check", DECLARING, ids=by_name)
def test_a_technique_declares_itself(check, technique, case):
    check(case(technique(), {}, "llama"))


@pytest.mark.parametrize("style", ["plain", "role-play", "prefill", "best-of-k"])
@pytest.mark.parametrize("check", RUNNING, ids=by_name)
def test_an_input_attack_keeps_its_promises(check, style, case):
    check(case(Prompted(), {"style": style, "samples": 2}, "llama"))


@pytest.mark.parametrize("check", RUNNING, ids=by_name)
def test_the_fake_keeps_the_promises_of_a_real_technique(check, case):
    check(case(FakeTechnique(), {"rules": [{"curve": {0: 0.0, 1: 0.3, 3: 1.0}}]}, "llama"))


def test_all_promises_are_checked_in_one_call(trial, tmp_path):
    def context(schedule, seed=0, start=None):
        config = FakeTechnique.Config(rules=[{"curve": {0: 0.0, 1: 1.0}}])
        return trial(config, schedule=schedule, seed=seed, start=start)

    check_technique(FakeTechnique(), context, tmp_path)
