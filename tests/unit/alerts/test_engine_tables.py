"""Alerts in tables to be checked by eye: see alert_tables for how to read one.

The windows are those of 5 minutes; a poll at 14:06:30 sees the window of 14:00 as final.
"""

from typing import NamedTuple

import pytest
from alert_tables import played, tidy


class Case(NamedTuple):
    rule: str
    table: str
    limit: int | None = 120


TABLES = {
    "above a level: at it is above it": Case(
        "above = 108",
        """
        14:06:30    107                     OK
        14:11:30    108                     CRITICAL  raised, told
        14:16:30    109                     CRITICAL
        14:21:30    107                     OK        cleared, told
        """,
    ),
    "a percentage is of the limit, here 120": Case(
        "above = '90%', severity = 'warning'",
        """
        14:06:30    107                     OK
        14:11:30    108                     WARNING   raised, told
        """,
    ),
    "a percentage of no limit": Case(
        "above = '90%'",
        """
        14:06:30    500                     UNKNOWN   unknown
        """,
        limit=None,
    ),
    "after failed polls: one window over the level and a calm one come together": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:10:30    failed                  OK
        14:14:30    failed                  OK
        14:16:30    14:05=110 50            OK        raised, told; cleared, told
        """,
    ),
    "a machine that slept tells nothing of what came and went": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:16:30    14:05=110 50            OK
        """,
    ),
    "below a level": Case(
        "below = 10, clear = 15",
        """
        14:06:30    11                      OK
        14:11:30    10                      CRITICAL  raised, told
        14:16:30    14                      CRITICAL
        14:21:30    15                      OK        cleared, told
        """,
    ),
    "2 of 3 windows: one alone is nothing, two need not be neighbours": Case(
        "above = 108, times = 2, windows = 3",
        """
        14:06:30    110                     OK
        14:11:30    50                      OK
        14:16:30    50                      OK
        14:21:30    110                     OK
        14:26:30    50                      OK
        14:31:30    110                     CRITICAL  raised, told
        14:36:30    50                      OK        cleared, told
        """,
    ),
    "hysteresis: between clear and level an alert stays as it is": Case(
        "above = 108, clear = 102",
        """
        14:06:30    105                     OK
        14:11:30    108                     CRITICAL  raised, told
        14:16:30    103                     CRITICAL
        14:21:30    108                     CRITICAL
        14:26:30    102                     OK        cleared, told
        14:31:30    107                     OK
        """,
    ),
    "hysteresis with 2 of 3: clears when fewer than two are still over it": Case(
        "above = 108, clear = 102, times = 2, windows = 3",
        """
        14:06:30    110                     OK
        14:11:30    110                     CRITICAL  raised, told
        14:16:30    103                     CRITICAL
        14:21:30    100                     CRITICAL
        14:26:30    100                     OK        cleared, told
        """,
    ),
    "flapping without a cool-down tells every time": Case(
        "above = 108",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:11:30    100                     OK        cleared, told
        14:16:30    110                     CRITICAL  raised, told
        14:21:30    100                     OK        cleared, told
        """,
    ),
    "flapping with a cool-down of 20 minutes tells once in that time": Case(
        "above = 108, cooldown = '20m'",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:11:30    100                     OK        cleared, told
        14:16:30    110                     CRITICAL  raised
        14:21:30    100                     OK        cleared
        14:26:30    110                     CRITICAL  raised, told
        14:31:30    100                     OK        cleared, told
        """,
    ),
    "what is still raised when the cool-down ends is told then": Case(
        "above = 108, cooldown = '20m'",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:11:30    100                     OK        cleared, told
        14:16:30    110                     CRITICAL  raised
        14:21:30    110                     CRITICAL
        14:26:30    110                     CRITICAL  still raised, told
        14:31:30    110                     CRITICAL
        """,
    ),
    "the running window may raise": Case(
        "above = 108",
        """
        14:06:30    50 ~60                  OK
        14:07:00    50 ~108                 CRITICAL  raised, told
        14:11:30    110                     CRITICAL
        """,
    ),
    "the running window never clears, and nor does one that has just ended": Case(
        "above = 108",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:09:59    110 ~0                  CRITICAL
        14:10:10    20                      CRITICAL
        14:10:59    20                      CRITICAL
        14:11:00    20                      OK        cleared, told
        """,
    ),
    "the running window counts as one of the 2 of 3": Case(
        "above = 108, times = 2, windows = 3",
        """
        14:06:30    110 ~50                 OK
        14:11:30    50 ~107                 OK
        14:12:00    50 ~108                 CRITICAL  raised, told
        14:16:30    108                     CRITICAL
        14:21:30    50                      OK        cleared, told
        """,
    ),
    "what was fetched while it ran stays a lower bound, however late it gets": Case(
        "above = 108",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:08:00    110 ~20                 CRITICAL
        14:12:00    failed                  CRITICAL
        14:14:00    failed                  CRITICAL
        14:16:30    14:05=115 50            OK        cleared, told
        """,
    ),
    "the running window is no proof that calls are few": Case(
        "below = 10",
        """
        14:06:30    50 ~0                   OK
        14:10:30    0                       OK
        14:11:00    0                       CRITICAL  raised, told
        14:13:00    0 ~50                   CRITICAL
        14:16:30    50                      OK        cleared, told
        """,
    ),
    "late data: a window that comes late may raise, within the windows that count": Case(
        "above = 108, windows = 3, times = 1",
        """
        14:06:30    50                      OK
        14:11:30    -                       OK
        14:16:30    50                      OK
        14:21:30    14:05=110 50            CRITICAL  raised, told
        14:26:30    50                      OK        cleared, told
        """,
    ),
    "late data: windows that all come 12 minutes late are no silence": Case(
        "silent = true",
        """
        14:06:30    13:50=50                OK
        14:11:30    13:55=50                OK
        14:16:30    14:00=50                OK
        14:21:30    14:05=0                 CRITICAL  raised, told
        14:26:30    14:10=50                OK        cleared, told
        """,
    ),
    "late data: too late to count": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:11:30    -                       OK
        14:16:30    50                      OK
        14:21:30    14:05=110 50            OK
        """,
    ),
    "revised upwards: it raises": Case(
        "above = 108",
        """
        14:06:30    107                     OK
        14:07:00    108                     CRITICAL  raised, told
        """,
    ),
    "revised downwards: what is told is told, and it clears": Case(
        "above = 108",
        """
        14:06:30    108                     CRITICAL  raised, told
        14:07:00    107                     OK        cleared, told
        """,
    ),
    "a window that is left out may still come for 15 minutes": Case(
        "above = 108, missing = 'breach'",
        """
        14:06:30    50                      OK
        14:11:30    -                       OK
        14:24:59    -                       OK
        14:25:00    -                       CRITICAL  raised, told
        14:25:30    14:05=50 14:10=50 50    OK        cleared, told
        """,
    ),
    "missing = keep (the default): a gap turns nothing": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:26:30    -                       OK
        14:31:30    110                     CRITICAL  raised, told
        14:51:30    -                       CRITICAL
        14:56:30    50                      OK        cleared, told
        """,
    ),
    "missing = ok: a gap clears": Case(
        "above = 108, missing = 'ok'",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:24:59    -                       CRITICAL
        14:25:00    -                       OK        cleared, told
        """,
    ),
    "missing = unknown: a gap is UNKNOWN, and the alert is not over by that": Case(
        "above = 108, missing = 'unknown'",
        """
        14:06:30    50                      OK
        14:11:30    -                       OK
        14:25:00    -                       UNKNOWN   unknown
        14:26:30    50                      OK        known
        14:31:30    110                     CRITICAL  raised, told
        14:36:30    -                       CRITICAL
        14:50:00    -                       UNKNOWN   unknown
        14:51:30    110                     CRITICAL  known
        14:56:30    50                      OK        cleared, told
        """,
    ),
    "missing = keep with 2 of 3: a gap may be either": Case(
        "above = 108, times = 2, windows = 3",
        """
        14:06:30    110                     OK
        14:11:30    -                       OK
        14:16:30    110                     CRITICAL  raised, told
        14:21:30    50                      CRITICAL
        14:26:30    50                      OK        cleared, told
        """,
    ),
    "polls that fail: OK cannot be vouched for after a while, a raised alert stays": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:11:30    failed                  OK
        14:14:59    failed                  OK
        14:15:00    failed                  UNKNOWN   unknown
        14:21:30    50                      OK        known
        14:26:30    110                     CRITICAL  raised, told
        14:41:30    failed                  CRITICAL
        15:41:30    failed                  CRITICAL
        15:46:30    110                     CRITICAL
        15:51:30    50                      OK        cleared, told
        """,
    ),
    "polls that fail: with one of two bad, the one that is not known could be the second": Case(
        "above = 108, times = 2, windows = 3",
        """
        14:06:30    110                     OK
        14:15:00    failed                  UNKNOWN   unknown
        14:16:30    14:05=50 50             OK        known
        14:31:30    failed                  UNKNOWN   unknown
        """,
    ),
    "polls that fail are never ok and never a breach": Case(
        "above = 108, missing = 'ok'",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:41:30    failed                  CRITICAL
        """,
    ),
    "polls that fail are not silence": Case(
        "silent = true",
        """
        14:06:30    50                      OK
        14:41:30    failed                  UNKNOWN   unknown
        14:46:30    14:30=50 14:35=50 50    OK        known
        """,
    ),
    "other filters: the rule is about all conversations, and is not judged": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:11:30    110 other               OK
        14:16:30    110 other               UNKNOWN   unknown
        14:17:00    110                     CRITICAL  raised, told
        """,
    ),
    "a rise: against the lowest of the 3 windows before": Case(
        "rise = 30",
        """
        14:06:30    60                      OK
        14:11:30    79                      OK
        14:16:30    80                      CRITICAL  raised, told
        14:21:30    80                      OK        cleared, told
        14:26:30    80                      OK
        14:31:30    80 ~110                 CRITICAL  raised, told
        """,
    ),
    "a rise is not measured from a window that is not final": Case(
        "rise = 30",
        """
        14:06:30    13:45=80 13:50=80 13:55=80 80  OK
        14:10:10    20 ~90                  OK
        14:11:30    75 ~90                  OK
        14:12:30    75 ~105                 CRITICAL  raised, told
        """,
    ),
    "a fall: within one window, of a quarter of the limit; the running one is none": Case(
        "fall = '25%', within = 1",
        """
        14:06:30    100 ~0                  OK
        14:11:30    71                      OK
        14:16:30    41                      CRITICAL  raised, told
        14:21:30    41                      OK        cleared, told
        """,
    ),
    "silence: zeros": Case(
        "silent = true, times = 2, windows = 2",
        """
        14:06:30    1                       OK
        14:11:30    0                       OK
        14:16:30    0                       CRITICAL  raised, told
        14:21:30    1                       OK        cleared, told
        """,
    ),
    "silence: windows left out are silence too": Case(
        "silent = 2",
        """
        14:06:30    3                       OK
        14:24:59    -                       OK
        14:25:00    -                       CRITICAL  raised, told
        14:26:30    -                       CRITICAL
        14:31:30    3                       OK        cleared, told
        """,
    ),
    "silence counts from 08:00 to 20:00, and an alert ends with the hours": Case(
        "silent = true, hours = '08:00-20:00'",
        """
        07:56:30    0                       OK
        08:01:30    0                       OK
        08:06:30    0                       CRITICAL  raised, told
        20:01:30    0                       CRITICAL
        20:06:30    0                       OK        cleared, told
        """,
    ),
    "hours past midnight belong to the day on which they begin, here Monday": Case(
        "silent = true, hours = '22:00-02:00', days = 'mon'",
        """
        21:56:30    0                       OK
        22:06:30    0                       CRITICAL  raised, told
        00:06:30+1  0                       CRITICAL
        02:06:30+1  0                       OK        cleared, told
        22:06:30+1  0                       OK
        """,
    ),
    "data not coming": Case(
        "stale = '10m'",
        """
        14:06:30    50                      OK
        14:07:00    failed                  OK
        14:09:00    failed                  OK
        14:11:00    failed                  OK
        14:13:00    failed                  OK
        14:15:00    failed                  OK
        14:16:29    failed                  OK
        14:16:30    failed                  CRITICAL  raised, told
        14:18:00    failed                  CRITICAL
        14:18:30    -                       OK        cleared, told
        """,
    ),
    "data not coming: other filters do": Case(
        "stale = '2m'",
        """
        14:06:30    50                      OK
        14:08:30    other                   OK
        14:10:30    other                   OK
        """,
    ),
    "the machine slept: nobody asked, so nothing was late": Case(
        "stale = '10m'",
        """
        14:06:30    50                      OK
        17:00:00    failed                  OK
        17:01:00    failed                  OK
        17:03:00    failed                  OK
        17:05:00    failed                  OK
        17:07:00    failed                  OK
        17:09:00    failed                  OK
        17:10:00    failed                  CRITICAL  raised, told
        """,
    ),
    "the machine slept: what came and went meanwhile raises nothing": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        17:01:30    15:30=120 16:55=50      OK
        """,
    ),
    "the machine slept: what is there when it wakes is told": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        17:01:30    120                     CRITICAL  raised, told
        """,
    ),
    "the machine slept: an alert goes on, and is not told again": Case(
        "above = 108",
        """
        14:06:30    120                     CRITICAL  raised, told
        17:01:30    120                     CRITICAL
        """,
    ),
    "the clock is set back by two hours: the cool-down is no longer for that": Case(
        "above = 108, cooldown = '10m'",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:11:30    50                      OK        cleared, told
        12:11:30    50                      OK
        12:16:30    110                     CRITICAL  raised
        12:21:30    110                     CRITICAL  still raised, told
        """,
    ),
    "the clock is set back: a snooze is no longer than it was set for": Case(
        "above = 108",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:07:00    snooze 10m              CRITICAL  snoozed
        12:07:00    12:00=110               CRITICAL
        12:16:59    12:10=110               CRITICAL
        12:17:00    110                     CRITICAL  still raised, told
        """,
    ),
    "the clock is set back over the end of a window: nothing is cleared by that": Case(
        "above = 108",
        """
        14:10:02    110                     CRITICAL  raised, told
        14:09:58    50                      CRITICAL
        14:11:30    110                     CRITICAL
        """,
    ),
    "the clock is set back a little: the running window that raised it does not end it": Case(
        "above = 108",
        """
        14:10:36    50 ~110                 CRITICAL  raised, told
        14:09:46    failed                  CRITICAL
        14:10:40    50 ~110                 CRITICAL
        """,
    ),
    "the clock is set back: an answer is waited for from then on": Case(
        "stale = '10m'",
        """
        14:06:30    50                      OK
        12:00:00    failed                  OK
        12:02:00    failed                  OK
        12:04:00    failed                  OK
        12:06:00    failed                  OK
        12:08:00    failed                  OK
        12:09:59    failed                  OK
        12:10:00    failed                  CRITICAL  raised, told
        """,
    ),
    "acknowledged: told no more until it has cleared": Case(
        "above = 108",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:07:00    ack                     CRITICAL  acknowledged
        14:11:30    110                     CRITICAL
        14:16:30    50                      OK        cleared, told
        14:21:30    110                     CRITICAL  raised, told
        """,
    ),
    "acknowledged before it could be told": Case(
        "above = 108, cooldown = '15m'",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:11:30    50                      OK        cleared, told
        14:16:30    110                     CRITICAL  raised
        14:17:00    ack                     CRITICAL  acknowledged
        14:26:30    110                     CRITICAL
        14:31:30    50                      OK        cleared
        """,
    ),
    "acknowledging what is not raised does nothing": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:07:00    ack                     OK
        14:11:30    110                     CRITICAL  raised, told
        """,
    ),
    "snoozed: told again at the end where it is still raised": Case(
        "above = 108",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:07:00    snooze 20m              CRITICAL  snoozed
        14:11:30    110                     CRITICAL
        14:26:59    110                     CRITICAL
        14:27:00    110                     CRITICAL  still raised, told
        14:31:30    110                     CRITICAL
        """,
    ),
    "snoozed beforehand, and over when it ends": Case(
        "above = 108",
        """
        14:06:30    50                      OK
        14:07:00    snooze 20m              OK        snoozed
        14:11:30    110                     CRITICAL  raised
        14:16:30    50                      OK        cleared
        14:31:30    50                      OK
        14:36:30    110                     CRITICAL  raised, told
        """,
    ),
    "snoozed: what is between clear and level when the snooze ends is not told": Case(
        "above = 108, clear = 100",
        """
        14:06:30    110                     CRITICAL  raised, told
        14:07:00    snooze 10m              CRITICAL  snoozed
        14:16:30    14:05=104 104           CRITICAL
        14:21:30    104                     CRITICAL
        14:26:30    108                     CRITICAL  still raised, told
        14:31:30    100                     OK        cleared, told
        """,
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_table(name: str) -> None:
    case = TABLES[name]
    assert played(case.rule, case.table, case.limit) == tidy(case.table)
