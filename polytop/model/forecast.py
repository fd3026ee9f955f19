"""The forecast of the next 90 minutes, by the method that did best on the project's own history.

Several methods forecast side by side. Every 15 minutes each makes a trial, which is scored once
its windows are complete. The method with the smallest errors in the last two weeks is used, and
only as far ahead as it beats the plainest one, last week's value at the same time. The band is
found by split conformal prediction: the quantiles of the method's own scaled errors.

Time is counted in slots of the local wall clock (:mod:`polytop.model.slots`), so that a season
follows the people who call. A value below zero is not known. All is deterministic.

Sources: J. W. Taylor, "Short-term electricity demand forecasting using double seasonal
exponential smoothing", JORS 54 (2003); E. S. Gardner, "Exponential smoothing: the state of the
art, part II", IJF 22 (2006), for the damped trend; V. Vovk et al., "Algorithmic Learning in a
Random World" (2005), for conformal prediction.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from copy import copy
from enum import StrEnum
from operator import sub

from polytop.model import grid
from polytop.model.baseline import Compare, days_of, typical_value
from polytop.model.frozen import frozen

HORIZON = 5_400
"""How far ahead a forecast looks at most, seconds."""

COVERAGE = 0.9
"""The share of values that the band should hold."""

_SCORED = (300, 900, 1_800, 3_600, 5_400)
"""How far ahead, in seconds, the trials are scored."""

_EVERY = 900
_KEEP = 14 * 86_400
"""Seconds between two trials, and how long one counts."""

_FEWEST = 7 * 86_400
"""Seconds of trials without which nothing is shown."""

_BETTER = 0.97
"""The largest error, relative to last week's value, at which a forecast is shown."""

MOST_CALLS = 40
"""The calls of a limit that is reached that are looked at for the record, newest first."""

