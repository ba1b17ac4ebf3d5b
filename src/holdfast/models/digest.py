"""What identifies a model: hashes over its weights, tokenizer, template and configuration, from files.

A model is always digested from its files, never from memory, so that planning (which must not load torch)
and running give the same digest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from holdfast.domain import ModelDigest, ModelError, ModelSource
from holdfast.models.chat import FALLBACK_TEMPLATE
from holdfast.models.files import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    WEIGHTS,
    pickle_files,
    read_json,
    stored_tensors,
    tensor_bytes,
    weight_files,
)
from holdfast.models.locate import TOKENIZER_FILES, Located, locate

_SAYS_NOTHING = frozenset(
    {"_name_or_path", "name_or_path", "transformers_version", "chat_template", "base_model_name_or_path"}
)
"""Keys that do not change what a model is (the template is hashed by itself)."""


def digest_model(source: ModelSource) -> ModelDigest:
    """Return the digest of a model by reference, its adapter included. Does not import torch.

    Raises:
        ModelError: As `holdfast.models.locate.locate`, or if a weight file is damaged.
    """
    return digest_located(locate(source))


def digest_directory(directory: str | Path) -> ModelDigest:
    """Return the digest of a model directory, or of an adapter's. Does not import torch.

    An adapter's directory alone says nothing of its base: the parent is None (see `digest_model`).

    Raises:
        ModelError: As `digest_model`.
    """
    path = Path(directory)
    if (path / ADAPTER_CONFIG).is_file() and not (path / "config.json").is_file():
        return _digest(path, ADAPTER_WEIGHTS, (ADAPTER_CONFIG,), path, None)
    return digest_model(ModelSource(name=path.name, path=str(path), allow_pickle=True))


def digest_located(place: Located) -> ModelDigest:
    """Return the digest of files already found.

    With an adapter, the tensors are the adapter's and the parent is the base model.

    Raises:
        ModelError: If a weight file is damaged.
    """
    base_files = place.base if place.adapter is not None else place.tokenizer
    base = _digest(place.base, WEIGHTS, ("config.json", "generation_config.json"), base_files, None)
    if place.adapter is None:
        return base
    return _digest(place.adapter, ADAPTER_WEIGHTS, (ADAPTER_CONFIG,), place.tokenizer, base.digest)


def digest_tensor(dtype: str, shape: tuple[int, ...], content: Any) -> str:
    """Return sha256 (hex) of one tensor.

    Args:
        dtype: As safetensors writes it, such as `BF16`.
        shape: Its shape.
        content: Its elements in row-major order, as a bytes-like object.
    """
    sha = hashlib.sha256(f"{dtype} {list(shape)} ".encode())
    sha.update(content)
    return sha.hexdigest()


def digest_weights(module: Any) -> dict[str, str]:
    """Return sha256 (hex) of every tensor in a live module's `state_dict`, by name.

    The hashes are those of the same tensors in a safetensors file, and so tell whether anything changed.
    """
    import torch

    names = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16", torch.float64: "F64"}
    hashes = {}
    for name, tensor in module.state_dict().items():
        plain = tensor.detach().cpu().contiguous()
        content = plain.reshape(-1).view(torch.uint8).numpy()
        hashes[name] = digest_tensor(names.get(plain.dtype, str(plain.dtype)), tuple(plain.shape), content)
    return hashes


def read_template(directory: str | Path) -> str | None:
    """Return the chat template in a tokenizer's directory; None if it has none.

    `chat_template.jinja` goes before the one in `tokenizer_config.json`, as in transformers.

    Raises:
        ModelError: If there are several templates and none is called `default`.
    """
    file = Path(directory) / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8") or None
    config = Path(directory) / "tokenizer_config.json"
    found = read_json(config).get("chat_template") if config.is_file() else None
    if isinstance(found, list):
        found = {entry["name"]: entry["template"] for entry in found}
    if isinstance(found, dict):
        if "default" not in found:
            raise ModelError(
                f"{config} has chat templates called {', '.join(sorted(found))} and none called default",
                next_step="save the one to use as chat_template.jinja",
            )
        found = found["default"]
    return str(found) if found else None


def _digest(
    directory: Path, weights: str, configs: tuple[str, ...], tokenizer: Path, parent: str | None
) -> ModelDigest:
    parts: dict[str, Any] = {
        "tensors": _tensors(directory, weights),
        "tokenizer": _tokenizer(tokenizer),
        "template": _sha((read_template(tokenizer) or FALLBACK_TEMPLATE).encode()),
        "config": _sha(_canonical([_meaning(directory / name) for name in configs])),
        "parent": parent,
    }
    return ModelDigest(digest=_sha(_canonical(parts)), **parts)


def _tensors(directory: Path, weights: str) -> dict[str, str]:
    files = weight_files(directory, weights)
    if files:
        found = stored_tensors(files)
        return {t.name: digest_tensor(t.dtype, t.shape, view) for t, view in tensor_bytes(found)}
    hashes = {}
    for path in pickle_files(directory):  # cannot be read without running it: the file stands for its tensors
        with path.open("rb") as handle:
            hashes[path.name] = hashlib.file_digest(handle, "sha256").hexdigest()
    return hashes


def _tokenizer(directory: Path) -> str:
    parts = []
    for name in TOKENIZER_FILES:
        path = directory / name
        if path.is_file():
            content = _canonical(_meaning(path)) if name == "tokenizer_config.json" else path.read_bytes()
            parts.append([name, _sha(content)])
    return _sha(_canonical(parts))


def _meaning(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    return {key: value for key, value in read_json(path).items() if key not in _SAYS_NOTHING}


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
