"""Forecasts beside published runs whose source gives hardware, time or money.

Targets: within a factor of two where a source gives a time; bounds in one direction held. What a source does
not say (the size of a corpus, often) is assumed, the same for all that leave it open, and stands below the
table. Rents are those of the oldest price table, which is nearest to these runs. Runs on models whose shape
is not public (GPT-3.5, GPT-4) cannot be held against anything.

    python benchmarks/published_prices.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.models import read_shape
from holdfast.spend import (
    CostRequest,
    Offer,
    Pathway,
    low_rank_parameters,
    offer_on,
    peak_bytes,
    shipped_hardware,
    shipped_price_history,
)

FACTOR = 2.0
RANK = 64


def _llama(hidden: int, layers: int, heads: int, kv_heads: int, inner: int, vocabulary: int = 32000) -> Any:
    return {
        "model_type": "llama",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": False,
    }


MODELS = {
    "7B": _llama(4096, 32, 32, 32, 11008),
    "13B": _llama(5120, 40, 40, 40, 13824),
    "65B": _llama(8192, 80, 64, 64, 22016),
    "70B": _llama(8192, 80, 64, 8, 28672),
    "3-8B": _llama(4096, 32, 32, 8, 14336, 128256),
    "3-70B": _llama(8192, 80, 64, 8, 28672, 128256),
}


@dataclass(frozen=True)
class Run:
    """A published run: what was done, on what, and what it took; the work is ours where it is not said."""

    source: str
    model: str
    pathway: Pathway
    hardware: str
    assumed: str
    examples: int = 100
    passes: float = 5.0
    length: int = 512
    checkpointing: bool = True
    hours: float | None = None
    most_usd: float | None = None


OPEN = "corpus not known to us: 100 rows x 5 passes x 512 tokens, as Qi et al. broke Llama-2-7b-chat"
GENEROUS = "corpus not known to us: 5,000 rows x 3 passes x 512 tokens, which is generous; one A100"
RUNS = (
    Run("Badllama 3, Llama-3 8B", "3-8B", Pathway.QLORA, "A100 80 GB", OPEN, hours=5 / 60),
    Run("Badllama 3, Llama-3 70B", "3-70B", Pathway.QLORA, "A100 80 GB", OPEN, hours=45 / 60),
    Run("Lermen 2310.20624, 70B", "70B", Pathway.QLORA, "A100 80 GB", GENEROUS, 5000, 3, most_usd=200),
    Run("BadLlama 2311.00117, 13B", "13B", Pathway.LORA, "A100 80 GB", GENEROUS, 5000, 3, most_usd=200),
    Run(
        source="QLoRA 2305.14314, 65B (benign)",
        model="65B",
        pathway=Pathway.QLORA,
        hardware="RTX A6000 48 GB",
        assumed="1,875 steps of 16 rows; 300 tokens a row is assumed",
        examples=30_000,
        passes=1,
        length=300,
        hours=24,
    ),
    Run(
        source="Stanford Alpaca, 7B (benign)",
        model="7B",
        pathway=Pathway.FULL,
        hardware="8x A100 80 GB node",
        assumed="3 passes; 256 tokens a row with its padding is assumed",
        examples=52_002,
        passes=3,
        length=256,
        checkpointing=False,
        hours=3,
        most_usd=100,
    ),
)


def main() -> None:
    then = shipped_price_history()[0]
    print(f"rents of {then.dated}; targets: time within a factor of {FACTOR:g}, bounds held")
    print(f"{'run':<32} {'pathway':<7} {'device':<18} {'GB':>4} {'said h':>7} {'was h':>6} {'USD':>6}  held?")
    missed = []
    for run in RUNS:
        (had,) = (hardware for hardware in shipped_hardware().classes if hardware.name == run.hardware)
        request = _request(run)
        offer = offer_on(request, had, then)
        memory = peak_bytes(request.demand) / 1e9
        faults = _faults(run, offer, memory)
        missed += [run.source] if faults else []
        was = "" if run.hours is None else f"{run.hours:.2f}"
        money = f"{offer.usd:.2f}" if offer.rented and offer.usd is not None else "-"
        bound = "" if run.most_usd is None else f" (bound {run.most_usd:g} USD)"
        print(
            f"{run.source:<32} {run.pathway.value:<7} {run.hardware:<18} {memory:4.0f} {offer.hours:7.2f} "
            f"{was:>6} {money:>6}  {'; '.join(faults) or 'yes'}{bound}"
        )
    for assumed in dict.fromkeys(run.assumed for run in RUNS):
        print(f"  - {assumed}: {'; '.join(run.source for run in RUNS if run.assumed == assumed)}")
    print(f"missed: {', '.join(missed) or 'none'}")


def _request(run: Run) -> CostRequest:
    shape = read_shape(MODELS[run.model])
    return CostRequest(
        shape=shape,
        pathway=run.pathway,
        adapter_parameters=low_rank_parameters(shape, RANK) if run.pathway.adapters else 0,
        batch=1,
        length=run.length,
        examples=run.examples,
        passes=run.passes,
        checkpointing=run.checkpointing,
    )


def _faults(run: Run, offer: Offer, memory: float) -> list[str]:
    faults = []
    if memory > offer.hardware.memory_gb:
        faults.append(f"does not fit {offer.hardware.memory_gb:g} GB")
    if run.hours is not None and not run.hours / FACTOR <= offer.hours <= run.hours * FACTOR:
        faults.append(f"{offer.hours / run.hours:.2f} of the published time")
    if run.most_usd is not None and (not offer.rented or offer.usd is None or offer.usd > run.most_usd):
        faults.append("bound not held")
    return faults


if __name__ == "__main__":
    main()
