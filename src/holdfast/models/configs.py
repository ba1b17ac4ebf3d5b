"""Finding the configuration of a model that may not be here: its sizes need no weights."""

from __future__ import annotations

import re
from pathlib import Path

from holdfast.domain import ModelError, did_you_mean, plugins
from holdfast.models.files import ADAPTER_CONFIG, read_json

_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_SECONDS = 10.0
"""How long the hub may take to answer."""


def find_config(reference: str, revision: str | None = None) -> Path:
    """Find a model's `config.json`; fetches at most that file.

    Args:
        reference: A `config.json`, a model directory, an installed model (`organism.aligned`) or a hub id
            (`org/name`), looked for in this order.
        revision: Hub revision; None for the default branch.

    Returns:
        A configuration file, or the directory that holds one (where weights can be counted too).

    Raises:
        ModelError: If there is no such file, directory, installed model or hub model.
        ModelError: If a directory holds no configuration, or only that of an adapter.
        ModelError: If the configuration is not cached and the hub cannot be reached.
    """
    path = Path(reference).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        return _in_directory(path)
    installed = plugins.installed(plugins.MODELS)
    if reference in installed:
        return Path(plugins.load(plugins.MODELS, reference)())
    if _HUB_ID.fullmatch(reference):
        return _from_hub(reference, revision)
    raise ModelError(
        f"{reference!r} is no file, no directory, no installed model and no hub id (org/name)",
        next_step=did_you_mean(reference, installed),
    )


def stated_dtype(found: Path) -> str | None:
    """Return the precision that a configuration says its weights have (`bfloat16`); None if it says none.

    Args:
        found: What `find_config` returned.

    Raises:
        ModelError: If the configuration cannot be read.
    """
    config = read_json(found / "config.json" if found.is_dir() else found)
    inner = config.get("text_config")
    for part in (config, inner if isinstance(inner, dict) else {}):
        stated = part.get("dtype") or part.get("torch_dtype")
        if stated:
            return str(stated).removeprefix("torch.")
    return None


def _in_directory(path: Path) -> Path:
    if (path / "config.json").is_file():
        return path
    only = " (an adapter: name the model it belongs to)" if (path / ADAPTER_CONFIG).is_file() else ""
    raise ModelError(
        f"{path} holds no config.json{only}",
        next_step="give a config.json, or a directory written by save_pretrained",
    )


def _from_hub(hub: str, revision: str | None) -> Path:
    from httpx2 import HTTPError, TransportError
    from huggingface_hub import get_session, hf_hub_download, hf_hub_url, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    cached = try_to_load_from_cache(hub, "config.json", revision=revision)
    if isinstance(cached, str):
        return Path(cached)
    try:
        # Asked once: the download itself would try for half a minute before it gave up.
        get_session().head(hf_hub_url(hub, "config.json", revision=revision), timeout=_SECONDS)
        return Path(hf_hub_download(hub, "config.json", revision=revision))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, TransportError) as error:
        raise ModelError(
            f"the configuration of {hub} is not in the local cache, and the hub cannot be reached",
            next_step=f"copy its config.json here and give that file, or run `hf download {hub} config.json` "
            "where there is a network",
        ) from error
    except (HTTPError, HFValidationError, OSError) as error:
        raise ModelError(
            f"the configuration of {hub} cannot be fetched from the hub: {error}",
            next_step="check the id, the revision and your access (`hf auth login`), or give its config.json",
        ) from error
