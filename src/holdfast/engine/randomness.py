"""The training's own stream of random numbers (dropout), whatever its consumer does in between."""

from __future__ import annotations

import torch


class RandomStream:
    """Torch's global generators, lent to the training while it runs and given back while it pauses."""

    def __init__(self, seed: int, device: torch.device) -> None:
        """Start a stream.

        Args:
            seed: Seed of the stream.
            device: Device of the model; its generator is part of the stream.
        """
        self._device = device
        self._outside = self._read()
        torch.manual_seed(seed)
        self._own = self._read()
        self._write(self._outside)

    def enter(self) -> None:
        """Make torch draw from the stream, from where it was left."""
        self._outside = self._read()
        self._write(self._own)

    def leave(self) -> None:
        """Give torch's generators back as they were found."""
        self._own = self._read()
        self._write(self._outside)

    @property
    def state(self) -> dict[str, torch.Tensor]:
        """Where the stream was left, as byte tensors by device type."""
        return dict(self._own)

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from a saved state.

        Raises:
            KeyError: If the state was saved on another kind of device.
        """
        self._own = {name: state[name].clone() for name in self._own}

    def _read(self) -> dict[str, torch.Tensor]:
        state = {"cpu": torch.get_rng_state()}
        if self._device.type == "cuda":
            state["cuda"] = torch.cuda.get_rng_state(self._device)
        return state

    def _write(self, state: dict[str, torch.Tensor]) -> None:
        torch.set_rng_state(state["cpu"])
        if "cuda" in state:
            torch.cuda.set_rng_state(state["cuda"], self._device)
