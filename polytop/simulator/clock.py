"""A fast clock, so that an hour of traffic passes in a minute."""

from collections.abc import Callable
from dataclasses import field
from time import monotonic as _monotonic

from polytop.model.frozen import frozen


@frozen
class FastClock:
    """A clock that starts at `start` (epoch seconds) and runs `speed` times as fast as `monotonic`.

    A call returns the time. Raises ValueError if `speed` is not positive.
    """

    start: float
    speed: float = 1.0
    monotonic: Callable[[], float] = _monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError("the speed of a clock must be above 0")
        object.__setattr__(self, "_began", self.monotonic())

    def __call__(self) -> float:
        return self.start + (self.monotonic() - self._began) * self.speed
