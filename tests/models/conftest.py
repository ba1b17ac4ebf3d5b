"""Tiny models on disk and in memory, made once a session; tests that change one load their own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast.domain import ModelSource
from holdfast.models import LoadedModel, load_model, use_one_thread
from holdfast.testing.tiny import write_tiny_model


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    use_one_thread()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Directory of a tiny model; read-only."""
    made: dict[str, Path] = {}

    def make(architecture: str = "llama", **options: Any) -> Path:
        key = repr((architecture, sorted(options.items())))
        if key not in made:
            made[key] = write_tiny_model(tmp_path_factory.mktemp("tiny") / "model", architecture, **options)
        return made[key]

    return make


@pytest.fixture
def fresh(tiny: Callable[..., Path]) -> Callable[..., LoadedModel]:
    """A model loaded for this test alone."""

    def load(architecture: str = "llama", **options: Any) -> LoadedModel:
        return load_model(ModelSource(architecture, path=str(tiny(architecture, **options))))

    return load


@pytest.fixture(scope="session")
def loaded(tiny: Callable[..., Path]) -> Callable[..., LoadedModel]:
    """A model in memory, shared; not to be changed."""
    cache: dict[str, LoadedModel] = {}

    def load(architecture: str = "llama", **options: Any) -> LoadedModel:
        path = tiny(architecture, **options)
        if str(path) not in cache:
            cache[str(path)] = load_model(ModelSource(architecture, path=str(path)))
        return cache[str(path)]

    return load
