"""A clock that runs faster than the wall's, so that an hour of traffic passes in a minute."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic as _monotonic


@dataclass(frozen=True, slots=True)
class FastClock:
    """Epoch seconds that begin at `start` and run `speed` times as fast as `monotonic`.

    Calling it gives the time now. Raises ValueError where `speed` is not positive.
    """

    start: float
    speed: float = 1.0
    monotonic: Callable[[], float] = _monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError("a clock runs forwards: its speed is greater than 0")
        object.__setattr__(self, "_began", self.monotonic())

    def __call__(self) -> float:
        return self.start + (self.monotonic() - self._began) * self.speed