_WEEKS = tuple(days // 7 for days in days_of(Compare.TYPICAL))
_LAST_HOUR = 3_600
_LOWEST, _HIGHEST = 0.25, 4.0
_RATIO_DAMPING = 0.97
"""What is left of the ratio's exponent after each five minutes."""

_NAN = math.nan


class Method(StrEnum):
    """The methods, in words that a screen can show."""

    LAST_WEEK = "last week's value"
    TYPICAL = "median of four weeks"
    RATIO = "median of four weeks, at the level of the last hour"
    TREND = "last value with a damped trend"
    HOLT_WINTERS = "double-seasonal Holt-Winters"


class Absence(StrEnum):
    """The reasons why no forecast is shown, in words that a screen can show."""

    TOO_LITTLE = "too little history: three weeks are needed"
    NOT_BETTER = "no method beats last week's value here"
    NOT_KNOWN = "too much of the last weeks is not known"
    TOO_OLD = "the newest value is too old"


class LimitCall(StrEnum):
    """The kinds of answer to *when is the limit reached*."""

    NOW = "now"
    REACHED = "reached"
    POSSIBLE = "possible"
    NOT_WITHIN = "not within"


@frozen
class TimeToLimit:
    """When the limit is reached: between the slots `first` and `last`, counted from now.

    `held` of `calls` such calls of the last two weeks came true. NOW and POSSIBLE are no calls:
    the last value is at the limit; the band reaches it and the forecast does not.
    """

    call: LimitCall
    first: int
    last: int
    held: int = 0
    calls: int = 0


@frozen
class Score:
    """The mean absolute errors at `ahead` seconds, in conversations; `naive` is last week's."""

    ahead: int
    error: float
    naive: float

    @property
    def relative(self) -> float:
        """The error relative to the naive one; 1 if both are 0."""
        return self.error / self.naive if self.naive else math.inf if self.error else 1.0


@frozen
class Forecast:
    """The expected values of the next slots, the first of which is `slot`, with their band.

    `points`, `low` and `high` have one length; if they are empty, `absence` says why. `coverage`
    is the share of the newer half of the trials that was in the band of the older half.
    """

    slot: int
    method: Method
    points: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    scores: tuple[Score, ...]
    coverage: float | None
    limit: TimeToLimit | None = None
    absence: Absence | None = None


def no_forecast(
    why: Absence,
    slot: int = 0,
    method: Method = Method.LAST_WEEK,
    scores: tuple[Score, ...] = (),
) -> Forecast:
    """The forecast that is not shown, with the reason."""
    return Forecast(slot, method, (), (), (), scores, None, absence=why)


@frozen
class Outlook:
    """A forecast on the clock: `windows` are those of its points, by their starts.

    None is for a point that the clock skips. `newest` is the last window with a complete value;
    None if there is none.
    """

    forecast: Forecast
    windows: tuple[int | None, ...] = ()
    newest: int | None = None

    @property
    def end(self) -> int:
        """The end of the last window that is forecast; 0 without any."""
        return max((each + grid.STEP for each in self.windows if each is not None), default=0)

    def first_at(self, level: float, values: Sequence[float], until: float) -> int | None:
        """The first window before `until` whose value reaches `level`.

        `values` are the points, or a bound of them.
        """
        steps = zip(self.windows, values, strict=True)
        reached = (at for at, value in steps if at is not None and value >= level)
        return next((at for at in reached if at < until), None)

    def limit_range(self) -> tuple[int, int] | None:
        """Start and end of the time in which the limit is reached, if it is; epoch seconds."""
        found = self.forecast.limit
        if found is None or found.call not in (LimitCall.REACHED, LimitCall.POSSIBLE):
            return None
        windows = [each for each in self.windows[found.first - 1 : found.last] if each is not None]
        return (windows[0], windows[-1] + grid.STEP) if windows else None


class _Trend:
    """Exponential smoothing with a damped trend; Gardner (2006)."""

    _ALPHA, _BETA, _PHI = 0.5, 0.1, 0.9

    def __init__(self) -> None:
        self._level, self._trend = _NAN, 0.0

    def learn(self, value: int) -> None:
        if value < 0:
            return
        if math.isnan(self._level):
            self._level = float(value)
            return
        before = self._level
        expected = before + self._PHI * self._trend
        self._level = expected + self._ALPHA * (value - expected)
        self._trend = self._BETA * (self._level - before) + (1 - self._BETA) * (
            self._PHI * self._trend
        )

    def ahead(self, steps: int) -> float:
        damped = self._PHI * (1 - self._PHI**steps) / (1 - self._PHI)
        return max(0.0, self._level + damped * self._trend)


class _HoltWinters:
    """Additive Holt-Winters with a daily and a weekly season and an AR(1) term; Taylor (2003)."""

    _DELTA, _OMEGA = 0.2, 0.2

    def __init__(self, first_week: Sequence[int], day: int, alpha: float, phi: float) -> None:
        self._alpha, self._phi = alpha, phi
        self._level = _mean(first_week)
        self._daily = [_mean(first_week[at::day], self._level) - self._level for at in range(day)]
        self._weekly = [
            value - self._level - self._daily[at % day] if value >= 0 else 0.0
            for at, value in enumerate(first_week)
        ]
        self._at, self._error = len(first_week), 0.0

    def learn(self, value: int) -> None:
        at = self._at
        self._at += 1
        if value < 0:
            self._error *= self._phi
            return
        day, week = at % len(self._daily), at % len(self._weekly)
        level, daily, weekly = self._level, self._daily[day], self._weekly[week]
        self._error = value - level - daily - weekly
        self._level += self._alpha * self._error
        self._daily[day] += self._DELTA * self._error
        self._weekly[week] += self._OMEGA * self._error

    def copy(self) -> "_HoltWinters":
        other = copy(self)
        other._daily, other._weekly = self._daily[:], self._weekly[:]
        return other

    def ahead(self, steps: int) -> float:
        at = self._at - 1 + steps
        season = self._daily[at % len(self._daily)] + self._weekly[at % len(self._weekly)]
        return max(0.0, self._level + season + self._phi**steps * self._error)


def _mean(values: Iterable[int], otherwise: float = 0.0) -> float:
    known = [value for value in values if value >= 0]
    return sum(known) / len(known) if known else otherwise


_SMOOTHINGS = (600, 1_800)
"""Seconds to either side over which the typical value is smoothed."""

_POWERS = (0.7, 1.0)
"""How far the typical value is brought to the level of the last hour."""

_HW = ((0.02, 0.9), (0.1, 0.6))
"""Smoothing of the level and the AR(1) term of each Holt-Winters."""

_METHODS = (
    Method.LAST_WEEK,
    Method.TREND,
    *(Method.TYPICAL for _ in _SMOOTHINGS),
    *(Method.RATIO for _ in _SMOOTHINGS for _ in _POWERS),
    *(Method.HOLT_WINTERS for _ in _HW),
)


@frozen
class _Trial:
    """Forecasts that were made at `slot`: one row a scored distance, one value a method."""

    slot: int
    rows: tuple[tuple[float, ...], ...]


class Forecaster:
    """Learns one complete slot after the other, and forecasts the next ones.

    `first` is the number of the first slot, `step` its length in seconds.
    """

    def __init__(self, first: int, step: int = grid.STEP) -> None:
        self._first, self._step = first, step
        self._day, self._week = 86_400 // step, 604_800 // step
        self._steps = HORIZON // step
        self._scored = tuple(sorted({max(1, ahead // step) for ahead in _SCORED}))
        self._every = max(1, _EVERY // step)
        self._values: list[int] = []
        self._typical: list[float] = []
        self._radii = tuple(max(0, seconds // step) for seconds in _SMOOTHINGS)
        self._smooth: tuple[list[float], ...] = tuple([] for _ in _SMOOTHINGS)
        self._trend = _Trend()
        self._winters: tuple[_HoltWinters, ...] = ()
        self._waiting: deque[_Trial] = deque()
        self._trials_size = _KEEP // (self._every * step)
        self._trials: deque[_Trial] = deque(maxlen=self._trials_size)

    @property
    def next_slot(self) -> int:
        """The slot that comes after the last one learned."""
        return self._first + len(self._values)

    def learn(self, values: Iterable[int]) -> None:
        """Learn the values of the next slots, oldest first."""
        batch = tuple(values)
        # Trials before this place would be forgotten before the end of the batch.
        oldest = len(self._values) + len(batch) - self._trials_size * self._every - self._steps
        oldest = max(oldest, 2 * self._week)
        for value in batch:
            self._values.append(value)
            self._trend.learn(value)
            for each in self._winters:
                each.learn(value)
            size = len(self._values)
            if size == self._week:
                self._winters = tuple(
                    _HoltWinters(self._values, self._day, *tuning) for tuning in _HW
                )
            if size >= oldest and self.next_slot % self._every == 0:
                self._extend_typical(oldest - _LAST_HOUR // self._step)
                rows = tuple(zip(*self._ahead(self._scored), strict=True))
                if not any(math.isnan(value) for row in rows for value in row):
                    self._waiting.append(_Trial(self.next_slot - 1, rows))
            if self._waiting and self._waiting[0].slot + self._steps < self.next_slot:
                trial = self._waiting.popleft()
                if all(self._value(trial.slot + steps) >= 0 for steps in self._scored):
                    self._trials.append(trial)

    def _value(self, slot: int) -> int:
        return self._values[slot - self._first]

    def _extend_typical(self, oldest: int = 0) -> None:
        """Extend the typical values to the horizon, from place `oldest` on, and smooth them."""
        values, week, typical = self._values, self._week, self._typical
        margin = max(self._radii)
        typical += [_NAN] * (oldest - margin - len(typical))
        for at in range(len(typical), len(values) + self._steps + margin):
            past = [values[at - weeks * week] for weeks in _WEEKS if at >= weeks * week]
            middle = typical_value(sorted(value for value in past if value >= 0))
            typical.append(_NAN if middle is None else middle)
        for radius, smooth in zip(self._radii, self._smooth, strict=True):
            smooth.extend([_NAN] * (oldest - len(smooth)))
            for at in range(len(smooth), len(typical) - radius):
                near = typical[max(0, at - radius) : at + radius + 1]
                total = sum(near)
                if math.isnan(total):
                    near = [value for value in near if not math.isnan(value)]
                    total = sum(near)
                smooth.append(total / len(near) if near else _NAN)

    def _ahead(self, steps: Sequence[int]) -> list[list[float]]:
        """The forecasts of each method for so many slots ahead; NaN where it has none."""
        now = len(self._values) - 1
        values = self._values
        week = [values[now + each - self._week] for each in steps]
        forecasts = [
            [float(value) if value >= 0 else _NAN for value in week],
            [self._trend.ahead(each) for each in steps],
        ]
        forecasts += [[smooth[now + each] for each in steps] for smooth in self._smooth]
        damping = _RATIO_DAMPING ** (self._step / grid.STEP)
        for smooth in self._smooth:
            ratio = self._ratio(smooth)
            forecasts += [
                [smooth[now + each] * ratio ** (power * damping**each) for each in steps]
                for power in _POWERS
            ]
        forecasts += [[winters.ahead(each) for each in steps] for winters in self._winters]
        return forecasts

    def _ratio(self, smooth: Sequence[float]) -> float:
        """The last hour relative to its typical values, drawn to 1 where both are small."""
        size = _LAST_HOUR // self._step
        pairs = [
            (value, typical)
            for value, typical in zip(
                self._values[-size:], smooth[len(self._values) - size :], strict=False
            )
            if value >= 0 and not math.isnan(typical)
        ]
        if not pairs:
            return 1.0
        actual, typical = map(sum, zip(*pairs, strict=True))
        # One conversation more a slot on both sides: a few calls at night are no trend.
        ratio = (actual + len(pairs)) / (typical + len(pairs))
        return max(_LOWEST, min(_HIGHEST, ratio))

    def copy(self) -> "Forecaster":
        """A forecaster that learns on by itself; quick."""
        other = Forecaster(self._first, self._step)
        other._values, other._typical = self._values[:], self._typical[:]
        other._smooth = tuple(smooth[:] for smooth in self._smooth)
        other._trend = copy(self._trend)
        other._winters = tuple(each.copy() for each in self._winters)
        other._waiting, other._trials = self._waiting.copy(), self._trials.copy()
        return other

    def forecast(self, limit: int | None = None, horizon: int = HORIZON) -> Forecast:
        """Forecast the slots of the next `horizon` seconds.

        With `limit` (conversations), also say when it is reached.
        """
        trials = tuple(self._trials)
        if len(trials) < _FEWEST // (self._every * self._step):
            return no_forecast(Absence.TOO_LITTLE, self.next_slot)
        values, places = self._values, [trial.slot - self._first for trial in trials]
        actual = [[values[place + each] for place in places] for each in self._scored]
        columns = [
            tuple(zip(*(trial.rows[at] for trial in trials), strict=True))
            for at in range(len(self._scored))
        ]
        errors = [
            [_error(column, actual[at]) for column in columns[at]]
            for at in range(len(self._scored))
        ]
        chosen = min(
            range(1, len(_METHODS)),
            key=lambda method: sum(row[method] / (row[0] or 1.0) for row in errors),
        )
        scores = tuple(
            Score(steps * self._step, row[chosen], row[0])
            for steps, row in zip(self._scored, errors, strict=True)
        )
        shown = 0
        for steps, score in zip(self._scored, scores, strict=True):
            if score.relative > _BETTER:
                break
            shown = steps
        shown = min(shown, horizon // self._step)
        if not shown:
            return no_forecast(Absence.NOT_BETTER, self.next_slot, _METHODS[chosen], scores)
        self._extend_typical()
        points = self._ahead(range(1, shown + 1))[chosen]
        if any(math.isnan(point) for point in points):
            return no_forecast(Absence.NOT_KNOWN, self.next_slot, _METHODS[chosen], scores)
        forecasts = [columns[at][chosen] for at in range(len(self._scored))]
        scaled = [_scaled(*each) for each in zip(forecasts, actual, strict=True)]
        bands = [_band(each) for each in scaled]
        low, high = self._spread(points, bands)
        return Forecast(
            self.next_slot,
            _METHODS[chosen],
            tuple(points),
            low,
            high,
            scores,
            _coverage(scaled),
            None
            if limit is None
            else self._time_to_limit(limit, points, low, high, forecasts, bands),
        )

    def _spread(
        self, points: Sequence[float], bands: Sequence[tuple[float, float]]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The lower and upper bounds of `points`, by the bands of the scored distances."""
        scales = [math.sqrt(point + 1) for point in points]
        bounds = []
        for errors in zip(*bands, strict=True):
            line = self._between(errors, len(points))
            bounds.append(
                tuple(
                    max(0.0, point + error * scale)
                    for point, error, scale in zip(points, line, scales, strict=True)
                )
            )
        low, high = bounds
        return low, high

    def _time_to_limit(
        self,
        limit: int,
        points: Sequence[float],
        low: Sequence[float],
        high: Sequence[float],
        forecasts: Sequence[Sequence[float]],
        bands: Sequence[tuple[float, float]],
    ) -> TimeToLimit:
        """The call for now, with the record of calls of its kind.

        `forecasts` are those of the trials at each scored distance.
        """
        if self._values[-1] >= limit:
            return TimeToLimit(LimitCall.NOW, 0, 0)
        now = call_limit(limit, points, low, high)
        if now.call is LimitCall.POSSIBLE:
            return now
        scored = next(at for at, each in enumerate(self._scored, 1) if each >= len(points))
        highest = [
            [point + over * math.sqrt(point + 1) for point in column]
            for column, (_, over) in zip(forecasts[:scored], bands, strict=False)
        ]
        lines = zip(*forecasts[:scored], strict=True)
        trials = list(zip(self._trials, lines, zip(*highest, strict=True), strict=True))
        held = calls = 0
        for trial, line, tops in reversed(trials):
            if (max(tops) < limit) is not (now.call is LimitCall.NOT_WITHIN):
                continue
            at = trial.slot - self._first
            coming = self._values[at + 1 : at + 1 + len(points)]
            if self._values[at] >= limit:
                continue
            if now.call is LimitCall.NOT_WITHIN:
                calls += 1
                held += max(coming) < limit
                continue
            whole = self._between(line, len(points))
            before = call_limit(limit, whole, *self._spread(whole, bands))
            if before.call is now.call:
                calls += 1
                reached = next((at for at, value in enumerate(coming, 1) if value >= limit), 0)
                held += before.first <= reached <= before.last
            if calls == MOST_CALLS:
                break
        return TimeToLimit(now.call, now.first, now.last, held, calls)

    def _between(self, scored: Sequence[float], steps: int) -> list[float]:
        """A line through the values at the scored distances, one value a slot."""
        line = []
        for each in range(1, steps + 1):
            after = next(at for at, distance in enumerate(self._scored) if distance >= each)
            before = max(0, after - 1)
            width = self._scored[after] - self._scored[before]
            share = (each - self._scored[before]) / width if width else 1.0
            line.append(scored[before] + share * (scored[after] - scored[before]))
        return line


def call_limit(
    limit: int, points: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> TimeToLimit:
    """Say when `limit` is reached: from the first slot of the band to the last that may be."""
    first = next((at for at, value in enumerate(high, 1) if value >= limit), None)
    if first is None:
        return TimeToLimit(LimitCall.NOT_WITHIN, 1, len(points))
    last = next((at for at, value in enumerate(low, 1) if value >= limit), len(points))
    reached = any(value >= limit for value in points)
    return TimeToLimit(LimitCall.REACHED if reached else LimitCall.POSSIBLE, first, last)


def _error(forecasts: Sequence[float], actual: Sequence[int]) -> float:
    total: float = sum(map(abs, map(sub, forecasts, actual)))
    return total / len(actual)


def _scaled(forecasts: Sequence[float], actual: Sequence[int]) -> list[float]:
    """The errors, each divided by the spread that counts of its size have."""
    return [
        (value - forecast) / math.sqrt(forecast + 1)
        for forecast, value in zip(forecasts, actual, strict=True)
    ]


def _band(errors: Sequence[float]) -> tuple[float, float]:
    """The quantiles of `errors` between which a new one lies with the chance of COVERAGE."""
    ordered = sorted(errors)
    tail = (1 - COVERAGE) / 2 * (len(ordered) + 1)
    under = max(0, math.floor(tail) - 1)
    over = min(len(ordered) - 1, math.ceil(len(ordered) + 1 - tail) - 1)
    return ordered[under], ordered[over]


def _coverage(scaled: Sequence[Sequence[float]]) -> float:
    """The share of the newer trials that was in the band of the older ones."""
    inside = total = 0
    for errors in scaled:
        half = len(errors) // 2
        under, over = _band(errors[:half])
        inside += sum(under <= error <= over for error in errors[half:])
        total += len(errors) - half
    return inside / total
