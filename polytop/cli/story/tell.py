"""What a report says, in sentences and tables; the numbers are those of the screen."""

from collections.abc import Iterator

from polytop import __version__
from polytop.cli.problems import advice
from polytop.cli.story.blocks import (
    Block,
    Figures,
    Items,
    Paragraph,
    Quote,
    Section,
    Story,
    Table,
    Text,
)
from polytop.cli.story.picture import draw, joined_windows, shows_week
from polytop.model import grid
from polytop.model.breakdown import Breakdown
from polytop.model.incident import Incident
from polytop.model.plan import Side
from polytop.model.report import Level, Report, RowReport, Stretch, WeekBefore
from polytop.model.text import format_count
from polytop.model.timeparse import exact_duration, lasting, sum_of_minutes
from polytop.ui.render.numbers import (
    NONE,
    count,
    decimal,
    headroom_text,
    percent,
    signed,
    signed_percent,
)
from polytop.ui.table_model import build_rows, comes_and_goes
from polytop.ui.time_format import Zone, date_text, day_text, hm, local_time, zone_name
from polytop.ui.view_state import WORDS, BreakdownWords

_MOST = 50
"""Rows of a list of windows; the rest is counted."""


def tell(report: Report) -> Story:
    """The whole story of `report`."""
    return _Teller(report).story()


def summary_of(report: Report) -> tuple[Text, ...]:
    """The sentences of its beginning."""
    return tuple(_Teller(report).summary())


def unknowns_of(report: Report) -> tuple[Text, ...]:
    """What is not known, a sentence or two each."""
    return tuple(_Teller(report).unknown())


