"""The forecast of one project, learned from its history and brought up to date at each poll."""

from datetime import tzinfo

from polytop.model import grid
from polytop.model.forecast import HORIZON, Absence, Forecaster, Outlook, no_forecast
from polytop.model.series import Series
from polytop.model.slots import local_slots, slot_windows

_OLDEST = 1_800
"""Seconds after the end of the newest value from which on nothing is forecast."""

_REVISABLE = grid.RECENT // grid.STEP
"""The slots, counted from the newest value, whose values may still be revised."""

_DROPPED = 7 * 288
"""The slots older than six weeks that are remembered before all is learned anew."""


class ProjectForecaster:
    """Forecasts a total; `zone` is that of the people who call, None the machine's own.

    What may still be revised is learned by a copy at every call. If an older value was changed or
    came in, all is learned anew.
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._first = 0
        self._known: tuple[int, ...] = ()
        self._base = Forecaster(0)
        self._last: tuple[object, Outlook] | None = None
        """What was asked last, and the answer."""

    def forecast(
        self, total: Series, now: float, limit: int | None = None, horizon: int = HORIZON
    ) -> Outlook:
        """The forecast at `now` from the complete windows of `total`, the last six weeks."""
        complete = total.cut(total.start, min(total.end, grid.floor(now))).complete()
        newest = _newest(complete)
        if newest is None:
            return Outlook(no_forecast(Absence.TOO_LITTLE))
        until = newest + grid.STEP
        if now - until > _OLDEST:
            return Outlook(no_forecast(Absence.TOO_OLD), newest=newest)
        first, values = local_slots(complete.cut(complete.start, until), self._zone)
        asked = first, values, limit, horizon
        if self._last is not None and self._last[0] == asked:
            return self._last[1]
        settled = max(0, len(values) - _REVISABLE)
        self._learn(first, values[:settled])
        forecaster = self._base.copy()
        forecaster.learn(values[settled:])
        found = forecaster.forecast(limit, horizon)
        windows = slot_windows(found.slot, len(found.points), until, self._zone)
        outlook = Outlook(found, windows, newest)
        self._last = asked, outlook
        return outlook

    def _learn(self, first: int, values: tuple[int, ...]) -> None:
        dropped = first - self._first
        known = self._known[dropped:] if 0 <= dropped <= _DROPPED else ()
        if not known or known != values[: len(known)]:
            self._first, self._known, known = first, (), ()
            self._base = Forecaster(first)
        self._base.learn(values[len(known) :])
        self._known += values[len(known) :]


def _newest(series: Series) -> int | None:
    """The last window with a value."""
    values = series.values
    place = next((at for at in range(len(values) - 1, -1, -1) if values[at] >= 0), None)
    return None if place is None else series.start + place * grid.STEP
