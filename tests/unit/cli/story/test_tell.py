"""The sentences of a report, and its tables."""

from dataclasses import replace
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from report_data import START, STEP, report, snapshot

from polytop.cli.story.blocks import Section, Table, plain
from polytop.cli.story.tell import summary_of, tell, unknowns_of
from polytop.model.incident import Incident
from polytop.model.plan import Plan, Planned
from polytop.model.report import Report, RequestLog
from polytop.model.series import GAP, UNKNOWN, Series
from polytop.model.stats import Severity


def sentences(found: Report) -> str:
    return " ".join(map(plain, summary_of(found)))


def section(found: Report, title: str) -> Section:
    return next(each for each in tell(found).sections if each.title == title)


def cells(found: Report, title: str, number: int = 0) -> list[list[str]]:
    table = [each for each in section(found, title).blocks if isinstance(each, Table)][number]
    return [[plain(cell) for cell in row] for row in table.rows]


def test_a_calm_range() -> None:
    found = report(snapshot(50, 80, 60), incidents=())
    assert sentences(found) == (
        "In these 15 minutes at most 80 conversations ran at once, at 14:20; the mean was 63.3. "
        "That is 67 % of the limit of 120; the warning level of 96 was never reached. "
        "No alert was raised."
    )


def test_levels_that_were_reached() -> None:
    found = report(snapshot(96, 108, 119))
    assert "99 % of the limit of 120" in sentences(found)
    assert "the warning level of 96 was reached for up to 15 min" in sentences(found)
    assert "the critical level of 108 for up to 10 min" in sentences(found)
    assert cells(found, "Time at the levels") == [
        ["warning", "96", "up to 15 min", "3", "100 %"],
        ["critical", "108", "up to 10 min", "2", "67 %"],
        ["limit", "120", "never", "0", "0 %"],
    ]


def test_a_limit_that_was_reached_hides_what_was_wanted() -> None:
    found = report(snapshot(120, 120, 120, 60))
    assert "The limit of 120 was reached for up to 15 min (100 % of it at the peak)" in sentences(
        found
    )
    words = [plain(each.text) for each in section(found, "Time at the levels").blocks[1:]]
    assert words[0].startswith("From 14:15 to 14:30 every window was at the limit")


def test_what_is_not_whole_is_told_as_what_was_seen() -> None:
    found = report(snapshot(50, GAP, 60, UNKNOWN), incidents=())
    text = sentences(found)
    assert "at least 60 conversations ran at once" in text
    assert "was not seen to be reached" in text
    assert "No alert is known to have been raised." in text
    assert "2 of 4 windows of 5 minutes are not known for certain" in text
    assert cells(found, "Gaps and revisions") == [
        ["left out by the API", "14:20", "14:25", "1"],
        ["not fetched", "14:30", "14:35", "1"],
    ]


def test_a_lower_bound_is_told_as_one() -> None:
    found = snapshot(50, 60)
    found = replace(found, total=Series(START, (50, 60), frozenset({START + STEP})))
    found = replace(found, summary=replace(found.summary, complete=1))
    assert "at least 60" in sentences(report(found))
    assert any("lower bound" in plain(each) for each in unknowns_of(report(found)))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0, 0), "In these 10 minutes no conversation ran."),
        ((0, GAP), "In these 10 minutes no conversation was seen."),
        ((GAP, GAP), "Nothing is known of these 10 minutes: the API has no value for it."),
        ((GAP, UNKNOWN), "Nothing is known of these 10 minutes: too little of it was fetched."),
        ((1,), "In these 5 minutes at most 1 conversation ran at once, at 14:15"),
        ((7,) * 25, "In these 2 h 5 min at most 7 conversations ran at once, at 14:15"),
        ((7,) * 12, "In this hour at most 7 conversations ran at once, at 14:15"),
    ],
)
def test_ranges_with_little_in_them(values: tuple[int, ...], words: str) -> None:
    assert sentences(report(snapshot(*values))).startswith(words)


def incident(start: int, end: int | None, **more: bool) -> Incident:
    last = None if end is None else START + end * STEP
    return Incident("near", Severity.WARNING, START + start * STEP, last, extreme=110, **more)


def test_alerts_have_beginning_end_and_length() -> None:
    found = report(
        snapshot(*[100] * 40),
        incidents=(incident(0, 2, earlier=True), incident(5, 30), incident(35, None, told=True)),
    )
    assert "Alerts were raised 3 times; the longest, near, lasted 2 h 5 min from 14:40." in (
        sentences(found)
    )
    assert cells(found, "Alerts") == [
        ["near", "WARNING", "before 14:15", "14:25", "≥ 10 min", "110", "–"],
        ["near", "WARNING", "14:40", "16:45", "2 h 5 min", "110", "–"],
        ["near", "WARNING", "17:10", "after 17:35", "≥ 25 min", "110", "yes"],
    ]


