"""Threads of computation."""


def use_one_thread() -> None:
    """Let torch compute with one thread in this process.

    Small models lose far more than they gain from a second one as soon as another process is busy; work is
    spread over processes instead.
    """
    import torch

    torch.set_num_threads(1)
