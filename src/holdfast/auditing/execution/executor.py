"""Running trials: the contract, and the executor that runs them in this process."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.auditing.execution.trial import Observe, TrialResult
from holdfast.domain import HoldfastError
from holdfast.models import use_one_thread


@dataclass(frozen=True, slots=True)
class Started:
    """A trial began."""

    key: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A trial measured a checkpoint."""

    key: str
    step: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A trial left its files in its attempt directory."""

    key: str
    result: TrialResult


@dataclass(frozen=True, slots=True)
class Broke:
    """A trial gave no result.

    Attributes:
        key: The trial.
        error: What went wrong.
        infrastructure: Whether the machine failed rather than the trial: such trials run again on resume.
        died: Whether its worker process vanished.
    """

    key: str
    error: str
    infrastructure: bool
    died: bool = False


Event = Started | Reached | Finished | Broke
OnEvent = Callable[[Event], None]


class Task(Protocol):
    """Work for an executor: a trial, or a search. It travels to worker processes."""

    @property
    def key(self) -> str:
        """What names it in events."""
        ...

    def run(self, observe: Observe) -> TrialResult:
        """Do it, and leave its files; `observe` is told how far it is."""
        ...


class Executor(Protocol):
    """Runs trials and tells what happens to each."""

    def run(self, tasks: Sequence[Task], on_event: OnEvent) -> None:
        """Run every task; each ends in exactly one `Finished` or `Broke`. Events come on this thread."""
        ...


_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
_DISK_WORDS = ("no space left on device", "disk quota exceeded")
_MAKE_ROOM = "\n  next: make room there and give the same command again; finished trials are kept"
_MACHINE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


def attempt(task: Task, on_event: OnEvent) -> None:
    """Run one task here and report how it ended; whatever it raises becomes a `Broke`."""
    key = task.key
    on_event(Started(key))
    try:
        result = task.run(lambda step: on_event(Reached(key, step)))
    except Exception as error:  # noqa: BLE001 - any plug-in may raise anything; the task fails visibly
        on_event(Broke(key, told(error), infrastructure=is_the_machine(error)))
    else:
        on_event(Finished(key, result))


def is_the_machine(error: Exception) -> bool:
    """Return whether the machine failed rather than the task."""
    machine = isinstance(error, OSError) and error.errno in _MACHINE_ERRNOS
    return machine or ran_out_of_memory(error) or _is_a_full_disk(error)


def ran_out_of_memory(error: Exception) -> bool:
    """Return whether memory did not suffice."""
    text = str(error).lower()
    # PyTorch has no exception of its own for a CPU without memory.
    words = isinstance(error, RuntimeError) and any(words in text for words in _MEMORY_WORDS)
    return isinstance(error, MemoryError) or words or getattr(error, "errno", None) == errno.ENOMEM


def _is_a_full_disk(error: Exception) -> bool:
    # Parquet and safetensors have errors of their own for it, and snapshots wrap those.
    return any(words in str(error).lower() for words in _DISK_WORDS)


def told(error: Exception) -> str:
    """Return what went wrong, in words; where no words were chosen for it, with the place in the code."""
    if isinstance(error, HoldfastError):
        told = str(error)
    elif isinstance(error, MemoryError):
        told = f"out of memory: {error}"
    elif isinstance(error, OSError):
        told = f"{type(error).__name__}: {error}"
    else:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error} ({place.filename}:{place.lineno} in {place.name})"
    about = "".join(f"{note}: " for note in getattr(error, "__notes__", ()))
    return about + told + (_MAKE_ROOM if _is_a_full_disk(error) else "")


class InProcessExecutor:
    """Runs trials one after another in this process."""

    def run(self, tasks: Sequence[Task], on_event: OnEvent) -> None:
        """Run every task in order; see `Executor`."""
        use_one_thread()
        for task in tasks:
            attempt(task, on_event)
