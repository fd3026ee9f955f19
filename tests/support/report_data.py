"""Reports of a few windows, with any words in every place that words from outside come to."""

from dataclasses import replace

from polytop.model.answer import Part
from polytop.model.baseline import Compare
from polytop.model.incident import Incident
from polytop.model.mark import Mark
from polytop.model.plan import Plan, Planned
from polytop.model.problem import Kind, Problem
from polytop.model.report import Report, RequestFailure, RequestLog, build_report
from polytop.model.series import UNKNOWN, Series
from polytop.model.snapshot import Fault, RowView, Snapshot, View
from polytop.model.stats import Capacity, Severity, summary
from polytop.model.target import Filters, Target

STEP, WEEK = 300, 604_800
START = 1_790_000_100
"""A Monday, 14:15 UTC."""

HOSTILE = (
    "<script>alert(1)</script>",
    "</svg><script>parent.hit=1</script>",
    "</style></title><img src=x onerror=hit()>",
    "\"><img src='//evil.example/x'> onload=\"hit()",
    "[x](javascript:hit()) ![y](//evil.example/y) <https://evil.example>",
    "*b* _i_ ~~s~~ `c` ``` # h | a | b \\| \\",
    "`" * 90 + "<b>",
    "https://evil.example/x www.evil.example mail@evil.example @team #12",
    '=HYPERLINK("//evil.example")',
    "+1;cmd|' /C calc'!A0",
    "\x1b[31mred\x1b]0;title\x07\r\n# heading\n\n- item",
    "\u202egnp.exe\u2066\u200f\ufeff אבג 12",
    "&lt;b&gt; &amp; &#60;i&#62; ]]> -->",
    "\ud800 lone",
    "  ",
)
"""Names that a browser, a viewer of Markdown, a spreadsheet or a terminal could obey."""


def snapshot(*values: int, limit: int | None = 120, before: tuple[int, ...] = ()) -> Snapshot:
    """A span in the past with these windows, beside the week before."""
    end = START + STEP * len(values)
    total, at = Series(START, values), float(end + 7_200)
    view = View(Filters(), end - START, end, Compare.WEEK)
    capacity = Capacity(limit)
    wide = (UNKNOWN,) * 12
    earlier = Series(START - WEEK - 3_600, (*wide, *before, *wide))
    found = Snapshot(
        at, view, view, START, end, total, summary(total, at, capacity), (), capacity, at
    )
    return replace(found, earlier=(earlier,) if before else ())


def report(found: Snapshot, **more: object) -> Report:
    """The report on `found`, in UTC."""
    from datetime import UTC

    given = {"profile": "prod", "target": Target("ws-1", "P-1", "https://a.example", "uk-1")}
    return build_report(found, **(given | {"zone": UTC, "written_at": found.at} | more))


def report_with(words: str) -> Report:
    """A report that has `words` in every place that words from outside come to."""
    found = snapshot(50, 118, 90, 40, before=(40, 60, 70, 40))
    rows = tuple(
        RowView(Part(f"{words}{place}"), words, found.total, found.summary, found.earlier)
        for place in range(2)
    )
    problem = Problem(Kind.BROKEN, words, words, 500, words)
    filters = Filters(variant_name=words)
    found = replace(
        found,
        rows=rows,
        marks=(Mark(1, START + 60, words), Mark(2, START + 700, words)),
        revised=((START, 44),),
        fault=Fault(problem, found.at),
        breakdown_problem=problem,
        view=replace(found.view, filters=filters),
    )
    failure = RequestFailure(words, "500", words, 3, START + 1.0, START + 2.0)
    return report(
        found,
        profile=words,
        target=Target(words, words, words),
        incidents=(
            Incident(words, Severity.CRITICAL, START, START + 300, True, 118, True, True),
            Incident(words, Severity.WARNING, START, None, extreme=9),
        ),
        plan=Plan(START, (Planned(50.0),) * 4, ((START, words),)),
        requests=RequestLog((failure,), START - 9.0),
        notes=(words,),
    )
