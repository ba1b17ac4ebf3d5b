"""A loaded model: what techniques change, and what answers and scores at any moment of a training."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.domain import Answer, Conversation, Decoding, Example, ModelDigest, ModelShape, ModelSource
from holdfast.models.chat import end_of_turn_ids, render_example, render_prompts

if TYPE_CHECKING:
    from holdfast.models.batching import BatchLimits
    from holdfast.models.scoring import Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A model in memory with its tokenizer; a `holdfast.domain.Subject`.

    Generating and scoring may happen in the middle of a training: mode, gradients, weights and random state
    are left as they were.

    Attributes:
        module: The `torch.nn.Module`, or a PEFT wrapper of it.
        tokenizer: The tokenizer.
        source: Where it came from.
        digest: Digest of the files it was loaded from; not of what training makes of it.
        shape: Its sizes; `parameters` as counted in memory.
        device: Where it computes.
        notes: What a reader of its results should know (missing template, folded system turn, ...).
        limits: Size of a batch; None for `default_limits`.
    """

    module: Any
    tokenizer: Any
    source: ModelSource
    digest: ModelDigest
    shape: ModelShape
    device: str = "cpu"
    notes: tuple[str, ...] = ()
    limits: BatchLimits | None = None

    def with_module(self, module: Any) -> LoadedModel:
        """Return the same model with other weights in memory, such as a PEFT wrapper of these."""
        return dataclasses.replace(self, module=module)

    def with_limits(self, limits: BatchLimits) -> LoadedModel:
        """Return the same model with other batch sizes."""
        return dataclasses.replace(self, limits=limits)

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        """Answer each prompt.

        Args:
            prompts: Conversations that end with the user's turn, or with the start of an answer (prefilled),
                which the answers continue without repeating it.
            decoding: Length, temperature, samples and seed. Longest answers are cut to what a prompt leaves
                of the model's context. A sample depends on seed, prompt and its index alone, not on the
                other prompts.

        Returns:
            `decoding.samples` answers for each prompt, in order.

        Raises:
            ModelError: If a prompt cannot be rendered or leaves no room for an answer (naming its index),
                several greedy samples are asked for, or one sequence alone does not fit into memory.
            TrialError: If the model's logits are not finite.
        """
        from holdfast.models.generation import draw, plan_requests

        if not prompts:
            return []
        rendered = render_prompts(self.tokenizer, prompts)
        requests = plan_requests(rendered, decoding, context=self.shape.context)
        stops = end_of_turn_ids(self.tokenizer, self.module)
        drawn = draw(self.module, requests, decoding, stops=stops, limits=self._limits())
        texts = self.tokenizer.batch_decode(
            [list(found.token_ids) for found in drawn],
            skip_special_tokens=True,
            clean_up_tokenization_spaces=False,
        )
        answers = [
            Answer(text, found.token_ids, found.finished, len(request.prompt))
            for text, found, request in zip(texts, drawn, requests, strict=True)
        ]
        samples = decoding.samples
        return [answers[index * samples : (index + 1) * samples] for index in range(len(prompts))]

    def likelihoods(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[Likelihood]:
        """Score each answer after its prompt: total, tokens and mean.

        The end of the turn is not scored. An answer that does not fit into the context is scored as far as
        it goes, and marked `truncated`.

        Raises:
            ModelError: If a prompt cannot be rendered, or leaves no room for its answer (naming its index).
            TrialError: If a likelihood is not a number.
            ValueError: If there are not as many answers as prompts.
        """
        from holdfast.models.scoring import likelihoods

        examples = [
            render_example(self.tokenizer, Example(prompt, answer))
            for prompt, answer in zip(prompts, answers, strict=True)
        ]
        return likelihoods(self.module, examples, context=self.shape.context, limits=self._limits())

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        """Return the mean log-likelihood (nats a token, <= 0) of each answer; None for an empty answer.

        Multiple choice compares these means, so that a long choice is not punished for its length; see
        `likelihoods` for totals.

        Raises:
            ModelError: As `likelihoods`.
            TrialError: As `likelihoods`.
        """
        return [found.mean for found in self.likelihoods(prompts, answers)]

    def _limits(self) -> BatchLimits:
        from holdfast.models.batching import default_limits

        if self.limits is not None:
            return self.limits
        width = next(self.module.parameters()).element_size()
        return default_limits(self.shape, bytes_per_value=width, device=self.device)