def test_the_extreme_of_an_alert_is_of_the_range() -> None:
    found = report(
        snapshot(*[100] * 4),
        incidents=(incident(-3, 2), replace(incident(3, 4), few=True, extreme=4)),
    )
    assert [row[5] for row in cells(found, "Alerts")] == ["110 in the range", "lowest 4"]


def test_a_range_with_the_running_window_is_told_so_far() -> None:
    found = snapshot(50, 80, 60)
    found = replace(found, at=found.end - 10.0, summary=replace(found.summary, complete=2))
    assert "In these 15 minutes at most 80 conversations ran at once so far, at 14:20" in (
        sentences(report(found))
    )


def test_the_plan_and_the_week_before() -> None:
    found = snapshot(50, 80, 60, 40, before=(40, 40, 40, 40))
    text = sentences(report(found, plan=Plan(START, (Planned(50.0),) * 4)))
    assert "Calls were on plan in 1 of 4 windows, over it in 2, under it in 1" in text
    assert "farthest from it at 14:20, 80 instead of 50 (+60 %)" in text
    assert "On average 44 % more conversations ran than at the same time a week before" in text
    assert "(57.5 against 40.0); the peak was 80 against 40." in text


def test_plan_and_difference_add_up_to_the_actual_in_whole_conversations() -> None:
    plan = Plan(START, (Planned(11.5), Planned(12_345.6), Planned(10.5), Planned(7.46)))
    found = report(snapshot(3, 12_000, 30, 8), plan=plan)
    assert "12000 instead of 12346 (−3 %)" in sentences(found)
    assert [row[1:4] for row in cells(found, "Against the plan", 1)] == [
        ["12000", "12346", "−346"],
        ["30", "10", "+20"],
        ["3", "12", "−9"],
        ["8", "7", "+1"],
    ]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ((50, 50), "On average as many conversations ran as at the same time a week before"),
        ((100, 100), "On average 50 % fewer conversations ran than"),
        ((0, 0), "The mean of the same time a week before was 0.0, against 50.0 now."),
    ],
)
def test_the_mean_of_the_week_before(before: tuple[int, ...], words: str) -> None:
    assert words in sentences(report(snapshot(50, 50, before=before)))


def test_times_are_local_with_the_zone_named_and_days_where_there_are_several() -> None:
    story = tell(report(snapshot(50, 60), zone=ZoneInfo("Europe/London")))
    assert story.subtitle == "Mon 21 Sep 2026, 15:15 – 15:25 BST"
    night = report(snapshot(*[50] * 120, 90), zone=timezone(timedelta(hours=5, minutes=30)))
    assert tell(night).subtitle == "Mon 21 Sep 2026, 19:45 – Tue 22 Sep 2026, 05:50 +0530"
    assert "at 22 Sep 05:45" in sentences(night)
    midnight = report(snapshot(*[50] * 117))
    assert tell(midnight).subtitle == "Mon 21 Sep 2026, 14:15 – 24:00 UTC"


def test_a_range_over_the_hour_that_comes_twice_names_both_zones() -> None:
    found = snapshot(*[50] * 24)
    start = 1_792_886_400 - 3_600
    found = replace(
        found, start=start, end=start + 24 * STEP, total=Series(start, found.total.values)
    )
    story = tell(report(found, zone=ZoneInfo("Europe/London")))
    assert story.subtitle.endswith("BST and GMT")


def test_what_is_not_known_is_told_in_sentences() -> None:
    words = [plain(each) for each in unknowns_of(report(snapshot(50, limit=None)))]
    assert any("No limit is stated" in each for each in words)
    assert any("week before nothing" in each for each in words)
    assert any("Of alerts nothing is told here: none judged." in each for each in words)
    assert any("no log was read" in each for each in words)
    late = report(snapshot(50), requests=RequestLog(since=START + 60.0))
    assert any("it begins at 14:16" in plain(each) for each in unknowns_of(late))


def test_long_lists_are_cut_and_counted() -> None:
    values = [50, GAP] * 60
    blocks = section(report(snapshot(*values)), "Gaps and revisions").blocks
    assert len(blocks[0].rows) == 50
    assert blocks[1].text == "And 10 more stretches."
