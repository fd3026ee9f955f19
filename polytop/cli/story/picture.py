"""The graph of a report as vectors: the total, the limit, the week before, plan, marks, alerts."""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from polytop.cli.story.blocks import Picture
from polytop.model import grid
from polytop.model.frame import Frame
from polytop.model.report import Report
from polytop.model.series import Series, group_maxima
from polytop.model.stats import Severity
from polytop.model.text import printable
from polytop.ui.render.numbers import sparkline
from polytop.ui.render.scale import Scale, choose_scale, time_ticks
from polytop.ui.time_format import Zone

WIDTH, HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 26, 30
_COLUMNS = 900
"""Values that a line has at most; more are joined by maximum."""

_DAY = 288
"""Windows of a day."""

_SPARK = 60

STYLE = """\
svg{--paper:#fff;--ink:#1f2933;--soft:#5f6b7a;--line:#e3e7ec;--fill:#cfe3f5;--edge:#2b6cb0;
--before:#8a6d1f;--plan:#6b46c1;--warn:#b7791f;--bad:#c53030;--gap:#eef0f3;
font:12px system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--paper:#12161c;--ink:#e6e9ee;--soft:#9aa5b4;--line:#2c343f;
--fill:#1d3c5a;--edge:#63b3ed;--before:#e0c068;--plan:#b794f4;--warn:#ecc94b;--bad:#fc8181;
--gap:#232a33}}
@media print{svg{--paper:#fff;--ink:#000;--soft:#444;--line:#ddd;--fill:#cfe3f5;--edge:#2b6cb0;
--before:#8a6d1f;--plan:#6b46c1;--warn:#b7791f;--bad:#c53030;--gap:#eee}}
svg text{fill:var(--soft)}.g{stroke:var(--line)}.a,.p{fill:var(--fill)}.p{opacity:.5}
.n{fill:var(--gap)}.e{fill:none;stroke:var(--edge);stroke-width:1.6;stroke-linejoin:round}
.b{fill:none;stroke:var(--before)}
.q{fill:none;stroke:var(--plan);stroke-width:1.4;stroke-dasharray:6 3}
.w{stroke:var(--warn);stroke-dasharray:4 4}.l{stroke:var(--bad);stroke-width:1.4}
svg text.wt{fill:var(--warn)}svg text.lt{fill:var(--bad)}.i{fill:var(--bad)}.iw{fill:var(--warn)}
.m{stroke:var(--soft);stroke-dasharray:2 3}svg text.mt{fill:var(--ink)}
.k{fill:var(--edge)}svg text.kt{fill:var(--ink);font-weight:600}
svg text.kt,svg text.wt,svg text.lt{paint-order:stroke;stroke:var(--paper);stroke-width:3px;
stroke-linejoin:round}
"""
"""The look of the picture; a form puts it where styles may stand."""