class _Teller:
    """Tells one report: `zone` and the days of its range decide how times are written."""

    def __init__(self, report: Report) -> None:
        self._report, self._zone = report, Zone(report.zone)
        self._snapshot, self._figures = report.snapshot, report.snapshot.summary
        self._days = {
            local_time(moment, self._zone).date() for moment in (report.start, report.end - 1)
        }
        ended = min(self._snapshot.running, report.end)
        self._runs = self._report.end > self._snapshot.running
        self._whole = self._figures.complete >= grid.count(report.start, ended)

    # -- times

    def _at(self, moment: float) -> str:
        """``09:35``, with its day where the range has several or the moment is on another."""
        day = local_time(moment, self._zone).date()
        if self._days == {day}:
            return hm(moment, self._zone)
        year = f" {day.year}" if {day.year} != {each.year for each in self._days} else ""
        return f"{date_text(moment, self._zone)}{year} {hm(moment, self._zone)}"

    def _date(self, moment: float) -> str:
        year = local_time(moment, self._zone).year
        weekday = day_text(moment, self._zone).split()[0]
        return f"{weekday} {date_text(moment, self._zone)} {year}"

    def _zone_words(self) -> str:
        names = [zone_name(at, self._zone) for at in (self._report.start, self._report.end)]
        return " and ".join(dict.fromkeys(names))

    def _range(self) -> str:
        """``Fri 20 Nov 2026, 08:00 – 12:00 GMT``."""
        start, end = self._report.start, self._report.end
        until = hm(end, self._zone)
        if len(self._days) > 1:
            until = f"{self._date(end)}, {until}"
        elif local_time(end, self._zone).date() not in self._days:
            until = "24:00"
        begin = f"{self._date(start)}, {hm(start, self._zone)}"
        return f"{begin} – {until} {self._zone_words()}"

    # -- the story

    def story(self) -> Story:
        sections = (
            Section("Summary", tuple(self._beginning())),
            Section("Time at the levels", tuple(self._levels())),
            Section("Alerts", tuple(self._incidents())),
            Section("Against the plan", tuple(self._plan())),
            Section("Against the week before", tuple(self._week())),
            Section(f"By {self._words.one}", tuple(self._rows())),
            Section("Marks", tuple(self._marks())),
            Section("Errors of the API", tuple(self._requests())),
            Section("Gaps and revisions", tuple(self._missing())),
            Section("What is not known", (Items(tuple(self.unknown())),)),
            Section("About this report", (self._about(),)),
        )
        title = ("Conversations at once: ", Quote(self._report.profile))
        return Story(title, self._range(), tuple(each for each in sections if each.blocks))

    def _beginning(self) -> Iterator[Block]:
        for sentence in self.summary():
            yield Paragraph(sentence)
        if self._figures.peak is not None:
            yield Figures(tuple(self._numbers()))
            words = " ".join(each for each in self.summary() if isinstance(each, str))
            picture = draw(self._report, self._zone, f"{self._range()}. {words}")
            if picture is not None:
                yield picture
                yield Paragraph(self._legend())

    # -- the summary

    def summary(self) -> Iterator[Text]:
        yield self._peak_sentence()
        if self._figures.peak is None:
            return
        for sentence in (self._limit_sentence(), self._incident_sentence(), self._plan_sentence()):
            if sentence:
                yield sentence
        if week := self._week_sentence():
            yield week
        lacking = self._report.windows - self._figures.complete
        if lacking:
            words = format_count(self._report.windows, "window")
            yield (
                f"{lacking} of {words} of 5 minutes {'is' if lacking == 1 else 'are'} not known "
                "for certain; what that means stands at the end."
            )

    def _span(self) -> str:
        """``these 4 hours``, ``these 24 h 5 min``."""
        number, unit = exact_duration(self._report.end - self._report.start).split()
        name = {"h": "hour", "min": "minute", "d": "day"}[unit]
        if unit == "min" and int(number) >= 120:
            return f"these {sum_of_minutes(int(number))}"
        return f"this {name}" if number == "1" else f"these {number} {name}s"

    def _peak_sentence(self) -> str:
        peak = self._figures.peak
        if peak is None:
            left_out = sum(each.windows for each in self._report.gaps) == self._report.windows
            why = "the API has no value for it" if left_out else "too little of it was fetched"
            return f"Nothing is known of {self._span()}: {why}."
        if peak.value == 0:
            never = "no conversation ran" if self._whole else "no conversation was seen"
            return f"In {self._span()} {never}."
        most = "at most" if self._whole else "at least"
        so_far = " so far" if self._whole and self._runs else ""
        calls = format_count(peak.value, "conversation")
        return (
            f"In {self._span()} {most} {calls} ran at once{so_far}, "
            f"at {self._at(peak.window)}; the mean was {decimal(self._figures.mean)}."
        )

    def _limit_sentence(self) -> str:
        capacity, peak = self._snapshot.capacity, self._figures.peak
        if capacity.limit is None or peak is None:
            return ""
        levels = {each.name: each for each in self._report.levels}
        used = f"{percent(peak.value / capacity.limit)} of the limit of {capacity.limit}"
        if levels["limit"].windows:
            return (
                f"The limit of {capacity.limit} was reached for {_lasting(levels['limit'])} "
                f"({percent(peak.value / capacity.limit)} of it at the peak). The API does not "
                "count calls that are turned away, so more may have been wanted."
            )
        if not levels["warning"].windows:
            never = "never reached" if self._whole else "not seen to be reached"
            return f"That is {used}; the warning level of {levels['warning'].at:g} was {never}."
        critical = levels["critical"]
        more = f", the critical level of {critical.at:g} for {_lasting(critical)}"
        return (
            f"That is {used}; the warning level of {levels['warning'].at:g} was reached for "
            f"{_lasting(levels['warning'])}{more if critical.windows else ''}."
        )

    def _incident_sentence(self) -> Text:
        found = self._report.incidents
        if found is None:
            return ""
        if not found:
            return (
                "No alert was raised." if self._whole else "No alert is known to have been raised."
            )
        longest = max(found, key=lambda each: self._end(each) - each.since)
        seconds = self._end(longest) - longest.since
        least = "at least " if longest.ended is None or longest.earlier else ""
        lasted = f"lasted {least}{lasting(seconds)} from {self._at(longest.since)}"
        if len(found) == 1:
            return ("One alert was raised, ", Quote(longest.rule), f": it {lasted}.")
        return (
            f"Alerts were raised {len(found)} times; the longest, ",
            Quote(longest.rule),
            f", {lasted}.",
        )

    def _plan_sentence(self) -> str:
        plan = self._report.plan
        if plan is None or plan.largest is None:
            return ""
        largest = plan.largest
        parts = [
            f"on plan in {plan.count(Side.ON)} of {format_count(len(plan.compared), 'window')}"
        ]
        parts += [
            f"{side.value.split()[0]} it in {plan.count(side)}"
            for side in (Side.OVER, Side.UNDER)
            if plan.count(side)
        ]
        share = "" if largest.share is None else f" ({signed_percent(largest.share)})"
        return (
            f"Calls were {', '.join(parts)}; they were farthest from it at "
            f"{self._at(largest.window)}, {largest.value} instead of "
            f"{largest.whole[0]}{share}."
        )

    def _week_sentence(self) -> str:
        week, peak = self._report.week, self._figures.peak
        if week is None or week.mean is None or week.peak is None or peak is None:
            return ""
        share = week.change
        if share is None:
            return (
                f"The mean of the same time a week before was {decimal(week.mean_before)}, "
                f"against {decimal(week.mean)} now."
            )
        change = "about as many conversations ran as"
        if week.mean == week.mean_before:
            change = change.removeprefix("about ")
        elif decimal(week.mean) != decimal(week.mean_before):
            more = "more" if share > 0 else "fewer"
            change = f"{percent(abs(share))} {more} conversations ran than"
        return (
            f"On average {change} at the same time a week before ({decimal(week.mean)} against "
            f"{decimal(week.mean_before)}); the peak was {peak.value} against {week.peak.value}."
        )

    def _numbers(self) -> Iterator[tuple[str, str, str]]:
        figures, capacity = self._figures, self._snapshot.capacity
        peak = figures.peak
        assert peak is not None
        least = "≥ " if peak.provisional else ""
        yield "peak", f"{least}{peak.value}", f"at {self._at(peak.window)}"
        if capacity.limit is not None:
            used = percent(peak.value / capacity.limit)
            yield "limit", str(capacity.limit), f"{used} used at the peak"
            yield "free at the peak", headroom_text(capacity.limit - peak.value), "conversations"
        yield "mean", decimal(figures.mean), f"of {format_count(figures.complete, 'window')}"
        yield "p95", count(figures.p95), "19 of 20 had no more"
        week = self._report.week
        if week is not None and week.peak is not None:
            yield "vs week", signed_percent(week.change), "on average"

    def _legend(self) -> str:
        report = self._report
        step = exact_duration(300 * joined_windows(report))
        parts = [f"Highest number of conversations at once in each {step}"]
        if any(each.at for each in report.levels):
            parts.append("limit and warning level are lines")
        if shows_week(report):
            parts.append("the thin line is the week before")
        if report.plan is not None:
            parts.append("the dashed curve is the plan")
        if report.incidents:
            parts.append("bars at the top are alerts")
        if report.marks:
            parts.append("numbers are marks")
        if report.gaps or report.not_fetched:
            parts.append("shaded times are not known")
        return f"{'; '.join(parts)}."

    # -- levels

    def _levels(self) -> Iterator[Block]:
        if not self._report.levels:
            return
        known = self._figures.known
        yield Table(
            ("level", "from", "reached for", "windows", "share"),
            tuple(
                (
                    each.name,
                    f"{each.at:g}",
                    self._reached(each),
                    str(each.windows),
                    percent(each.windows / known if known else None),
                )
                for each in self._report.levels
            ),
        )
        yield from self._plateau()
        yield Paragraph(
            "Only the maximum of each 5 minutes is known, so a window that touched a level counts "
            "whole."
        )

    def _reached(self, level: Level) -> str:
        if level.windows:
            return _lasting(level)
        return "never" if self._whole else "not seen"

    def _plateau(self) -> Iterator[Block]:
        if self._figures.plateau is not None:
            start, end = self._figures.plateau
            yield Paragraph(
                f"From {self._at(start)} to {self._at(end)} every window was at the limit: calls "
                "beyond it are not counted, and demand may have been higher."
            )

    # -- alerts

    def _end(self, incident: Incident) -> float:
        return self._report.end if incident.ended is None else incident.ended

    def _incidents(self) -> Iterator[Block]:
        found = self._report.incidents
        if found is None:
            return
        if not found:
            yield Paragraph("None.")
            return
        longest = sorted(found, key=lambda each: self._end(each) - each.since, reverse=True)
        shown = [each for each in found if each in longest[:_MOST]]
        capsules = any(each.capsule for each in shown)
        heads = ("alert", "severity", "from", "to", "lasted", "highest", "told")
        yield Table(
            (*heads, *(["incident"] if capsules else [])),
            tuple(
                (*self._incident(each), *([each.capsule or NONE] if capsules else []))
                for each in shown
            ),
            4,
        )
        yield from _more(len(found), "alert, no longer than these", "alerts, no longer than these")
        if capsules:
            yield Paragraph("polytop incident show tells what was known of an incident then.")
        if any(each.by_log for each in shown):
            yield Paragraph(
                "* is in the log of alerts alone: the data and the rules of today do not show it."
            )

    def _incident(self, incident: Incident) -> tuple[Text, ...]:
        still = incident.ended is None
        since = ("before " if incident.earlier else "") + self._at(incident.since)
        until = "still raised" if self._runs else f"after {self._at(self._report.end)}"
        lasted = lasting(self._end(incident) - incident.since)
        return (
            (Quote(incident.rule), " *") if incident.by_log else Quote(incident.rule),
            incident.severity.name,
            since,
            until if still else self._at(self._end(incident)),
            ("≥ " if still or incident.earlier else "") + lasted,
            self._extreme(incident),
            NONE if incident.told is None else "yes" if incident.told else "no",
        )

    def _extreme(self, incident: Incident) -> str:
        if incident.extreme is None:
            return NONE
        here = " in the range" if incident.since < self._report.start else ""
        return f"{'lowest ' if incident.few else ''}{incident.extreme}{here}"

    # -- plan and week

    def _plan(self) -> Iterator[Block]:
        plan = self._report.plan
        if plan is None:
            return
        if plan.largest is None:
            yield Paragraph("No window of this range can be compared with the plan.")
            return
        sides = tuple((str(side), str(plan.count(side))) for side in Side)
        yield Table(("windows", "number"), (*sides, ("of the plan", str(plan.planned))))
        worst = sorted(plan.compared, key=lambda each: (-abs(each.difference), each.window))[:5]
        yield Paragraph("The windows farthest from it:")
        yield Table(
            ("at", "actual", "plan", "difference", "in %"),
            tuple(
                (
                    self._at(each.window),
                    str(each.value),
                    str(each.whole[0]),
                    signed(each.whole[1]),
                    signed_percent(each.share),
                )
                for each in worst
            ),
        )

    def _week(self) -> Iterator[Block]:
        week, figures = self._report.week, self._figures
        if week is None or figures.peak is None:
            return
        before = week.peak
        yield Table(
            ("figure", "this range", "week before", "difference"),
            (
                (
                    "peak",
                    str(figures.peak.value),
                    f"{before.value} at {self._at(before.window)}" if before else NONE,
                    signed(figures.peak.value - before.value) if before else NONE,
                ),
                (
                    f"mean of {format_count(week.windows, 'window')} known in both",
                    decimal(week.mean),
                    decimal(week.mean_before),
                    _mean_change(week),
                ),
            ),
        )

    # -- rows

    @property
    def _words(self) -> BreakdownWords:
        return WORDS[self._snapshot.view.breakdown or Breakdown.VARIANT]

    def _rows(self) -> Iterator[Block]:
        report = self._report
        if not report.rows:
            return
        labels = [row.label for row in build_rows(self._snapshot, zone=self._zone)]
        views = self._snapshot.rows or ()
        mean_of = [
            each.summary.complete if comes_and_goes(each, self._snapshot) else None
            for each in views
        ]
        named = sorted(zip(report.rows, labels, mean_of, strict=True), key=_busiest)
        yield Table(
            (self._words.one, "peak", "at", "at the peak of all", "p95", "mean", "mean vs week"),
            tuple(self._row(row, label, of) for row, label, of in named),
        )
        found = report.coincidence
        if found is not None and found.factor is not None and len(report.rows) > 1:
            yield Paragraph(
                f"The peaks of the rows add up to {found.bound}, and at most {found.peak} "
                f"conversations ran at once: they do not all peak together (overlap "
                f"{found.factor:.2f})."
            )

    def _row(self, row: RowReport, label: str, mean_of: int | None) -> tuple[Text, ...]:
        peak = row.summary.peak
        of = "" if mean_of is None or row.summary.mean is None else f" of {mean_of}"
        return (
            Quote(label),
            NONE if peak is None else f"{'≥ ' if peak.provisional else ''}{peak.value}",
            NONE if peak is None else self._at(peak.window),
            count(row.at_peak),
            count(row.summary.p95),
            decimal(row.summary.mean) + of,
            NONE if row.week is None else _mean_change(row.week),
        )

    # -- marks, errors, gaps

    def _marks(self) -> Iterator[Block]:
        marks = self._report.marks
        if marks:
            yield Table(
                ("no.", "at", "mark"),
                tuple(
                    (str(number), self._at(mark.at), Quote(mark.text))
                    for number, mark in enumerate(marks, 1)
                ),
                3,
            )

    def _requests(self) -> Iterator[Block]:
        log = self._report.requests
        if log is None or log.problem is not None:
            return
        if not log.failures:
            yield Paragraph("The log of this machine has no failed request in this time.")
            return
        yield Table(
            ("error", "the API says", "times", "first", "last"),
            tuple(
                (
                    Quote(each.summary),
                    Quote(each.message) if each.message else NONE,
                    str(each.times),
                    self._at(each.first),
                    self._at(each.last),
                )
                for each in log.failures[:_MOST]
            ),
            2,
        )
        yield from _more(len(log.failures), "kind of error", "kinds of errors")

    def _missing(self) -> Iterator[Block]:
        report = self._report
        stretches = sorted(
            [
                *((each, "left out by the API") for each in report.gaps),
                *((each, "not fetched") for each in report.not_fetched),
                *(
                    (Stretch(at, at + grid.STEP), "lower bound: fetched while it ran")
                    for at in report.provisional
                ),
            ]
        )
        if stretches:
            yield Table(
                ("windows that are not known for certain", "from", "to", "windows"),
                tuple(
                    (what, self._at(each.start), self._at(each.end), str(each.windows))
                    for each, what in stretches[:_MOST]
                ),
                3,
            )
            yield from _more(len(stretches), "stretch", "stretches")
        if report.revisions:
            yield Table(
                ("revised window", "first", "now"),
                tuple(
                    (self._at(each.window), str(each.first), count(each.value))
                    for each in report.revisions[:_MOST]
                ),
            )
            yield from _more(len(report.revisions), "revised window", "revised windows")
        if not stretches and not report.revisions:
            yield Paragraph("Every window is known, and none is known to have been revised.")

    # -- what is not known

    def unknown(self) -> Iterator[Text]:
        report, snapshot = self._report, self._snapshot
        yield from self._unknown_windows()
        if snapshot.capacity.limit is None:
            yield (
                "The limit is one of all calls, not of this selection: there are no levels."
                if snapshot.view.filters.active()
                else "No limit is stated, and so there are no levels: give one with --limit, or in "
                "the profile."
            )
        else:
            yield (
                "The limit is the one that is stated today; whether it was another then is not "
                "known. Calls that were turned away are in no number."
            )
        yield from self._unknown_rows()
        if report.week is None:
            yield "Of the week before nothing is known here."
        elif report.week.windows < self._figures.complete:
            yield (
                f"Of the week before {report.week.windows} of "
                f"{format_count(self._figures.complete, 'window')} can be compared."
            )
        if report.plan is not None and len(report.plan.compared) < report.plan.planned:
            yield (
                f"Of {format_count(report.plan.planned, 'window')} with a plan "
                f"{len(report.plan.compared)} can be compared."
            )
        yield from self._unknown_alerts()
        yield from self._unknown_requests()
        yield (
            "A revision is known only of windows that polytop asked for again. Data older than an "
            "hour count as final."
        )
        yield from map(Quote, report.notes)

    def _unknown_windows(self) -> Iterator[Text]:
        report, fault = self._report, self._snapshot.fault
        gaps = sum(each.windows for each in report.gaps)
        missing = sum(each.windows for each in report.not_fetched)
        if gaps:
            yield (
                f"{format_count(gaps, 'window')} that the API left out: whether calls ran then it "
                "does not say."
            )
        if missing:
            yield f"{format_count(missing, 'window')} that could not be fetched, or were not."
        if report.provisional:
            yield (
                f"{format_count(len(report.provisional), 'window')} fetched while running: the "
                "value is a lower bound, which counts for the peak and for no mean."
            )
        if fault is not None:
            said = fault.problem.error_message
            yield (
                "The API could not be asked for all of it: ",
                Quote(fault.problem.summary),
                ". ",
                *(("It says: ", Quote(said), ". ") if said else ()),
                Quote(advice(fault.problem)),
            )

    def _unknown_rows(self) -> Iterator[Text]:
        snapshot, found = self._snapshot, self._report.coincidence
        words = self._words
        if not snapshot.rows and snapshot.view.breakdown is not None:
            yield f"There is no breakdown by {words.one}."
        fault = snapshot.fault and snapshot.fault.problem
        if snapshot.breakdown_problem not in (None, fault):
            assert snapshot.breakdown_problem is not None
            yield ("The breakdown is not complete: ", Quote(snapshot.breakdown_problem.summary))
        if found is not None and found.above:
            yield (
                f"In {format_count(len(found.above), 'window')} a {words.one} is above the total: "
                "data were still coming in."
            )
        if found is not None and found.below:
            yield (
                f"In {format_count(len(found.below), 'window')} the {words.several} add up to less "
                "than the total: data were still coming in, or calls have none."
            )

    def _unknown_alerts(self) -> Iterator[Text]:
        found = self._report.incidents
        if found is None:
            selected = self._snapshot.view.filters.active()
            why = "rules are about all calls, not about a selection" if selected else "none judged"
            yield f"Of alerts nothing is told here: {why}."
            return
        yield (
            "Alerts are those that the rules of today find in these data, and those in the log of "
            "this machine."
        )
        if any(each.told is None for each in found):
            yield "Where the log has nothing of an alert, it is not known if anybody was told (–)."

    def _unknown_requests(self) -> Iterator[Text]:
        log = self._report.requests
        if log is None:
            yield "Failed requests to the API are not known: no log was read."
        elif log.problem is not None:
            yield ("Failed requests to the API are not known: ", Quote(log.problem))
        elif log.since is None or log.since > self._report.start:
            back = "is empty" if log.since is None else f"begins at {self._at(log.since)}"
            yield f"Failed requests are known as far as the log of this machine goes: it {back}."
        else:
            yield "Failed requests are those of this machine alone."

    # -- about

    def _about(self) -> Table:
        report, view = self._report, self._snapshot.view
        target = report.target
        rows: list[tuple[Text, ...]] = [
            ("profile", Quote(report.profile)),
            ("account", Quote(target.account_id)),
            ("project", Quote(target.project_id)),
            ("region", target.region or Quote(target.base_url)),
            ("environment", view.filters.client_env.value),
        ]
        rows += [
            (name.replace("_", " "), ("only ", Quote(value)))
            for name, value in view.filters.active()
        ]
        written = f"{self._date(report.written_at)}, {hm(report.written_at, self._zone)}"
        rows += [
            ("times", f"local, {self._zone_words()}"),
            ("numbers", "the maximum of each 5 minutes, as the API counts it"),
            ("written", f"{written} by polytop {__version__}"),
        ]
        return Table(("about", ""), tuple(rows), 2)


def _lasting(level: Level) -> str:
    return f"up to {sum_of_minutes(5 * level.windows)}"


def _mean_change(week: WeekBefore) -> str:
    if week.mean is None or week.mean_before is None:
        return NONE
    share = "" if week.change is None else f" ({signed_percent(week.change)})"
    difference = round(week.mean - week.mean_before, 1)
    return ("0" if not difference else f"{difference:+.1f}".replace("-", "−")) + share


def _busiest(named: tuple[RowReport, str, int | None]) -> tuple[int, float, str]:
    row, label, _ = named
    peak = row.summary.peak.value if row.summary.peak else -1
    return -peak, -(row.summary.mean or 0), label


def _more(number: int, one: str, several: str) -> Iterator[Paragraph]:
    if number > _MOST:
        rest = number - _MOST
        yield Paragraph(f"And {rest} more {one if rest == 1 else several}.")
