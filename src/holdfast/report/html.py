"""`report.html`: one file that makes no request, runs no script but its own, and works from a file path."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from holdfast.domain import RunRecord
from holdfast.report.charts.drawing import DrawingError
from holdfast.report.charts.tracks import axis, track
from holdfast.report.page import build_page
from holdfast.report.views import tracks, words


def render_html(record: RunRecord) -> str:
    """Return the report of a record as one HTML document.

    Model text is escaped and kept in inert `<template>` elements, so that it is shown only where a reader
    asks for it, one answer at a time, and never without script. The content security policy names the hash of
    the one style sheet and the one script and forbids everything else.

    Args:
        record: The finished (or partly failed) run.

    Returns:
        The document, self-contained.

    Raises:
        DrawingError: If a chart did not come out as plain SVG.
    """
    style, script = _asset("report.css"), _asset("report.js")
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            page=build_page(record), style=Markup(style), script=Markup(script), policy=_policy(style, script)
        )
    )


def environment() -> Environment:
    """Return the template environment: escapes everything, and an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("holdfast.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawing"] = _drawing
    made.filters["track"] = lambda dots, scale: Markup(track(dots, scale))
    made.filters["axis"] = lambda scale: Markup(axis(scale))
    made.globals["scales"] = tracks
    made.globals["words"] = words
    return made


def _asset(name: str) -> str:
    text = files("holdfast.report").joinpath("templates", name).read_text(encoding="utf-8")
    if "</s" in text:
        raise DrawingError(f"{name} holds `</s`, which would end the element it is put into")
    return text


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _drawing(svg: Any) -> Markup:
    """Mark a drawing as safe: `charts.drawing.clean` has rebuilt it from allowed elements alone."""
    return Markup(svg)
