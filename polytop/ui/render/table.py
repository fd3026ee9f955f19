"""The breakdown table: title, column heads, rows, other calls, total, and the footer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip

from polytop.model import grid
from polytop.model.baseline import Compare
from polytop.model.breakdown import Breakdown, RestBounds, single_part
from polytop.model.coincidence import Coincidence
from polytop.model.frozen import frozen
from polytop.model.series import Series
from polytop.model.snapshot import RowView, Snapshot
from polytop.model.stats import whole_percent
from polytop.model.text import format_count
from polytop.model.timeparse import coarse_duration, exact_duration
from polytop.ui.readings import is_outdated, viewed_window
from polytop.ui.render.context import RenderContext
from polytop.ui.render.figures import moment_of_now
from polytop.ui.render.levels import severity_style
from polytop.ui.render.numbers import (
    NONE,
    count,
    decimal,
    percent,
    signed,
    signed_percent,
    sparkline,
)
from polytop.ui.render.scale import column_maxima, graph_frame
from polytop.ui.render.text import (
    Line,
    blank,
    first_fitting,
    fit,
    fit_label,
    fit_words,
    section_head,
)
from polytop.ui.table_model import (
    TableRow,
    comes_and_goes,
    has_ages,
    has_rows_to_come,
    lacks_total,
    other_calls,
    total_row,
)
from polytop.ui.time_format import hm
from polytop.ui.view_state import (
    DEFAULT_COLUMNS,
    NAME,
    SETTINGS,
    WORDS,
    ViewState,
    is_in_past,
    next_breakdown,
    widen,
)

SPARK_LEAST, SPARK_MOST = 8, 48
NAME_LEAST, _NAME, NAME_MOST = 14, 20, 36
_VERSUS_WIDTH, _SHORT_WIDTH = 15, 9
"""Cells of the comparison, with the blank before it; the second in a narrow table."""


@frozen
class Column:
    """A column of the table: its sort key, its head, its width, and the text of a cell."""

    key: str
    head: str
    width: int
    cell: Callable[[TableRow, RenderContext], str]


def _peak(row: TableRow, _: RenderContext) -> str:
    return count(row.summary.peak.value if row.summary.peak else None)


def _peak_at(row: TableRow, context: RenderContext) -> str:
    peak = row.summary.peak
    if peak is None:
        return NONE
    # A few hours have each time of day once; the title of the graph has the day.
    few = context.state.span <= 6 * 3_600
    return hm(peak.window, context.zone) if few else context.moment_text(peak.window)


def _versus(row: TableRow, context: RenderContext) -> str:
    """``+9 ▲   28 %``: difference, arrow and percentage in fixed places."""
    versus = row.versus
    if versus is None:
        return NONE
    difference = versus.difference
    if versus.share is None:
        return f"{signed(difference)}  {'':>6}"
    arrow = "▲" if difference > 0 else "▼" if difference < 0 else " "
    size = abs(whole_percent(versus.share))
    shares = [f"{arrow}{size:>4} %", f"{size} %"]
    if size > 9_999:
        shares = [shares[0], f"{arrow}>9999 %", ">9999 %"]
    texts = [f"{signed(difference)} {share}" for share in shares]
    return first_fitting([*texts, _versus_short(row, context)], _VERSUS_WIDTH - 1)


def _versus_short(row: TableRow, _: RenderContext) -> str:
    share = row.versus.share if row.versus else None
    return first_fitting([signed_percent(share), ">+9999 %"], _SHORT_WIDTH - 1)


def _now(row: TableRow, _: RenderContext) -> str:
    now = row.summary.now
    return count(now.value if now else None)


def _last(row: TableRow, context: RenderContext) -> str:
    """The value of a complete window; of one that still runs under the cursor, what is known."""
    if row.last is None and row.now is not None and is_in_past(context.state):
        return f"≥ {row.now}"
    return count(row.last)


COLUMNS = {
    column.key: column
    for column in (
        Column("now", "NOW ≥", 7, _now),
        Column("last", "LAST 5 MIN", 12, _last),
        Column("share", "SHARE", 7, lambda row, _: percent(row.share)),
        Column("change", "15 MIN", 8, lambda row, _: signed(row.change)),
        Column("versus", "", _VERSUS_WIDTH, _versus),
        Column("peak", "PEAK", 7, _peak),
        Column("at", "AT", 8, _peak_at),
        Column("p95", "P95", 6, lambda row, _: count(row.summary.p95)),
        Column("mean", "MEAN", 8, lambda row, _: decimal(row.summary.mean)),
        Column("versus", "", _VERSUS_WIDTH, _versus),
        Column("age", "AGE", 8, lambda row, _: _age(row.age)),
    )
}
_SHORT = {
    "last": Column("last", "5 MIN", 7, _last),
    "versus": Column("versus", "", _SHORT_WIDTH, _versus_short),
}
"""Columns of a narrow table."""

_VERSUS_HEADS = {Compare.DAY: "vs DAY", Compare.WEEK: "vs WEEK", Compare.TYPICAL: "vs TYP"}


def _mean_of(digits: int, row: TableRow, _: RenderContext) -> str:
    """``8.2 of 10``: a mean, and its number of windows if the row comes and goes."""
    of = "" if row.mean_of is None else f" of {row.mean_of:>{digits}}"
    return f"{decimal(row.summary.mean)}{of:<{digits + 4}}"


def _age(seconds: float | None) -> str:
    """``3 min``: never in seconds, because it is drawn again only when data arrive."""
    return NONE if seconds is None else coarse_duration(seconds)


_LEFT_OUT_FIRST = ("mean", "p95", "at", "share", "age", "versus", "change", "peak")


class TableLayout(NamedTuple):
    """The columns that fit, and the widths of the name and the sparkline in cells.

    `lead` is the width before the name: the cursor, and the digit of a chosen row.
    """

    columns: tuple[Column, ...]
    name: int
    spark: int
    lead: int = 2

    def column_at(self, x: int) -> str | None:
        """The sort key of the column at cell `x`; None in the sparkline."""
        edge = self.lead + self.name
        if x < edge:
            return NAME
        for column in self.columns:
            edge += column.width
            if x < edge:
                return column.key
        return None


def table_layout(snapshot: Snapshot, state: ViewState, width: int) -> TableLayout:
    """The layout of the table for `snapshot`."""
    columns = state.columns
    if lacks_total(snapshot):
        columns = tuple(key for key in columns if key != "share")
    if "age" not in columns and has_ages(snapshot):
        columns = (*columns, "age")
    view = snapshot.view
    if "last" not in columns and viewed_window(snapshot, state) is not None:
        # The value at the cursor needs a place.
        columns = tuple("last" if key == "now" else key for key in columns)
    if not snapshot.following:
        columns = tuple(key for key in columns if key != "now")
    counts = [row.summary.complete for row in snapshot.rows or () if comes_and_goes(row, snapshot)]
    return fit_columns(
        width,
        view.span,
        view.compare,
        columns,
        lead=3 if state.chosen else 2,
        digits=len(str(max(counts))) if counts else 0,
    )


def fit_columns(
    width: int,
    span: int,
    compare: Compare = Compare.NONE,
    keys: Sequence[str] = DEFAULT_COLUMNS,
    *,
    lead: int = 2,
    digits: int = 0,
) -> TableLayout:
    """Fit the columns `keys` into `width` cells; the least important ones are left out first.

    With `digits` a mean has the number of its windows beside it, which has so many.
    """
    wide_at = 14 if span > 6 * 3_600 else 8
    columns = []
    for column in (COLUMNS[key] for key in keys):
        if column.key == "at":
            columns.append(replace(column, width=wide_at))
        elif column.key == "mean" and digits:
            cell = partial(_mean_of, digits)
            head = f"MEAN{' of n':<{digits + 4}}"
            columns.append(replace(column, head=head, width=12 + digits, cell=cell))
        elif column.key != "versus":
            columns.append(column)
        elif compare in _VERSUS_HEADS:
            columns.append(replace(column, head=_VERSUS_HEADS[compare]))
    for leaving in ("", "width", *_LEFT_OUT_FIRST):
        if leaving == "width":
            columns = [
                replace(short, head=short.head or each.head)
                if (short := _SHORT.get(each.key))
                else each
                for each in columns
            ]
        if width - lead - _used(columns) >= NAME_LEAST + 2 + SPARK_LEAST:
            break
        columns = [column for column in columns if column.key != leaving]
    room = max(0, width - lead - _used(columns))
    # A name comes before its sparkline, as far as names are long.
    name = max(min(room, NAME_LEAST), min(_NAME, room - 3 - SPARK_LEAST), min(NAME_MOST, room // 2))
    spark = room - name - 3
    spark = min(SPARK_MOST, spark) if spark >= SPARK_LEAST else 0
    return TableLayout(tuple(columns), name, spark, lead)


def _used(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns)


class VisibleRows(NamedTuple):
    """All the rows, the index of the row under the cursor, and that of the first one shown."""

    rows: Sequence[TableRow]
    cursor: int
    offset: int


def table(
    snapshot: Snapshot,
    context: RenderContext,
    shown: VisibleRows,
    width: int,
    height: int,
    *,
    focused: bool = True,
) -> tuple[Strip, ...]:
    """The table in `width` by `height` cells."""
    if height <= 0:
        return ()
    layout, palette = table_layout(snapshot, context.state, width), context.palette
    if context.link:
        # Of what a poll changes in a row, the sparkline is half of the bytes.
        layout = layout._replace(spark=0)
    last = min(len(shown.rows), shown.offset + row_capacity(height, snapshot, context))
    visible = range(shown.offset, last)
    title = _title(snapshot, context, shown, visible, width)
    lines = [title, _heads(context, layout, snapshot, width)]
    for at in visible:
        lines.append(_row(context, layout, snapshot, shown, at, width, focused=focused))
    if not shown.rows:
        lines.append(_empty_line(snapshot, context, width))
    if (rest := _rest(snapshot, context)) is not None:
        lines.append(_other_row(rest, context, layout, width))
    offers = _offers(snapshot, context)
    if offers:
        offer = first_fitting(offers, width - layout.lead)
        lines.append(Line().add(" " * layout.lead).add(offer, palette.muted).strip(width))
    if _has_total(snapshot, offers):
        lines.append(_total_row(snapshot, context, layout, width))
    return tuple((lines + [blank(width)] * height)[:height])


def _offers(snapshot: Snapshot, context: RenderContext) -> tuple[str, ...]:
    """What to do if the only row is all there is, so that its total says nothing new.

    It is in shorter and shorter words.
    """
    by, state, rows = snapshot.view.breakdown, context.state, snapshot.rows or ()
    if by is None or len(rows) != 1 or state.search or has_rows_to_come(snapshot):
        return ()
    filters = snapshot.view.filters
    if single_part(filters, by) is None and not _is_total(rows[0], snapshot):
        return ()
    other = next_breakdown(state).breakdown
    ways, short, key = [], [], context.commands.key
    if other is not by:
        ways.append(f"{key('breakdown')} breaks it down by {WORDS[other].one}")
        short.append(f"{key('breakdown')}: by {WORDS[other].one}")
    if filters.active():
        ways.append(
            f"{key('back')} goes back"
            if widen(state) != state
            else f"{key('sidebar')} changes the filters"
        )
        short.append(ways[-1])
    whole = "the whole selection" if filters.active() else "all there is"
    all_of = f"This {WORDS[by].one} is {whole}"
    longest = ": ".join([all_of, ", ".join(ways)] if ways else [all_of])
    return f"{longest}.", ", ".join(ways) or all_of, ", ".join(short) or "all there is"


def _is_total(row: RowView, snapshot: Snapshot) -> bool:
    """True if `row` has the value of the total in every complete window."""
    return row.series.complete().values == snapshot.total.complete().values


def _has_total(snapshot: Snapshot, offers: tuple[str, ...]) -> bool:
    """True if there is a total, and it is not told by the only row; see :func:`_offers`."""
    rows = snapshot.rows or ()
    return not lacks_total(snapshot) and not (offers and _is_total(rows[0], snapshot))


def row_capacity(height: int, snapshot: Snapshot, context: RenderContext) -> int:
    """The number of rows that fit into a table of `height` lines."""
    offers, rest = _offers(snapshot, context), _rest(snapshot, context) is not None
    return max(0, height - 2 - _has_total(snapshot, offers) - bool(offers) - rest)


def _rest(snapshot: Snapshot, context: RenderContext) -> RestBounds | None:
    other = other_calls(snapshot, viewed_window(snapshot, context.state))
    return other[1] if other else None


def _title(
    snapshot: Snapshot, context: RenderContext, shown: VisibleRows, visible: range, width: int
) -> Strip:
    """The breakdown, and how many rows there are: ``8``, ``1–7 of 8`` if not all are visible."""
    palette, state = context.palette, context.state
    by, wrong = snapshot.view.breakdown, _search_problem(context.state.search)
    words = [(f"By {WORDS[by].one}" if by else "No breakdown", palette.strong)]
    if snapshot.rows is not None:
        size = len(snapshot.rows)
        some = len(shown.rows) < size or (state.search and not wrong)
        kept = f"{len(shown.rows)} of {size}" if some else str(size)
        if len(visible) < len(shown.rows):
            kept = f"{visible.start + 1}–{visible.stop} of {len(shown.rows)}"
        if has_rows_to_come(snapshot):
            kept += f", {len(snapshot.view.values) - size} to come"
        words.append((f" · {kept}", palette.muted))
    if by is Breakdown.CLIENT_ENV:
        words.append((" · counted apart", palette.muted))
    if wrong:
        words.append((f" · no search yet: {fit(wrong, 60).rstrip()}", palette.warning))
    elif state.search:
        words.append((f" · with “{fit(state.search, 24).rstrip()}”", palette.accent))
    right = Line().add(f"sorted by {_order(snapshot, context)}", palette.muted)
    return section_head(words, right, width, palette.faint)


def _search_problem(search: str) -> str | None:
    """The error in the search, if there is one."""
    if not search:
        return None
    from polytop.ui.table_model import parse_filter

    return parse_filter(search).problem


def _order(snapshot: Snapshot, context: RenderContext) -> str:
    """``now ▼``: the words of the column that rows are sorted by, and the direction."""
    state, key = context.state, _sort_column(snapshot, context.state)
    names = {"at": "time of peak", "change": "change in 15 min", "versus": "difference"}
    names |= {"last": "last 5 min"}
    moment = _moment_of(key, snapshot, context)
    words = names.get(key, key) if moment is None else f"value at {hm(moment, context.zone)}"
    up = (state.sort == "name") != state.reverse
    return f"{words} {'▲' if up else '▼'}"


def _sort_column(snapshot: Snapshot, state: ViewState) -> str:
    """The column that rows are sorted by: for now, it is the last known where now is not."""
    rows = snapshot.rows or ()
    unknown = bool(rows) and all(row.summary.now is None for row in rows)
    past = viewed_window(snapshot, state) is not None
    return "last" if state.sort == "now" and (past or unknown) else state.sort


def _moment_of(key: str, snapshot: Snapshot, context: RenderContext) -> float | None:
    """The moment of the values in a column; None where its head says it."""
    at = viewed_window(snapshot, context.state)
    if key == "now":
        return moment_of_now(snapshot, context)
    if key != "last":
        return None
    if at is None and is_outdated(snapshot, context.shown_at(snapshot)):
        return snapshot.complete_until - grid.STEP
    return at


def _heads(context: RenderContext, layout: TableLayout, snapshot: Snapshot, width: int) -> Strip:
    palette, sort = context.palette, _sort_column(snapshot, context.state)

    def style(key: str) -> Style:
        return palette.accent if key == sort else palette.head

    name = WORDS[snapshot.view.breakdown or Breakdown.VARIANT].head
    line = Line().add(" " * layout.lead).add(fit(name, layout.name), style("name"))
    for column in layout.columns:
        head = column.head
        if (moment := _moment_of(column.key, snapshot, context)) is not None:
            least = column.key == "now" and context.subject.recorded is None
            head = ("≥" if least else "") + hm(moment, context.zone)
            if len(head) >= column.width:  # The hour that comes twice has no room for its offset.
                head = head.partition("+")[0].partition("-")[0]
        line.add(f"{head:>{column.width}}", style(column.key))
    if layout.spark:
        span = exact_duration(snapshot.view.span).upper()
        last = f"LAST {span}" if snapshot.following else span
        line.add("   ").add(last if len(last) <= layout.spark else span, palette.head)
    return line.strip(width)


def _cells(
    line: Line,
    row: TableRow,
    context: RenderContext,
    layout: TableLayout,
    styles: Mapping[str, Style],
) -> None:
    """Add the cells of `row`; `styles` are those of columns that are not plain."""
    for column in layout.columns:
        text = column.cell(row, context)
        line.add(f"{text:>{column.width}}", styles.get(column.key, context.palette.text))


def _row(
    context: RenderContext,
    layout: TableLayout,
    snapshot: Snapshot,
    shown: VisibleRows,
    at: int,
    width: int,
    *,
    focused: bool,
) -> Strip:
    row, palette, chosen = shown.rows[at], context.palette, context.state.chosen
    here = at == shown.cursor
    line = Line().add("▸" if here and focused else " ", palette.accent)
    if row.id in chosen:
        sign = chosen.index(row.id)
        line.add(str(sign + 1), palette.lines[sign % len(palette.lines)])
    line.pad_to(layout.lead).add(
        row_name(row, layout.name), palette.strong if here else palette.text
    )
    _cells(line, row, context, layout, {"now": palette.strong, "last": palette.strong})
    _spark(line, row.view.series, row.view.lead, snapshot, context, layout)
    strip = line.strip(width)
    return strip.apply_style(palette.cursor) if here and focused else strip


def row_name(row: TableRow, width: int) -> str:
    """The label in `width` cells; if it is cut, the suffix that tells rows apart stays."""
    return fit_label(row.label.removesuffix(row.suffix), row.suffix, width)


def _spark(
    line: Line,
    series: Series,
    lead: Series,
    snapshot: Snapshot,
    context: RenderContext,
    layout: TableLayout,
) -> None:
    if not layout.spark:
        return
    values = column_maxima(series, graph_frame(snapshot), layout.spark, lead)
    line.add("   ").add(sparkline(values), context.palette.spark)


def _other_row(rest: RestBounds, context: RenderContext, layout: TableLayout, width: int) -> Strip:
    """The row of calls in none of the rows: a bound, because maxima do not add up."""
    palette = context.palette
    line = Line().add(" " * layout.lead).add(fit("other", layout.name), palette.muted)
    for column in layout.columns:
        text = f"≥ {rest.least}" if column.key == "last" else ""
        line.add(f"{text:>{column.width}}", palette.muted)
    return line.strip(width)


def _total_row(
    snapshot: Snapshot, context: RenderContext, layout: TableLayout, width: int
) -> Strip:
    palette = context.palette
    every = "This selection" if snapshot.view.filters.active() else "All conversations"
    name = every if layout.name >= 17 else "Total"
    line = Line().add(" " * layout.lead).add(fit(name, layout.name), palette.strong)
    total = total_row(snapshot, name, viewed_window(snapshot, context.state), context.zone)
    now, capacity = total.summary.now, snapshot.capacity
    styles = {
        "now": severity_style(now.value if now else None, capacity, palette),
        "last": severity_style(total.last, capacity, palette),
    }
    _cells(line, total, context, layout, styles)
    _spark(line, snapshot.total, snapshot.lead, snapshot, context, layout)
    return line.strip(width)


def _empty_line(snapshot: Snapshot, context: RenderContext, width: int) -> Strip:
    """Why the table is empty, as a line."""
    by = snapshot.view.breakdown
    if by is None:
        words = "Nothing is broken down."
    elif by in SETTINGS and not (snapshot.view.values or snapshot.rows):
        words = (
            f"No {WORDS[by].several} are listed: add them with {context.commands.key('sidebar')}, "
            f"or {SETTINGS[by]} = […] in the profile."
        )
    elif snapshot.rows is None or (not snapshot.rows and has_rows_to_come(snapshot)):
        problem = snapshot.breakdown_problem or (snapshot.fault.problem if snapshot.fault else None)
        words = f"No breakdown yet. {problem.summary}." if problem else "Waiting for the breakdown"
    elif context.state.search:
        words = f"No {WORDS[by].one} matches. {context.commands.key('back')} clears the search."
    else:
        words = f"No {WORDS[by].one} had a conversation in this window."
    return (
        Line()
        .add("  ")
        .add(fit_words(words, max(0, width - 4)), context.palette.muted)
        .strip(width)
    )


def footer(
    snapshot: Snapshot | None, context: RenderContext, width: int, result: Coincidence | None = None
) -> Strip:
    """The true maximum beside the sum of the row peaks, which is only a bound, and contradictions.

    `result` is the coincidence of `snapshot`. The longest version that fits is shown.
    """
    if snapshot is None or snapshot.view.breakdown is None:
        return blank(width)
    for words in _versions(snapshot, context, result):
        if words and len(words) + 2 <= width:
            return Line().add("  ").add(words, context.palette.muted).strip(width)
    return blank(width)


def _versions(
    snapshot: Snapshot, context: RenderContext, result: Coincidence | None
) -> Iterator[str]:
    """The text of the footer, in shorter and shorter versions."""
    if lacks_total(snapshot):
        yield "environments are counted apart: there is no total over them"
        yield "environments are counted apart"
        return
    if snapshot.view.breakdown is not Breakdown.VARIANT:
        # The list of values may be incomplete, so the sum of its peaks is no bound.
        contradictions = _contradictions(snapshot, result, complete=False)
        yield " · ".join([*_other_words(snapshot, context), *contradictions])
        yield " · ".join(contradictions)
        return
    contradictions = _contradictions(snapshot, result, complete=True)
    for bounds in _bounds(snapshot, result):
        yield " · ".join(
            [*bounds, *(f"{text} ({cause})" for text, cause in contradictions.items())]
        )
        yield " · ".join([*bounds, *contradictions])
    yield " · ".join(contradictions)


def _bounds(snapshot: Snapshot, result: Coincidence | None) -> Iterator[list[str]]:
    if result is None or result.factor is None or len(snapshot.rows or ()) < 2:
        yield []
        return
    factor = f"overlap {result.factor:.2f}"
    yield [f"true maximum {result.peak}", f"sum of row peaks {result.bound}", factor]
    yield [f"maximum {result.peak}", f"row peaks {result.bound}", factor]


def _contradictions(
    snapshot: Snapshot, result: Coincidence | None, *, complete: bool
) -> dict[str, str]:
    """Contradictions in the data, each with its likely cause. `complete`: no row is missing."""
    contradictions: dict[str, str] = {}
    words = WORDS[snapshot.view.breakdown or Breakdown.VARIANT]
    if result is not None and result.above:
        where = _where(snapshot, result.above)
        contradictions[f"a {words.one} is above the total {where}"] = "data still coming in"
    if result is not None and result.below and complete:
        where = _where(snapshot, result.below)
        cause = "data still coming in, or calls without a variant"
        contradictions[f"the {words.several} add up to less than the total {where}"] = cause
    return contradictions


def _where(snapshot: Snapshot, windows: tuple[int, ...]) -> str:
    if windows == (snapshot.running,):
        return "in the running window"
    if snapshot.provisional.issuperset(windows):
        return "in windows that were fetched while they ran"
    return f"in {format_count(len(windows), 'window')}"


def _other_words(snapshot: Snapshot, context: RenderContext) -> list[str]:
    other = other_calls(snapshot, viewed_window(snapshot, context.state))
    if other is None:
        return []
    window, rest = other
    when = context.moment_text(window)
    return [f"other at {when}: at least {rest.least}, at most {rest.most} (the total)"]
