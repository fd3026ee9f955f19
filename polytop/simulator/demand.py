"""The demand at each moment, in erlangs (mean concurrent calls), and incidents.

An ordinary day follows the hour, the weekday and a campaign; an :class:`Incident` changes it.
All functions are pure: they depend on the seed and the time alone.
"""

from collections.abc import Callable
from math import exp
from random import Random
from typing import NamedTuple

from polytop.model.frozen import frozen
from polytop.model.grid import STEP
from polytop.model.target import ClientEnv

HOUR = 3600
DAY = 86_400

_BY_HOUR = (
    *(6, 5, 4, 4, 4, 5, 9, 26, 48, 66, 74, 77),
    *(75, 71, 75, 78, 76, 67, 56, 44, 34, 24, 16, 10),
)
"""Live erlangs at the full hours (UTC) of a weekday, for the limit :data:`_USUAL_LIMIT`."""

_USUAL_LIMIT = 120

_BY_WEEKDAY = (1.04, 1.0, 0.98, 1.0, 1.02, 0.65, 0.5)
"""Monday first."""

_BY_ENV = {ClientEnv.LIVE: 1.0, ClientEnv.PRE_RELEASE: 0.06, ClientEnv.SANDBOX: 0.025}

_CAMPAIGN_LENGTH = 2 * HOUR


class Day(NamedTuple):
    """One day: `level` times the usual demand, and its campaign."""

    level: float
    campaign_at: float
    """Epoch seconds."""
    campaign_size: float
    """Erlangs as a share of the limit."""


def day_of(seed: str, moment: float) -> Day:
    """The day (UTC) that holds `moment` (epoch seconds)."""
    number = int(moment // DAY)
    chance = Random(f"{seed}/day/{number}")  # noqa: S311 - traffic, not secrets
    return Day(
        chance.uniform(0.94, 1.05),
        number * DAY + chance.choice((10, 10.5, 11, 13.5, 14, 15.5)) * HOUR,
        chance.uniform(0.06, 0.13) if (number + 3) % 7 < 5 else 0.0,
    )


def ordinary_demand(env: ClientEnv, limit: int, moment: float) -> float:
    """Erlangs of a usual day at `moment` (epoch seconds), linear between the full hours."""
    hour, within = divmod(moment % DAY, HOUR)
    here, there = _BY_HOUR[int(hour)], _BY_HOUR[(int(hour) + 1) % 24]
    level = here + (there - here) * within / HOUR
    weekday = _BY_WEEKDAY[int(moment // DAY + 3) % 7]
    return level * weekday * _BY_ENV[env] * limit / _USUAL_LIMIT


def campaign_demand(day: Day, env: ClientEnv, limit: int, moment: float) -> float:
    """Erlangs of the day's campaign: up within minutes, down within the hour."""
    since = moment - day.campaign_at
    if env is not ClientEnv.LIVE or not 0 <= since < _CAMPAIGN_LENGTH:
        return 0.0
    return day.campaign_size * limit * min(1.0, since / (3 * STEP)) * exp(-since / HOUR)


@frozen
class Incident:
    """A change of live traffic; by default nothing changes."""

    factor: Callable[[float], float] = lambda _: 1.0
    """The factor of ordinary demand at a moment, epoch seconds."""
    surge: Callable[[float], float] = lambda _: 0.0
    """Additional erlangs at a moment, as a share of the limit."""
    hole: tuple[int, int] | None = None
    """Start and end, in epoch milliseconds, of a time without any call."""
    rationed_hours: range = range(0)
    """Hours since the epoch in which calls above the limit are rejected."""


def launch(at: float) -> Incident:
    """Two minutes after `at` demand starts to rise far above the limit, for 20 minutes.

    It stays there for two and a half hours and then decreases.
    """

    def surge(moment: float) -> float:
        since = moment - at - 120
        if since < 0 or since > 6 * HOUR:
            return 0.0
        rise = min(1.0, since / 1200)
        return 1.5 * rise * rise * (3 - 2 * rise) * exp(-max(0.0, since - 2.5 * HOUR) / 2400)

    first = int(at // HOUR)
    return Incident(surge=surge, rationed_hours=range(first, first + 9))


def outage(at: float) -> Incident:
    """Three minutes after `at` all calls end, for 20 minutes."""
    begin = round((at + 180) * 1000)
    return Incident(hole=(begin, begin + 20 * 60_000))


def quiet_night(at: float) -> Incident:
    """From five hours before `at` to one hour after it there is almost no call."""
    begin = round((at - 4 * HOUR) * 1000)
    return Incident(
        lambda moment: 0.0015 if -5 * HOUR <= moment - at < HOUR else 1.0,
        hole=(begin, begin + 40 * 60_000),
    )


INCIDENTS: dict[str, Callable[[float], Incident]] = {
    "launch": launch,
    "outage": outage,
    "quiet-night": quiet_night,
}
"""Makers of incidents by the name of their scenario; each takes the epoch second it is set at."""
