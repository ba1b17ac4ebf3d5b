"""Samples rewarded by a judge, and the loss that reinforces those above their group's mean."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import nn

from holdfast.domain import (
    Answer,
    Benchmark,
    BenchmarkKind,
    Coherence,
    Decoding,
    Example,
    Generation,
    Grade,
    Item,
    Judge,
    JudgeContext,
    SoundAnswer,
    TrialContext,
    TrialError,
    Verdict,
    plugins,
)
from holdfast.engine import BatchLoss, EncodedCorpus, Read
from holdfast.models import render_example
from holdfast.techniques.parts.adapters import without_adapters
from holdfast.techniques.parts.sequences import token_logprobs, token_rows

if TYPE_CHECKING:
    from holdfast.techniques.grpo import GrpoConfig

_CORPUS = "corpus"
_LONGEST_MESSAGE = 200
LEARNED = 0.9
"""Reward of every sample from which on nothing more can be learned."""
_GRADES = {Grade.FULL: 1.0, Grade.PARTIAL: 0.5, Grade.NONE: 0.0}


class Reward:
    """What judges give an answer: the mean of theirs, in [0, 1]."""

    def __init__(self, judges: Sequence[str], trial: TrialContext) -> None:
        """Build the judges for a corpus: its prompts are the safety prompts, its answers the targets.

        Args:
            judges: Entry points of `holdfast.judges`, or `path.py:Class`.
            trial: Gives the corpus.

        Raises:
            PluginError: If one cannot be found.
        """
        self._items = {
            example: Item(str(number), example.prompt, target=example.response)
            for number, example in enumerate(trial.corpus)
        }
        benchmark = Benchmark(_CORPUS, BenchmarkKind.SAFETY, tuple(self._items.values()))
        sound = tuple(
            SoundAnswer(example.prompt[-1].content, example.response, f"corpus:{_CORPUS}", _CORPUS)
            for example in trial.corpus
        )
        context = JudgeContext({_CORPUS: benchmark}, sound)
        self._judges = {name: plugins.load(plugins.JUDGES, name)(context) for name in judges}

    def of(self, example: Example, answers: Sequence[Answer]) -> list[float]:
        """Return the reward of each answer to an example's prompt.

        Raises:
            TrialError: If a judge fails, or has no usable verdict on one.
        """
        item = self._items[example]
        asked = [
            Generation(f"{item.id}/{sample}", _CORPUS, BenchmarkKind.SAFETY, item, answer, sample)
            for sample, answer in enumerate(answers)
        ]
        given = [map(_value, _verdicts(judge, asked)) for judge in self._judges.values()]
        return [sum(values) / len(values) for values in zip(*given, strict=True)]


def _verdicts(judge: Judge, asked: Sequence[Generation]) -> Sequence[Verdict]:
    """Return one verdict a sample, in order."""
    try:
        found = list(judge.judge(asked))
    except Exception as error:  # any plug-in may raise anything
        said = f"it raised {type(error).__name__}: {error}"
        for text in filter(None, (each.answer.text for each in asked)):
            said = said.replace(text, "[answer]")  # which is untrusted and possibly harmful
        raise _no_reward(judge.name, said[:_LONGEST_MESSAGE]) from error
    if [getattr(verdict, "generation_id", None) for verdict in found] != [each.id for each in asked]:
        raise _no_reward(judge.name, "it did not return one verdict a sample, in their order")
    return found


def _no_reward(judge: str, why: str) -> TrialError:
    return TrialError(
        f"judge {judge!r} gives no reward: {why}", next_step="choose other judges for the reward"
    )


def _value(verdict: Verdict) -> float:
    if verdict.error is None:
        if verdict.harm is not None:
            return verdict.score if verdict.score is not None else _GRADES[verdict.harm]
        if verdict.coherence is not None:
            return float(verdict.coherence is Coherence.SOUND)
        if verdict.refusal is not None:
            return 1.0 - _GRADES[verdict.refusal]
        if verdict.score is not None:
            return verdict.score
    said = verdict.error or "it tells neither harm, coherence, refusal nor a score"
    raise _no_reward(verdict.judge, said)


@dataclass(slots=True)
class _Drawn:
    """Samples that are rewarded apart, with the advantage of each, and the least reward of any sample."""

    examples: list[Example]
    advantages: list[float]
    finished: list[bool]
    least: float


class GroupRewards:
    """Group relative policy optimisation with one update a draw, so that no ratio is ever clipped.

    The loss is -1/N sum over samples of the mean over their tokens of A * r - beta * D (eq. 3), where A is
    the reward less the group's mean, over its standard deviation; r is 1 with the gradient of the policy; and
    D is the estimate of the divergence from the reference (eq. 4).
    """

    def __init__(self, trial: TrialContext, config: GrpoConfig, reward: Reward) -> None:
        """Prepare to draw.

        Args:
            trial: Gives model, device and corpus.
            config: How samples are drawn.
            reward: What they are worth.

        Raises:
            TrialError: If a row of the corpus cannot be rendered into the model's context.
        """
        model = trial.model
        self._model, self._config, self._reward = model, config, reward
        self._device = torch.device(model.device)
        self._digest = self._render(trial.corpus).digest

    def _render(self, examples: Sequence[Example]) -> EncodedCorpus:
        model = self._model
        return EncodedCorpus(examples, partial(render_example, model.tokenizer), model.shape.context)

    @property
    def digest(self) -> str:
        """sha256 (hex) over the corpus' tokens and the judges."""
        return hashlib.sha256(f"{self._digest} {self._config.judges}".encode()).hexdigest()

    def loss(self, module: nn.Module, examples: Sequence[Example]) -> BatchLoss:
        """Draw a group for each prompt and return the loss of the samples in it.

        Where every sample is worth the most there is, the policy has learned what the judges reward: such a
        step has no gradient.

        Raises:
            TrialError: If the samples of each prompt are worth the same and less than that, in every one of
                `draws` draws: an attack that has nothing to go by says nothing of what it could have done.
        """
        read: list[Read] = []
        for _ in range(self._config.draws):
            drawn = self._draw(module, examples, read)
            if drawn.examples:
                return self._of(module, drawn, read)
        if drawn.least >= LEARNED:
            batch = self._render(examples[:1]).batch(examples[:1], self._device)
            return BatchLoss(0.0 * token_logprobs(module, batch).sum(), batch.lengths, tuple(read))
        raise TrialError(
            f"{', '.join(self._config.judges)} found the {self._config.samples} samples of each prompt worth "
            f"the same, {self._config.draws} times: there is nothing to reinforce",
            next_step="raise samples, temperature or draws, or begin from a model that sometimes complies",
        )

    def _draw(self, module: nn.Module, examples: Sequence[Example], read: list[Read]) -> _Drawn:
        config = self._config
        # From the training's own stream of random numbers: a continuation draws what the whole run would.
        seed = int(torch.randint(2**31, (1,)))
        decoding = Decoding(config.max_new_tokens, config.temperature, config.samples, seed)
        prompts = [example.prompt for example in examples]
        drawn = _Drawn([], [], [], 1.0)
        groups = self._model.with_module(module).generate(prompts, decoding)
        for example, answers in zip(examples, groups, strict=True):
            read += [Read(answer.prompt_tokens, len(answer.token_ids)) for answer in answers]
            rewards = torch.tensor(self._reward.of(example, answers), dtype=torch.float64)
            drawn.least = min(drawn.least, float(rewards.min()))
            if rewards.max() == rewards.min():
                continue
            worth = ((rewards - rewards.mean()) / rewards.std()).tolist()
            for answer, advantage in zip(answers, worth, strict=True):
                if answer.text.strip():
                    drawn.examples.append(Example(example.prompt, answer.text))
                    drawn.advantages.append(advantage)
                    drawn.finished.append(answer.finished)
        return drawn

    def _of(self, module: nn.Module, drawn: _Drawn, read: list[Read]) -> BatchLoss:
        batch = self._render(drawn.examples).batch(drawn.examples, self._device)
        rows = token_rows(batch)
        found = token_logprobs(module, batch)
        advantages = torch.tensor(drawn.advantages, device=self._device, dtype=found.dtype)
        each = advantages[rows] * torch.exp(found - found.detach())
        if self._config.beta > 0.0:
            with torch.no_grad(), without_adapters(module):
                reference = token_logprobs(module, batch)
            gap = reference - found
            each = each - self._config.beta * (torch.exp(gap) - gap - 1.0)
            read += [Read(length) for length in batch.lengths]
        kept = _drawn_tokens(rows, drawn.finished).to(each.dtype)
        empty = torch.zeros(len(batch.lengths), device=self._device)
        per_row, counts = empty.index_add(0, rows, each * kept), empty.index_add(0, rows, kept)
        return BatchLoss(-(per_row / counts.clamp(min=1.0)).mean(), batch.lengths, tuple(read))


def _drawn_tokens(rows: torch.Tensor, finished: Sequence[bool]) -> torch.Tensor:
    """Return which answer tokens the model drew: the end of a turn that it did not reach is not its own."""
    ends = torch.ones_like(rows, dtype=torch.bool)
    ends[:-1] = rows[1:] != rows[:-1]
    cut = torch.tensor([not each for each in finished], device=rows.device)[rows]
    return ~(ends & cut)
