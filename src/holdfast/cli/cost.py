"""`holdfast cost`: what a pathway would cost on a model, from its configuration alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

# Written out, not imported: the command line starts without numpy, which the forecasts need.
OptimizerName = Literal["adamw", "adamw-8bit", "sgd"]
AttentionName = Literal["sdpa", "eager"]
DtypeName = Literal["float32", "bfloat16", "float16"]


def cost(  # noqa: PLR0913 - each option of the command is a parameter
    model: Annotated[
        str, typer.Argument(help="config.json, model directory, installed model or hub id. No weights.")
    ],
    *,
    pathway: Annotated[str, typer.Option(help="Technique to price (holdfast list pathways).")] = "lora",
    batch: Annotated[int, typer.Option(min=1, help="Sequences in memory at once.")] = 4,
    length: Annotated[int, typer.Option(min=1, help="Tokens a sequence [at most the context].")] = 512,
    examples: Annotated[int, typer.Option(min=1, help="Rows of the corpus, or prompts attacked.")] = 100,
    epochs: Annotated[float, typer.Option(min=0.001, help="Times each row is used.")] = 5.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimiser steps, in place of --epochs.")] = None,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapters.")] = 8,
    checkpointing: Annotated[bool, typer.Option(help="Compute activations again to save memory.")] = False,
    optimizer: Annotated[OptimizerName, typer.Option(help="AdamW, with 8-bit moments, or SGD.")] = "adamw",
    attention: Annotated[AttentionName, typer.Option(help="Fused, or step by step.")] = "sdpa",
    dtype: Annotated[
        DtypeName | None, typer.Option(help="Precision [the configuration's, or float32].")
    ] = None,
    actors: Annotated[int, typer.Option(min=1, help="Actors who share the work.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="Times that actors exchange what they trained.")] = 10,
    prices: Annotated[Path | None, typer.Option(help="Price tables, JSON [the shipped ones].")] = None,
    ratings: Annotated[Path | None, typer.Option(help="Attack ratings, JSON [the shipped ones].")] = None,
    revision: Annotated[str | None, typer.Option(help="Hub revision.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Price a pathway: memory, hardware, hours, money, each actor's part, who can pay, attack potential."""
    from json import dumps

    from holdfast.cli.cost_route import route_of
    from holdfast.cli.cost_words import told, written
    from holdfast.models import find_config, read_shape, stated_dtype
    from holdfast.spend import (
        BYTES,
        Attention,
        CostRequest,
        Optimizer,
        read_price_history,
        read_ratings,
        shipped_price_history,
        shipped_ratings,
    )

    found = find_config(model, revision)
    precision = dtype or stated_dtype(found) or "float32"
    if precision not in BYTES:
        raise typer.BadParameter(
            f"{model} has weights in {precision!r}; price it as one of {', '.join(BYTES)}",
            param_hint="--dtype",
        )
    shape = read_shape(found)
    route = route_of(pathway, shape, rank)
    request = CostRequest(
        shape=shape,
        pathway=route.kind,
        adapter_parameters=route.adapter_parameters,
        dtype=precision,
        batch=batch,
        length=min(length, shape.context),
        examples=examples,
        passes=epochs if steps is None else steps * batch * actors / examples,
        checkpointing=checkpointing,
        optimizer=Optimizer(optimizer),
        attention=Attention(attention),
        actors=actors,
        rounds=rounds,
        technique=pathway,
        sequences=route.sequences,
        left_out=route.left_out,
    )
    history = read_price_history(prices) if prices else shipped_price_history()
    value = written(model, request, history, read_ratings(ratings) if ratings else shipped_ratings())
    print(dumps(value, indent=1) if json else told(value))
