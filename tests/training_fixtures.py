"""Fixtures of tests that train: a corpus, fresh tiny models, and the context of a trial."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from holdfast.domain import Example, ModelSource, Schedule, Snapshot, TrialContext, ask
from holdfast.models import LoadedModel, load_model, use_one_thread
from holdfast.testing.tiny import write_tiny_model


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    use_one_thread()


@pytest.fixture(scope="session")
def corpus() -> list[Example]:
    words = ["tea", "water", "leaves", "sky", "black", "white", "night", "day", "blue", "one"]
    return [Example(ask(f"Tell me of {w}."), f"It is {w}" + " by day" * (n % 3)) for n, w in enumerate(words)]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LoadedModel]:
    """Load a tiny model for one test alone."""
    made: dict[str, Path] = {}

    def load(architecture: str = "llama") -> LoadedModel:
        if architecture not in made:
            made[architecture] = write_tiny_model(
                tmp_path_factory.mktemp("tiny") / "model", architecture, context=512
            )
        return load_model(ModelSource(architecture, path=str(made[architecture])))

    return load


@pytest.fixture
def trial(
    fresh: Callable[[str], LoadedModel], corpus: Sequence[Example], tmp_path: Path
) -> Callable[..., TrialContext]:
    """Make the context of a trial on a fresh tiny model."""

    def make(
        config: Any,
        *,
        architecture: str = "llama",
        schedule: Schedule | None = None,
        seed: int = 0,
        start: Snapshot | None = None,
        rows: Sequence[Example] | None = None,
        hooks: tuple[Any, ...] = (),
        model: Any = None,
    ) -> TrialContext:
        return TrialContext(
            model=model or fresh(architecture),
            corpus=corpus if rows is None else rows,
            config=config,
            seed=seed,
            schedule=schedule or Schedule(3, (0, 1, 3)),
            scratch=tmp_path,
            hooks=hooks,
            start=start,
        )

    return make
