"""The fixtures of everything that trains."""

from training_fixtures import _one_thread, corpus, fresh, trial

__all__ = ["_one_thread", "corpus", "fresh", "trial"]
