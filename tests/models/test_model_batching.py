"""Batches that fit, and recovery when they do not."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import ModelError, ModelShape
from holdfast.models.batching import BatchLimits, default_limits, pack, run_halving

LENGTHS = st.lists(st.integers(1, 60), max_size=40)


@settings(deadline=None)
@given(lengths=LENGTHS, rows=st.integers(1, 9), tokens=st.integers(1, 200))
def test_every_row_is_in_one_batch_and_no_batch_is_too_large(lengths, rows, tokens):
    batches = pack(lengths, BatchLimits(rows, tokens, 10**9))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        widest = max(lengths[row] for row in batch)
        assert len(batch) <= rows
        assert len(batch) == 1 or len(batch) * widest <= tokens
    widths = [lengths[row] for batch in batches for row in batch]
    assert widths == sorted(widths, reverse=True)


@settings(deadline=None)
@given(
    spans=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=40), logits=st.integers(1, 90)
)
def test_no_batch_keeps_too_many_logits(spans, logits):
    starts = [start for start, _ in spans]
    lengths = [start + length for start, length in spans]
    for batch in pack(lengths, BatchLimits(10**9, 10**9, logits), starts=starts):
        kept = max(lengths[row] for row in batch) - min(starts[row] for row in batch)
        assert len(batch) == 1 or len(batch) * kept <= logits


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 300), max_size=60))
def test_a_large_batch_that_is_scored_holds_little_padding_and_one_that_grows_is_not_cut(lengths):
    endless = BatchLimits(10**9, 10**9, 10**9)
    batches = pack(lengths, endless, starts=[0] * len(lengths))
    for batch in batches:
        widest = lengths[batch[0]]
        for rows, row in enumerate(batch, start=1):
            assert rows * widest <= 1024 or lengths[row] >= 0.9 * widest
    for batch, after in itertools.pairwise(batches):  # and it is cut for no other reason
        widest = lengths[batch[0]]
        assert (len(batch) + 1) * widest > 1024
        assert lengths[after[0]] < 0.9 * widest
    assert len(pack(lengths, endless)) <= 1


@settings(deadline=None)
@given(lengths=LENGTHS, rows=st.integers(1, 40), fits=st.integers(1, 40))
def test_halving_gives_every_row_its_own_result(lengths, rows, fits):
    sizes = []

    def work(batch):
        sizes.append(len(batch))
        if len(batch) > fits:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 byte")
        return [row * row for row in batch]

    results = run_halving(pack(lengths, BatchLimits(rows, 10**9, 10**9)), work)
    assert results == {row: row * row for row in range(len(lengths))}
    failed = [size for size in sizes if size > fits]
    assert failed == sorted(set(failed), reverse=True)  # no size fails twice


def test_a_row_that_fits_nowhere_is_an_error():
    def work(batch):
        raise RuntimeError("can't allocate memory: you tried to allocate 9 bytes\nand more")

    with pytest.raises(ModelError, match="one sequence alone does not fit"):
        run_halving([[0, 1, 2]], work)


def test_default_limits_shrink_with_the_model_and_grow_with_the_device():
    shape = ModelShape(
        parameters=10**9, embedding_parameters=0, layers=16, hidden=2048, intermediate=8192, heads=32,
        kv_heads=8, vocabulary=128256, context=4096, head_width=64,
    )  # fmt: skip
    small = default_limits(shape, bytes_per_value=4, device="cpu")
    assert 2 * 16 * 8 * 64 * 4 * small.tokens <= 256 * 2**20
    assert 12 * 128256 * small.logits <= 256 * 2**20
    large = default_limits(shape, bytes_per_value=2, device="cuda:0")
    assert large.tokens > small.tokens
    assert large.logits > small.logits
