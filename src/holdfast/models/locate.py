"""From a model by reference to files on disk that are safe to load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from holdfast.domain import ModelError, ModelSource
from holdfast.models.files import ADAPTER_CONFIG, ADAPTER_WEIGHTS, pickle_files, weight_files

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "spiece.model",
    "tekken.json",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
)
"""Files that decide how text becomes tokens."""
_VOCABULARIES = frozenset(TOKENIZER_FILES[:7]) - {"merges.txt"}
_HUB_FILES = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")


@dataclass(frozen=True, slots=True)
class Located:
    """Where the parts of a model lie.

    Attributes:
        base: Directory of the weights and their `config.json`.
        adapter: Directory of the adapter on top; None without one.
        tokenizer: Directory of the tokenizer and chat template: the adapter's where it brings its own (it
            was trained with them), else the base's.
    """

    base: Path
    adapter: Path | None
    tokenizer: Path


def locate(source: ModelSource) -> Located:
    """Find a model's files, downloading a hub model that is not in the local cache.

    Raises:
        ModelError: If neither or both of a directory and a hub id are given.
        ModelError: If the directory, its configuration, weights or tokenizer are not there.
        ModelError: If only pickled weights are there and the source does not allow them.
        ModelError: If the hub cannot be reached, or has no such model or revision.
    """
    if (source.path is None) == (source.hub is None):
        given = "both" if source.path else "neither"
        raise ModelError(
            f"model {source.name!r} needs a path or a hub id, and has {given}",
            next_step="write `path: DIRECTORY` or `hub: org/name`",
        )
    base = Path(source.path).expanduser() if source.path is not None else _download(source)
    if not base.is_dir():
        raise ModelError(
            f"model {source.name!r}: there is no directory {base}",
            next_step="give the directory that save_pretrained wrote (relative to the configuration file)",
        )
    if not (base / "config.json").is_file():
        more = " (an adapter: name it as `adapter:`)" if (base / ADAPTER_CONFIG).is_file() else ""
        raise ModelError(
            f"model {source.name!r}: {base} holds no config.json{more}",
            next_step="give the directory of a model written by save_pretrained",
        )
    _refuse_pickle(source, base, weight_files(base))
    adapter = Path(source.adapter).expanduser() if source.adapter is not None else None
    if adapter is not None:
        if not (adapter / ADAPTER_CONFIG).is_file():
            raise ModelError(
                f"model {source.name!r}: there is no PEFT adapter in {adapter} (no {ADAPTER_CONFIG})",
                next_step="give the directory that peft's save_pretrained wrote",
            )
        _refuse_pickle(source, adapter, weight_files(adapter, ADAPTER_WEIGHTS))
    tokenizer = adapter if adapter is not None and _has_tokenizer(adapter) else base
    if not _has_tokenizer(tokenizer):
        raise ModelError(
            f"model {source.name!r}: {tokenizer} holds no tokenizer ({', '.join(sorted(_VOCABULARIES))})",
            next_step="save the model's tokenizer into the same directory: tokenizer.save_pretrained(...)",
        )
    return Located(base, adapter, tokenizer)


def check_source(source: ModelSource) -> None:
    """Make sure that a model can be had, before anything is run. Downloads no weights.

    Raises:
        ModelError: As `locate` for a directory; for a hub model if its configuration is neither cached nor
            to be fetched.
    """
    if source.hub is None:
        locate(source)
        return
    from huggingface_hub import hf_hub_download

    _fetch(source, lambda: hf_hub_download(str(source.hub), "config.json", revision=source.revision))


def _has_tokenizer(directory: Path) -> bool:
    return any((directory / name).is_file() for name in _VOCABULARIES)


def _refuse_pickle(source: ModelSource, directory: Path, weights: tuple[Path, ...]) -> None:
    if weights:
        return
    pickled = pickle_files(directory)
    if not pickled:
        raise ModelError(
            f"model {source.name!r}: {directory} holds no weights",
            next_step="save them with save_pretrained, which writes safetensors",
        )
    if not source.allow_pickle:
        raise ModelError(
            f"model {source.name!r}: the weights of {directory} are pickled ({pickled[0].name}), and "
            "unpickling can execute code",
            next_step="convert them to safetensors; or, if you trust their maker, set `allow_pickle: true` "
            "for this model",
        )


def _download(source: ModelSource) -> Path:
    from huggingface_hub import snapshot_download

    patterns = list(_HUB_FILES)
    patterns += ["*.py"] if source.trust_remote_code else []
    patterns += ["*.bin"] if source.allow_pickle else []
    hub, revision = str(source.hub), source.revision
    return _fetch(source, lambda: snapshot_download(hub, revision=revision, allow_patterns=patterns))


def _fetch(source: ModelSource, fetch: Callable[[], str]) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    wanted = f"{source.hub}" + (f" at revision {source.revision}" if source.revision else "")
    try:
        return Path(fetch())
    except LocalEntryNotFoundError as error:
        raise ModelError(
            f"model {source.name!r}: {wanted} is not in the local cache, and the hub cannot be reached",
            next_step=f"run `hf download {source.hub}` where there is a network, or give a `path:`",
        ) from error
    except (HTTPError, HFValidationError, OSError) as error:
        raise ModelError(
            f"model {source.name!r}: {wanted} cannot be fetched from the hub: {error}",
            next_step="check the id, the revision and your access (`hf auth login` for gated models)",
        ) from error
