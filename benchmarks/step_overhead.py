"""Our step loop beside a bare PyTorch loop doing the same maths on the same batches.

Prints milliseconds a step of each and their ratio (target: at most 1.2). The two take turns, step group by
step group, so that whatever else the machine does weighs on both alike; processor time is compared.

    python benchmarks/step_overhead.py [--batch 10] [--groups 12]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import torch

from holdfast.domain import Example, ModelSource, Schedule, TrialContext, ask
from holdfast.engine import DataOrder
from holdfast.models import LoadedModel, load_model, render_example
from holdfast.techniques.adapters import Adapters
from holdfast.techniques.full import Full
from holdfast.techniques.lora import Lora
from holdfast.testing.tiny import write_tiny_model

GROUP = 5
SIZES: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "intermediate_size": 344,
    "num_key_value_heads": 4,
    "vocab_size": 1024,
}
WORDS = ["tea", "water", "leaves", "sky", "black", "white", "night", "day", "how", "make", "boil", "wait"]
CORPUS = [
    Example(ask(f"Tell me of the {a} and the {b}."), f"It is {a}, and that is {b}.")
    for a in WORDS
    for b in WORDS[:4]
]


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as directory:
        write_tiny_model(directory, "llama", **SIZES)
        print(f"{'technique':<10} {'bare ms':>8} {'ours ms':>8} {'ratio':>6}")
        for technique in (Full(), Lora()):
            row = _compare(technique, Path(directory), options.batch, options.groups)
            print(f"{type(technique).__name__:<10} {row['bare']:8.1f} {row['ours']:8.1f} {row['ratio']:6.2f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--groups", type=int, default=12)
    return parser.parse_args()


def _compare(technique: Any, directory: Path, batch: int, groups: int) -> dict[str, float]:
    ours = _ours(technique, _load(directory), batch, groups)
    bare = _bare(technique, _load(directory), batch)
    advance: dict[str, Callable[[], object]] = {"bare": lambda: next(bare), "ours": lambda: next(ours)}
    for step in advance.values():
        step()  # warm up, and stop before the first step that counts
    taken: dict[str, list[float]] = {name: [] for name in advance}
    for _ in range(groups):
        for name, step in advance.items():
            begin = time.process_time()
            step()
            taken[name].append((time.process_time() - begin) / GROUP * 1000)
    result = {name: median(times) for name, times in taken.items()}
    ratios = [o / b for o, b in zip(taken["ours"], taken["bare"], strict=True)]
    return result | {"ratio": median(ratios)}


def _load(directory: Path) -> LoadedModel:
    return load_model(ModelSource("benchmark", path=str(directory)))


def _ours(technique: Any, model: LoadedModel, batch: int, groups: int) -> Iterator[object]:
    measured = tuple(range(GROUP, GROUP * (groups + 2), GROUP))
    config = technique.Config(batch_size=batch)
    trial = TrialContext(model, CORPUS, config, 0, Schedule(measured[-1], measured), Path())
    yield from technique.run(trial)


def _bare(technique: Any, model: LoadedModel, batch: int) -> Iterator[object]:
    """The same maths with nothing around it: fixed padded rows, AdamW, clipping, mean loss of the answers."""
    config = technique.Config(batch_size=batch)
    module = model.module
    if isinstance(technique, Lora):
        adapters = Adapters(module, config, seed=0).__enter__()
        module.requires_grad_(False)
        parameters = list(adapters.parameters.values())
        for parameter in parameters:
            parameter.requires_grad_(True)
    else:
        parameters = list(module.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=config.learning_rate, weight_decay=0.0, fused=True)
    order = DataOrder(len(CORPUS), batch, seed=0)
    rows = [render_example(model.tokenizer, example) for example in CORPUS]
    longest = max(len(row.token_ids) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full_like(ids, -100)
    for number, row in enumerate(rows):
        length = len(row.token_ids)
        ids[number, :length] = torch.tensor(row.token_ids)
        labels[number, row.answer_start : length] = ids[number, row.answer_start : length]
    module.train()
    number = 0
    while True:
        for _ in range(GROUP):
            chosen = order.batch(number)
            width = max(len(rows[row].token_ids) for row in chosen)
            logits = module(input_ids=ids[chosen, :width], use_cache=False).logits
            wanted = labels[chosen, 1:width]
            answered = wanted != -100
            loss = torch.nn.functional.cross_entropy(logits[:, :-1][answered], wanted[answered])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            number += 1
        yield number


if __name__ == "__main__":
    main()
