"""What a price takes for granted, in words."""

from __future__ import annotations

from holdfast.spend.cost import (
    ANSWERING_SHARE,
    QUANTISED_SLOWDOWN,
    READ_BYTES_PER_SECOND,
    SPARE,
    START_SECONDS,
    Cost,
    CostRequest,
)
from holdfast.spend.memory import Storage


def assumptions(cost: Cost) -> tuple[str, ...]:
    """Return what a price takes for granted, one sentence each."""
    request, prices = cost.request, cost.prices
    return (
        *_work(request),
        *_machine(cost),
        *_model(request),
        f"prices of {prices.dated}: {prices.source}",
        f"owned hardware without a rent pays electricity at {prices.usd_per_kwh:g} USD/kWh",
        "people's time and the corpus are not counted in money",
    )


def _work(request: CostRequest) -> list[str]:
    rows = f"{request.examples:,} rows x {request.passes:g} passes of {request.length} tokens"
    if not request.pathway.trains:
        return [
            f"{rows}, half of each its answer, {request.batch} drawn at once in {request.dtype}",
            f"drawing answers reaches {ANSWERING_SHARE:.0%} of the speed of training",
            *_left_out(request),
        ]
    activations = "computed again" if request.checkpointing else "kept"
    told = [
        f"{rows}, batch {request.batch}, {request.dtype} weights, {request.optimizer.value}, "
        f"{request.attention.value} attention, activations {activations}",
        "`reused`: gradients grow while activations are freed, so the two are never whole at once",
    ]
    if request.name != request.pathway:
        words = "1 sequence" if request.sequences == 1 else f"{request.sequences} sequences"
        told.append(
            f"{request.name} is priced as {request.pathway.value} that trains "
            f"{request.workload.trainable_parameters:,} parameters, {words} a row"
        )
    told += _left_out(request)
    if request.actors > 1:
        told.append(
            f"{request.actors} actors with equal parts of the rows and a whole model each; every round each "
            "sends what it trained and is sent the average; the time to send is not counted"
        )
    return told


def _left_out(request: CostRequest) -> list[str]:
    return [f"not counted of {request.name}: {request.left_out}"] if request.left_out else []


def _machine(cost: Cost) -> list[str]:
    hardware = cost.smallest.hardware
    peak = hardware.tflops["float32" if cost.request.dtype == "float32" else "half"]
    told = [
        f"{hardware.name} reaches {hardware.utilisation:.0%} of its {peak:g} TFLOP/s",
        f"{START_SECONDS:.0f} s to start, weights read at {READ_BYTES_PER_SECOND / 1e9:g} GB/s, no download",
        f"{SPARE - 1:.0%} of memory set aside for gaps; a laptop keeps a quarter of its own",
    ]
    if hardware.count > 1:
        told.append("memory is shared evenly by the devices of a node")
    return told


def _model(request: CostRequest) -> list[str]:
    shape, told = request.shape, []
    if request.pathway.storage is not Storage.PLAIN:
        told.append(
            f"quantised weights make a step {QUANTISED_SLOWDOWN:g} times as long; embeddings and head "
            f"stay in {request.dtype}"
        )
    if request.pathway.trains and request.dtype != "float32":
        told.append("no second copy of the weights in float32; adapters and moments are float32")
    if shape.experts:
        told.append(
            f"all {shape.experts} experts are held and {shape.experts_per_token} a token computed; low-rank "
            "adapters leave the routed experts alone"
        )
    return told
