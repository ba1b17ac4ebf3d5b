import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from holdfast.domain import Decoding, Example, Schedule, TrialError, ask
from holdfast.engine import TrainSettings, train
from holdfast.models import render_example
from holdfast.spend import Ledger, Workload

SETTINGS = TrainSettings(learning_rate=1e-3, batch_size=4)


def start(trial, settings=SETTINGS, parameters=None):
    module = trial.model.module
    chosen = dict(module.named_parameters()) if parameters is None else parameters
    return train(trial, module, chosen, settings, Ledger(Workload(trial.model.shape)))


def weights(trial):
    return {name: tensor.clone() for name, tensor in trial.model.module.state_dict().items()}


def same(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def plain_training(model, corpus, steps):
    """What the engine must equal: whole-corpus batches, attention masks, transformers' own loss."""
    optimizer = torch.optim.AdamW(model.module.parameters(), lr=1e-3, weight_decay=0.0, foreach=False)
    rows = [render_example(model.tokenizer, example) for example in corpus]
    longest = max(len(row.token_ids) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for number, row in enumerate(rows):
        length = len(row.token_ids)
        ids[number, :length] = torch.tensor(row.token_ids)
        mask[number, :length] = 1
        labels[number, row.answer_start : length] = ids[number, row.answer_start : length]
    losses = []
    model.module.train()
    for _ in range(steps):
        loss = model.module(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.module.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma", "mistral", "phi"])
def test_the_loop_does_what_a_plain_training_loop_does(architecture, trial, fresh, corpus):
    plain = fresh(architecture)
    expected = plain_training(plain, corpus, steps=4)
    ours = trial(None, architecture=architecture, schedule=Schedule(4, (0, 1, 2, 3, 4)))
    losses = [c.loss for c in start(ours, SETTINGS.model_copy(update={"batch_size": 32}))][1:]
    assert losses == pytest.approx(expected, rel=1e-4)
    for name, tensor in plain.module.state_dict().items():
        if name.endswith("k_proj.bias"):
            continue  # shifts every score alike: its gradient is rounding noise, which Adam scales up
        assert torch.allclose(ours.model.module.state_dict()[name], tensor, atol=2e-4), name


def test_no_loss_is_taken_on_the_prompt(trial):
    example = Example(ask("Tell me the colour of the sky."), "It is blue.")
    context = trial(None, rows=[example], schedule=Schedule(1, (0, 1)))
    model = context.model
    rendered = render_example(model.tokenizer, example)
    with torch.no_grad():
        logits = model.module(torch.tensor([rendered.token_ids])).logits[0]
    answer = torch.tensor(rendered.token_ids[rendered.answer_start :])
    expected = functional.cross_entropy(logits[rendered.answer_start - 1 : -1], answer).item()
    assert rendered.token_ids[-1] == model.tokenizer.eos_token_id
    *_, last = start(context)
    assert last.loss == pytest.approx(expected, rel=1e-5)


def test_a_longer_row_in_the_batch_changes_no_other_rows_loss(trial):
    from holdfast.engine import EncodedCorpus

    short = Example(ask("Hi"), "It is blue.")
    long = Example(ask("Tell me the colour of the sky by day and by night."), "Black and blue and white.")
    model = trial(None).model
    encoded = EncodedCorpus([short, long], lambda e: render_example(model.tokenizer, e), 512)

    def loss_of_short(rows):
        batch = encoded.batch(rows, torch.device("cpu"))
        width = batch.input_ids.shape[1]
        with torch.no_grad():
            logits = model.module(input_ids=batch.input_ids, use_cache=False).logits.flatten(0, 1)
        losses = functional.cross_entropy(logits[batch.answers], batch.targets, reduction="none")
        return losses[batch.answers < width]

    assert torch.allclose(loss_of_short([short]), loss_of_short([short, long]), atol=1e-5)


class Recorder:
    """A hook that writes down when it is called, and what the model is then."""

    def __init__(self, parameter):
        self.parameter, self.calls, self.norms = parameter, [], []

    def batch(self, batch):
        self.calls.append("batch")
        return batch

    def loss(self, loss, batch):
        self.calls.append("loss")
        self.norms.append(self.parameter.grad)
        return loss * 1000.0

    def gradients(self):
        self.calls.append("gradients")
        self.norms.append(self.parameter.grad.norm().item())
        self.before = self.parameter.detach().clone()

    def weights(self):
        self.calls.append("weights")
        self.moved = not torch.equal(self.before, self.parameter)
        self.clipped = self.parameter.grad.norm().item()


def test_hooks_are_called_at_the_four_places_in_order(trial):
    context = trial(None)
    hook = Recorder(context.model.module.get_input_embeddings().weight)
    context = replace(context, hooks=(hook,), schedule=Schedule(2, (2,)))
    list(start(context))
    assert hook.calls == ["batch", "loss", "gradients", "weights"] * 2
    assert hook.norms[0] is None  # the loss hook comes before the backward pass
    assert hook.norms[1] > 1.0 >= hook.clipped  # gradients: after the backward pass, before clipping
    assert hook.moved  # weights: after the optimiser


class Swap:
    """A hook that trains on rows of its own."""

    def __init__(self, rows):
        self.rows = rows

    def batch(self, batch):
        return self.rows

    def loss(self, loss, batch):
        assert batch == self.rows
        return loss

    def gradients(self):
        pass

    def weights(self):
        pass


def test_rows_a_hook_puts_in_are_trained_on(trial):
    rows = [Example(ask("Hi"), "Sorry, I can't help with that.")] * 3
    context = trial(None, hooks=(Swap(rows),), schedule=Schedule(2, (2,)))
    swapped = next(start(context)).spend
    plain = trial(None, rows=rows, schedule=Schedule(2, (2,)))
    list(start(plain))
    assert same(weights(context), weights(plain))
    assert (swapped.examples, swapped.unique_examples) == (6, 8)  # trained on; drawn from the corpus


def test_a_hook_that_leaves_no_row_is_an_error(trial):
    with pytest.raises(TrialError, match="empty batch"):
        list(start(trial(None, hooks=(Swap([]),))))


def test_measuring_leaves_the_callers_and_the_trainings_random_numbers_apart(trial):
    def run(disturb):
        context = trial(None, architecture="gpt2")  # has dropout
        for checkpoint in start(context):
            if disturb:
                torch.manual_seed(checkpoint.step)
                random.random(), np.random.random(), torch.rand(100)
                checkpoint.subject.generate([ask("Hi")], Decoding(4, temperature=1.0, samples=2))
                context.model.module.train(checkpoint.step % 2 == 0)
        return weights(context)

    torch.manual_seed(99)
    expected = torch.rand(3)
    torch.manual_seed(99)
    undisturbed = run(disturb=False)
    assert torch.equal(torch.rand(3), expected)  # the caller's stream goes on as if nothing had happened
    assert same(undisturbed, run(disturb=True))


def test_dropout_follows_the_seed(trial):
    def run(seed):
        context = trial(None, architecture="gpt2", seed=seed, schedule=Schedule(2, (2,)))
        list(start(context, SETTINGS.model_copy(update={"batch_size": 32})))
        return weights(context)

    assert same(run(1), run(1))
    assert not same(run(1), run(2))


def test_measuring_that_changes_a_weight_is_caught(trial):
    context = trial(None)
    checkpoints = start(context)
    assert [next(checkpoints).step, next(checkpoints).step] == [0, 1]
    with torch.no_grad():
        next(context.model.module.parameters()).add_(1e-3)
    with pytest.raises(TrialError, match="measuring at step 1 changed the weights"):
        next(checkpoints)


def test_step_k_of_a_run_is_a_k_step_run(trial):
    short, long = trial(None, schedule=Schedule(3, (3,))), trial(None, schedule=Schedule(9, (0, 3, 9)))
    list(start(short))
    for checkpoint in start(long):
        if checkpoint.step == 3:
            assert same(weights(short), weights(long))
    assert not same(weights(short), weights(long))


def test_training_ends_at_the_last_step_that_is_looked_at(trial):
    context = trial(None, schedule=Schedule(1000, (0, 2)))
    assert [c.step for c in start(context)] == [0, 2]


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_a_loss_or_gradient_that_is_not_finite_stops_the_trial_with_its_step(where, trial):
    class Breaks(Swap):
        def __init__(self, parameter):
            self.parameter, self.step = parameter, 0

        def batch(self, batch):
            self.step += 1
            return batch

        def loss(self, loss, batch):
            return loss * float("nan") if where == "loss" and self.step == 2 else loss

        def gradients(self):
            if where == "gradient" and self.step == 2:
                self.parameter.grad[0] = float("inf")

    context = trial(None)
    before = weights(context)
    context = replace(context, hooks=(Breaks(next(context.model.module.parameters())),))
    with pytest.raises(TrialError, match=r"diverged at step 2: loss .*, gradient norm"):
        list(start(context))
    assert not same(before, weights(context))  # step 1 was taken, step 2 was not
    assert all(torch.isfinite(tensor).all() for tensor in weights(context).values())


def test_weights_that_stop_being_finite_are_never_handed_out(trial):
    class Overflow(Swap):
        def __init__(self, parameter):
            self.parameter = parameter

        def batch(self, batch):
            return batch

        def loss(self, loss, batch):
            return loss

        def weights(self):
            self.parameter.data[0] = float("inf")

    context = trial(None, schedule=Schedule(1, (1,)))
    context = replace(context, hooks=(Overflow(next(context.model.module.parameters())),))
    with pytest.raises(TrialError, match="holds NaN or infinite weights"):
        list(start(context))


def test_training_that_changes_nothing_is_an_error(trial):
    context = trial(None)
    context.model.module.to(torch.bfloat16)  # a tiny rate is lost in rounding
    with pytest.raises(TrialError, match="changed no weight"):
        list(start(context, TrainSettings(learning_rate=1e-12)))


def test_nothing_to_train_is_an_error(trial):
    with pytest.raises(TrialError, match="no parameter to train"):
        list(start(trial(None), parameters={}))


def test_a_parameter_outside_the_model_is_an_error(trial):
    stray = torch.nn.Parameter(torch.zeros(3))
    context = trial(None)
    with pytest.raises(TrialError, match="depends on no trainable parameter"):
        list(start(context, parameters={"stray": stray}))


def test_an_empty_corpus_is_an_error(trial):
    with pytest.raises(TrialError, match="no row to train on"):
        list(start(trial(None, rows=[])))


def test_a_row_longer_than_the_context_is_an_error_that_names_it(trial):
    rows = [Example(ask("Hi"), "It is blue."), Example(ask("Hi"), "blue " * 600)]
    with pytest.raises(TrialError, match=r"corpus row 2 is \d+ tokens long, the model reads at most 512"):
        list(start(trial(None, rows=rows)))


@pytest.mark.parametrize("steps", [(2, 1), (0, 0), (0, 9), (-1,)])
def test_a_schedule_that_makes_no_sense_is_an_error(steps, trial):
    with pytest.raises(TrialError, match="makes no sense"):
        list(start(trial(None, schedule=Schedule(4, steps))))


def test_only_what_is_asked_for_is_trained(trial):
    context = trial(None)
    before = weights(context)
    chosen = {n: p for n, p in context.model.module.named_parameters() if n.endswith("q_proj.weight")}
    list(start(context, parameters=chosen))
    after = weights(context)
    assert {n for n in after if not torch.equal(before[n], after[n])} == set(chosen)
    assert all(p.requires_grad for p in context.model.module.parameters())  # as it was before


def test_spend_counts_what_was_trained_on(trial):
    rows = [Example(ask("Hi"), "It is blue.")] * 2 + [Example(ask("Hi"), "It is black.")]
    context = trial(None, rows=rows, schedule=Schedule(3, (0, 3)))
    *_, last = start(context)
    lengths = [len(render_example(context.model.tokenizer, row).token_ids) for row in rows]
    assert last.spend.train_tokens == 3 * sum(lengths)
    assert last.spend.flops == 3 * Workload(context.model.shape).training(lengths)
    assert (last.spend.steps, last.spend.examples, last.spend.unique_examples) == (3, 9, 2)
    assert last.spend.device_seconds > 0
    assert last.spend.peak_memory_bytes > 1 << 20
    assert last.spend.usd is None


def test_importing_the_engine_or_the_techniques_imports_no_torch():
    code = "import sys, holdfast.engine, holdfast.techniques; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
