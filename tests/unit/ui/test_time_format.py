"""Times in the hour that comes twice when the clocks go back."""

import time
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from polytop.alerts.messages import lasting_text
from polytop.model import grid
from polytop.model.frame import Frame
from polytop.ui.render.scale import time_ticks
from polytop.ui.time_format import (
    Zone,
    date_and_time,
    day_and_time,
    hm,
    hms,
    moment_text,
    since_text,
)

FIRST = grid.from_iso("2026-10-25T00:30:00Z")
SECOND = FIRST + 3_600
LONDON = ZoneInfo("Europe/London")
PLACES = {
    "Europe/London": ("2026-10-25T00:30:00Z", 3_600, "01:30+1", "01:30+0"),
    "America/New_York": ("2026-11-01T05:30:00Z", 3_600, "01:30-4", "01:30-5"),
    "Australia/Lord_Howe": ("2026-04-04T14:45:00Z", 1_800, "01:45+11", "01:45+10:30"),
}


@pytest.fixture(params=["zone", "machine"])
def zone_of(request, monkeypatch):
    """Makes a zone of its name, as such or as the machine's own."""

    def make(name: str) -> Zone:
        if request.param == "zone":
            return Zone(ZoneInfo(name))
        monkeypatch.setenv("TZ", name)
        time.tzset()
        return Zone(None)

    yield make
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", PLACES)
def test_the_two_are_told_apart(zone_of, name):
    first, apart, before, after = PLACES[name]
    zone, moment = zone_of(name), grid.from_iso(first)
    assert (hm(moment, zone), hm(moment + apart, zone)) == (before, after)
    assert hms(moment + 9, zone) == f"{before[:5]}:09{before[5:]}"
    for other in (moment - 2 * 3_600, moment + 3 * 3_600, moment + 86_400):
        assert len(hm(other, zone)) == 5


def test_every_form_of_a_moment_does():
    zone = Zone(LONDON)
    for words in (
        lambda at: hm(at, zone),
        lambda at: hms(at, zone),
        lambda at: date_and_time(at, zone),
        lambda at: day_and_time(at, SECOND, zone),
        lambda at: day_and_time(at, SECOND + 86_400, zone),
        lambda at: moment_text(at, SECOND + 40 * 86_400, zone),
        lambda at: since_text(at, at + 60, zone),
        lambda at: lasting_text("120 of 120", at, at + 60, LONDON),
        lambda at: lasting_text("120 of 120", at, at + 90_000, LONDON),
    ):
        assert words(FIRST) != words(SECOND)
        assert words(FIRST).replace("+1", "+0") == words(SECOND)


def test_utc_has_no_such_hour():
    assert hm(FIRST, Zone(UTC)) == "00:30"


def test_labels_of_the_axis_are_different():
    frame = Frame(int(FIRST) - 3_600, int(FIRST) + 3 * 3_600)
    labels = [label for _, label in time_ticks(frame, 120, Zone(LONDON))]
    assert len(set(labels)) == len(labels)
    assert any("+1" in label for label in labels)
