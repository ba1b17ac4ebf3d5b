"""Benchmarks and corpora that plug-ins bring: zero-argument functions, called once a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from holdfast.domain import Benchmark, Example, PluginError, plugins


def resolve_use(use: str, root: Path) -> str:
    """Return a plug-in's name with a relative `path.py:Name` made absolute, to load from anywhere."""
    file_name, separator, attribute = use.rpartition(".py:")
    return f"{(root / f'{file_name}.py').resolve()}:{attribute}" if separator else use


@cache
def plugin_benchmark(use: str) -> Benchmark:
    """Return the benchmark a plug-in brings.

    Args:
        use: Entry point of `holdfast.benchmarks`, or `path.py:function`.

    Raises:
        PluginError: If there is no such plug-in, it fails, or it does not return a `Benchmark` with rows.
    """
    benchmark = _call(plugins.BENCHMARKS, use)
    if not isinstance(benchmark, Benchmark):
        raise PluginError(f"{use!r} must return a Benchmark, got {type(benchmark).__name__}")
    if not benchmark.items:
        raise PluginError(f"{use!r} returns a benchmark without rows")
    for item in benchmark.items:
        if not item.messages or item.messages[-1].role != "user" or not item.prompt.strip():
            raise PluginError(f"{use!r}: row {item.id!r} does not end with a user's prompt")
    return benchmark


@cache
def plugin_corpus(use: str) -> tuple[Example, ...]:
    """Return the examples a plug-in brings.

    Args:
        use: Entry point of `holdfast.corpora`, or `path.py:function`.

    Raises:
        PluginError: If there is no such plug-in, it fails, or it does not return a tuple of `Example`.
    """
    examples = _call(plugins.CORPORA, use)
    if not isinstance(examples, tuple) or not all(isinstance(e, Example) for e in examples):
        raise PluginError(f"{use!r} must return a tuple of Example, got {type(examples).__name__}")
    if not examples:
        raise PluginError(f"{use!r} returns no examples")
    return examples


def _call(group: str, use: str) -> Any:
    function: Callable[[], Any] = plugins.load(group, use)
    try:
        return function()
    except Exception as error:
        raise PluginError(f"{use!r} fails: {type(error).__name__}: {error}") from error
