"""When the screen is painted over a slow link."""

from polytop.ui.paint_pace import APART, HURRY, PaintPace, is_remote


def painted_at(moments: list[float], keys: list[float] = []) -> list[float]:  # noqa: B006
    """Which of `moments` the screen is painted at, with keys pressed at `keys`."""
    pace, found, left = PaintPace(), [], sorted(keys)
    for now in moments:
        while left and left[0] <= now:
            pace.hurry(left.pop(0))
        if pace.wait(now) <= 0:
            pace.painted(now)
            found.append(now)
    return found


def test_a_minute_of_seconds_has_a_painting_every_five() -> None:
    found = painted_at([float(second) for second in range(60)])
    assert found == [float(second) for second in range(0, 60, int(APART))]


def test_what_follows_a_key_is_painted_at_once() -> None:
    moments = [100.0, 101.0, 102.0, 102.3, 102.9, 102.0 + HURRY + 0.1, 108.0]
    assert painted_at(moments, keys=[102.0]) == [100.0, 102.0, 102.3, 102.9, 108.0]


def test_the_wait_is_what_is_left_of_the_time_between() -> None:
    pace = PaintPace()
    pace.painted(100.0)
    assert pace.wait(102.0) == APART - 2.0


def test_only_ssh_is_remote() -> None:
    assert is_remote({"SSH_TTY": "/dev/pts/1"})
    assert is_remote({"SSH_CONNECTION": "::1 1 ::1 22"})
    assert not is_remote({"TERM": "xterm"})
