"""Conformance suites that a third party's plug-ins must pass, and a technique that needs no model.

A plug-in author writes one test file beside the plug-in::

    import pytest
    from holdfast.domain import ModelSource, TrialContext, ask, Example
    from holdfast.models import load_model
    from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase
    from holdfast.testing.tiny import write_tiny_model

    from my_package import MyTechnique

    CORPUS = [Example(ask(f"What is {n}?"), f"It is {n}.") for n in ("one", "two", "three")]

    @pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=lambda check: check.__name__)
    def test_my_technique_conforms(check, tmp_path):
        directory = write_tiny_model(tmp_path / "model", "llama")

        def context(schedule, seed=0, start=None):
            model = load_model(ModelSource("tiny", path=str(directory)))  # a fresh one each time
            config = MyTechnique.Config(steps=schedule.total_steps)
            return TrialContext(model, CORPUS, config, seed, schedule, tmp_path, start=start)

        check(TechniqueCase(MyTechnique(), context, tmp_path))

`check_technique` runs all of them at once; `check_judge` and `check_benchmark` do the same for judges and
benchmarks. A breach is a `PluginError` that says what was promised and what was found.

`FakeTechnique` follows a scripted learning curve without torch, and can be told to fail, diverge, hang or
die: for tests of whatever runs techniques. Tiny random models are in `holdfast.testing.tiny`.
"""

from holdfast.testing.benchmarks import check_benchmark
from holdfast.testing.fake import FakeConfig, FakeRule, FakeSubject, FakeTechnique
from holdfast.testing.judges import ODD_ANSWERS, check_judge
from holdfast.testing.technique_cases import ContextFactory, TechniqueCase
from holdfast.testing.techniques import TECHNIQUE_CHECKS, check_technique

__all__ = [
    "ODD_ANSWERS",
    "TECHNIQUE_CHECKS",
    "ContextFactory",
    "FakeConfig",
    "FakeRule",
    "FakeSubject",
    "FakeTechnique",
    "TechniqueCase",
    "check_benchmark",
    "check_judge",
    "check_technique",
]