def joined_windows(report: Report) -> int:
    """How many windows a step of the picture stands for, by their highest."""
    size = -(-report.windows // _COLUMNS)
    return _DAY if report.windows > 45 * _DAY else size


def shows_week(report: Report) -> bool:
    """Return True if the week before is a line: in longer ranges it would hide what was."""
    return report.week is not None and report.windows <= 8 * _DAY


def draw(report: Report, zone: Zone, words: str) -> Picture | None:
    """The picture of `report`, which shows what `words` say; None where nothing is known."""
    total = report.snapshot.total.cut(report.start, report.end)
    peak = report.snapshot.summary.peak
    if peak is None:
        return None
    size = max(1, -(-len(total) // _SPARK))
    spark = sparkline(group_maxima(total.values, size))
    return Picture("".join(_Plot(report, zone, peak.value).parts()), (WIDTH, HEIGHT), words, spark)


class _Plot:
    """Draws one report. A value is in conversations, a moment in epoch seconds."""

    def __init__(self, report: Report, zone: Zone, peak: int) -> None:
        self._report, self._zone = report, zone
        highest = [peak]
        if shows_week(report) and report.week and report.week.peak:
            highest.append(report.week.peak.value)
        if report.plan is not None:
            windows = grid.windows(report.start, report.end)
            expected = [each.expected for at in windows if (each := report.plan.plan.at(at))]
            highest.append(round(max(expected, default=0)))
        rows = (HEIGHT - _TOP - _BOTTOM) // 26
        self._scale: Scale = choose_scale(max(highest), report.snapshot.capacity.limit, rows)

    def _x(self, moment: float) -> float:
        report = self._report
        share = (moment - report.start) / (report.end - report.start)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def _y(self, value: float) -> float:
        return round(HEIGHT - _BOTTOM - value / self._scale.top * (HEIGHT - _TOP - _BOTTOM), 1)

    def parts(self) -> Iterator[str]:
        """Yield the elements, those at the back first."""
        report, floor = self._report, self._y(0)
        yield from self._axes()
        for each in (*report.gaps, *report.not_fetched):
            yield self._box("n", each.start, each.end, _TOP, floor)
        for line in self._lines(report.snapshot.total):
            points = " ".join(f"{x:g},{y:g}" for x, y in line)
            first, last = line[0][0], line[-1][0]
            yield f'<polygon class="a" points="{first:g},{floor:g} {points} {last:g},{floor:g}"/>'
            yield f'<polyline class="e" points="{points}"/>'
        for window in report.provisional:
            top = self._y(report.snapshot.total.at(window))
            yield self._box("p", window, window + grid.STEP, top, floor)
        if report.week is not None and shows_week(report):
            yield from self._curve("b", report.week.series)
        if report.plan is not None:
            yield from self._curve("q", report.plan.plan.series()[0])
        yield from self._levels()
        yield from self._incidents()
        yield from self._marks()
        peak = report.snapshot.summary.peak
        assert peak is not None
        x, y = self._x(peak.window + grid.STEP / 2), self._y(peak.value)
        yield f'<circle class="k" cx="{x:g}" cy="{y:g}" r="3.5"/>'
        side, anchor = (x - 7, "end") if x > WIDTH / 2 else (x + 7, "start")
        place = f'x="{side:g}" y="{y - 5:g}" text-anchor="{anchor}"'
        yield f'<text class="kt" {place}>{peak.value}</text>'

    def _axes(self) -> Iterator[str]:
        report, scale = self._report, self._scale
        for value in range(0, scale.top + 1, scale.step):
            y = self._y(value)
            yield f'<path class="g" d="M{_LEFT} {y:g}H{WIDTH - _RIGHT}"/>'
            yield f'<text x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end">{value}</text>'
        # A character is as wide as a cell of 8 units.
        frame = Frame(report.start, report.end)
        for moment, label in time_ticks(frame, (WIDTH - _LEFT - _RIGHT) // 8, self._zone):
            x = self._x(moment)
            if x > WIDTH - 30:
                continue
            yield f'<path class="g" d="M{x:g} {self._y(0):g}v5"/>'
            yield (
                f'<text x="{x:g}" y="{HEIGHT - _BOTTOM + 19}" text-anchor="middle">'
                f"{escape(label)}</text>"
            )

    def _box(self, kind: str, start: float, end: float, top: float, bottom: float) -> str:
        report = self._report
        left = self._x(max(start, report.start))
        width = max(1.0, self._x(min(end, report.end)) - left)
        return (
            f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:g}" '
            f'height="{bottom - top:g}"/>'
        )

    def _lines(self, series: Series) -> Iterator[list[tuple[float, float]]]:
        """Yield the points of every stretch that is known, its windows as steps joined by maxima.

        A window is as wide as it lasts, so that a peak is seen for five minutes and no shorter.
        """
        report = self._report
        cut = series.cut(report.start, report.end)
        size = joined_windows(report)
        line: list[tuple[float, float]] = []
        for place, value in enumerate(group_maxima(cut.values, size)):
            if value < 0:
                if line:
                    yield line
                line = []
                continue
            start = cut.start + place * size * grid.STEP
            end = min(cut.end, start + size * grid.STEP)
            y = self._y(value)
            if line and line[-1][1] == y:
                line.pop()
            else:
                line.append((self._x(start), y))
            line.append((self._x(end), y))
        if line:
            yield line

    def _curve(self, kind: str, series: Series) -> Iterator[str]:
        """Yield a thin line through the middles of the windows for every stretch that is known."""
        for line in self._lines(series):
            middles = [((x + after) / 2, y) for (x, y), (after, _) in pairwise(line) if after > x]
            points = " ".join(f"{x:g},{y:g}" for x, y in (line[0], *middles, line[-1]))
            yield f'<polyline class="{kind}" points="{points}"/>'

    def _levels(self) -> Iterator[str]:
        capacity = self._report.snapshot.capacity
        for kind, name, level in (
            ("w", "warning", capacity.warning_level),
            ("l", "limit", capacity.limit),
        ):
            if level is None or level > self._scale.top:
                continue
            y = self._y(level)
            yield f'<path class="{kind}" d="M{_LEFT} {y:g}H{WIDTH - _RIGHT}"/>'
            yield f'<text class="{kind}t" x="{_LEFT + 6}" y="{y - 4:g}">{name} {level:g}</text>'

    def _incidents(self) -> Iterator[str]:
        """Yield a bar for each, the critical ones in front."""
        for each in sorted(self._report.incidents or (), key=lambda each: each.severity):
            end = self._report.end if each.ended is None else each.ended
            kind = "i" if each.severity is Severity.CRITICAL else "iw"
            yield self._box(kind, each.since, end, _TOP - 8, _TOP - 3)

    def _marks(self) -> Iterator[str]:
        """Yield a line for each mark with the number that it has in the list, and its text."""
        for number, mark in enumerate(self._report.marks, 1):
            x = self._x(mark.at)
            yield (
                f'<path class="m" d="M{x:g} {_TOP}V{self._y(0):g}"><title>'
                f"{escape(printable(mark.text))}</title></path>"
            )
            yield f'<text class="mt" x="{x:g}" y="12" text-anchor="middle">{number}</text>'
