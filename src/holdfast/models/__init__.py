"""Models: load, render, generate, score, identify. Importing this package does not import torch."""

from holdfast.models.chat import (
    FALLBACK_TEMPLATE,
    ChatFormat,
    RenderedExample,
    chat_format,
    end_of_turn_ids,
    render_example,
    render_prompt,
    render_prompts,
    template_in_force,
)
from holdfast.models.configs import find_config, stated_dtype
from holdfast.models.device import best_device
from holdfast.models.digest import digest_directory, digest_model, digest_weights, read_template
from holdfast.models.loading import DTYPES, load_model
from holdfast.models.locate import check_source
from holdfast.models.shape import read_shape
from holdfast.models.subject import LoadedModel
from holdfast.models.threads import use_one_thread

__all__ = [
    "DTYPES",
    "FALLBACK_TEMPLATE",
    "ChatFormat",
    "LoadedModel",
    "RenderedExample",
    "best_device",
    "chat_format",
    "check_source",
    "digest_directory",
    "digest_model",
    "digest_weights",
    "end_of_turn_ids",
    "find_config",
    "load_model",
    "read_shape",
    "read_template",
    "render_example",
    "render_prompt",
    "render_prompts",
    "stated_dtype",
    "template_in_force",
    "use_one_thread",
]
