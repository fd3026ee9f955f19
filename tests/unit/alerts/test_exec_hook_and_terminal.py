"""Ways to tell: what is written to the terminal, and commands."""

import asyncio
import json
import logging
import os
import re
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from alert_tables import moment, rule
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE

from polytop.alerts.exec_hook import CommandRunner, build_environment, run_command
from polytop.alerts.messages import Notice, WatchedCalls
from polytop.alerts.state import Change, Event
from polytop.alerts.terminal import desktop_notification
from polytop.model.alert_rules import Rule
from polytop.model.problem import Problem
from polytop.model.stats import Severity
from polytop.model.target import Target

KEY = "sk-MARKER-0123456789"
WATCHED = WatchedCalls("prod", Target("ws-1", "PROJECT-1", "https://a.example", "uk-1"))
ENVIRON = {
    "PATH": os.environ["PATH"],
    "POLYTOP_API_KEY": KEY,
    "POLY_ADK_KEY": KEY,
    "POLY_ADK_KEY_UK": KEY,
    "HOME": "/nowhere",
}


def notice(*words: str, change: Change = Change.RAISED, seconds: float = 20.0) -> Notice:
    found: Rule = replace(rule("above = 108"), name="near; the limit")
    found = replace(found, exec=words, exec_timeout=seconds)
    event = Event(
        at=moment("14:11:30"),
        rule=found.name,
        change=change,
        state=Severity.CRITICAL,
        severity=found.severity,
        text="108 of 120 since 14:05 (6 min)",
        since=moment("14:05"),
        value=108,
        limit=120,
        notified=True,
    )
    return Notice(WATCHED, found, event)


async def until(happened: Callable[[], object]) -> None:
    """Let others run until something has happened, at most 20 seconds."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - what happens is another process's
            await asyncio.sleep(0.005)


def script(text: str) -> tuple[str, ...]:
    return sys.executable, "-c", text


# -- the terminal

PLAIN = "\x1b]9;polytop prod: CRITICAL: near, the limit: 108\a"
TITLED = "\x1b]777;notify;polytop prod: CRITICAL;near, the limit: 108\a"


@pytest.mark.parametrize(
    ("environ", "written"),
    [
        ({"TERM": "xterm-256color"}, PLAIN + TITLED),
        ({"TERM": "xterm-kitty"}, TITLED),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, TITLED),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, PLAIN),
        (
            {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"},
            f"\x1bPtmux;\x1b{PLAIN}\x1b\\" + f"\x1bPtmux;\x1b{TITLED}\x1b\\",
        ),
        ({"TERM": "screen", "TMUX": "x", "LC_TERMINAL": "iTerm2"}, f"\x1bPtmux;\x1b{PLAIN}\x1b\\"),
        ({"TERM": "screen.xterm-256color"}, f"\x1bP{PLAIN}\x1b\\\x1bP{TITLED}\x1b\\"),
    ],
)
def test_a_notification_has_the_form_that_the_terminal_knows(
    environ: dict[str, str], written: str
) -> None:
    assert (
        desktop_notification("polytop prod: CRITICAL", "near; the limit: 108", environ) == written
    )


LINE = "polytop -p prod --at 2026-09-21T14:05Z"


@pytest.mark.parametrize("body", ["near: 108", "near: " + "108 " * 100, "Füße " * 60])
def test_the_line_to_paste_stands_whole_behind_the_text(body: str) -> None:
    written = desktop_notification("polytop prod", body, {"TERM": "xterm-kitty"}, LINE)
    assert written.endswith(f" · {LINE}\a")
    assert written.split(";")[3].startswith(body[:40])
    assert len(written.encode()) <= 256


@pytest.mark.parametrize("line", ["polytop " + "x" * 120, "polytop 'a;b'", "polytop 'a\x1bb'"])
def test_a_line_that_would_not_stand_there_whole_is_left_out(line: str) -> None:
    environ = {"TERM": "xterm-kitty"}
    assert desktop_notification("t", "b", environ, line) == desktop_notification("t", "b", environ)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), ["-p", "prod"]),
        (("-p", "a b; rm -rf *"), ["-p", "a b; rm -rf *"]),
        (("--base-url", "http://[::1]:1/$x"), ["--base-url", "http://[::1]:1/$x"]),
    ],
)
def test_the_line_to_paste_is_quoted_for_a_shell(
    options: tuple[str, ...], words: list[str]
) -> None:
    line = replace(WATCHED, options=options).open_line(moment("14:05:59"))
    assert shlex.split(line) == ["polytop", *words, "--at", "2026-09-21T14:05Z"]
    assert not set("$;*") & set(re.sub(r"'[^']*'", "", line))


ENDS = st.sampled_from(({"TERM": "x"}, {"TMUX": "x"}, {"STY": "x"}))


@given(st.text(max_size=400), st.text(max_size=400), ENDS)
def test_no_text_breaks_out_of_a_notification(
    title: str, body: str, environ: dict[str, str]
) -> None:
    written = desktop_notification(title, body, environ)
    if "TMUX" in environ:
        frames = re.findall(r"\x1bPtmux;\x1b(\x1b[^\x1b]*)\x1b\\", written)
        assert "".join(f"\x1bPtmux;\x1b{each}\x1b\\" for each in frames) == written
    elif "STY" in environ:
        frames = re.findall(r"\x1bP(\x1b[^\x1b]*)\x1b\\", written)
        assert "".join(f"\x1bP{each}\x1b\\" for each in frames) == written
    else:
        frames = re.findall(r"\x1b[^\x1b]*", written)
    plain, titled = frames
    assert re.fullmatch(r"\x1b\]9;[^\x00-\x1f\x7f-\x9f;]*\a", plain)
    assert re.fullmatch(
        r"\x1b\]777;notify;[^\x00-\x1f\x7f-\x9f;]*;[^\x00-\x1f\x7f-\x9f;]*\a", titled
    )
    assert all(len(each.encode()) <= 256 for each in frames)


# -- commands


async def test_a_command_gets_the_alert_as_json_and_in_variables_and_no_key(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    words = script(
        "import json, os, sys; found = json.load(sys.stdin), dict(os.environ), sys.argv[1:]; "
        f"json.dump(found, open({str(out)!r}, 'w'))"
    )
    told = notice(*words, "$HOME; rm -rf *", "two words")
    assert await run_command(told, ENVIRON) is None
    given_json, environ, arguments = json.loads(out.read_text())
    assert given_json == {
        "at": "2026-09-21T14:11:30Z",
        "event": "raised",
        "alert": "near; the limit",
        "state": "CRITICAL",
        "severity": "critical",
        "text": "108 of 120 since 14:05 (6 min)",
        "since": "2026-09-21T14:05:00Z",
        "value": 108,
        "limit": 120,
        "told": True,
        "profile": "prod",
        "account_id": "ws-1",
        "project_id": "PROJECT-1",
        "region": "uk-1",
        "client_env": "live",
        "open": "polytop -p prod --at 2026-09-21T14:05Z",
    }
    assert arguments == ["$HOME; rm -rf *", "two words"]
    assert environ["POLYTOP_ALERT_NAME"] == "near; the limit"
    assert environ["POLYTOP_ALERT_STATE"] == "CRITICAL"
    assert environ["POLYTOP_ALERT_VALUE"] == "108"
    assert environ["POLYTOP_ALERT_OPEN"] == "polytop -p prod --at 2026-09-21T14:05Z"
    assert environ["HOME"] == "/nowhere"
    assert KEY not in out.read_text()


def test_a_value_that_is_not_known_is_an_empty_variable() -> None:
    told = notice("x")
    unknown = replace(told, event=replace(told.event, value=None))
    assert build_environment({}, unknown)["POLYTOP_ALERT_VALUE"] == ""


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (script("raise SystemExit(3)"), "ended with status 3"),
        (script("import sys; sys.exit('first\\nno such \\x1b[31mpager')"), "1: no such ␛[31mpager"),
        (script("import os; os.kill(os.getpid(), 15)"), "was ended by signal 15"),
        (("/nonexistent/page",), "was not started: No such file or directory"),
        (("/",), "was not started: Permission denied"),
        (("pa\0ge",), "was not started"),
    ],
)
async def test_a_command_that_fails_is_a_problem_in_words(
    words: tuple[str, ...], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    problem = await run_command(notice(*words), ENVIRON)
    assert problem is not None
    assert problem.summary.startswith("The command of the alert near; the limit ")
    assert what in problem.summary
    assert problem.advice.endswith(".")
    assert problem.summary in caplog.text
    assert "\x1b" not in caplog.text + problem.summary


async def test_output_of_any_length_is_thrown_away() -> None:
    words = script("import sys; sys.stderr.write('x' * 10**6); print('y' * 10**6); sys.exit(1)")
    problem = await run_command(notice(*words), ENVIRON)
    assert problem is not None
    assert len(problem.summary) < 400


async def test_a_command_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    out = tmp_path / "pid"
    words = script(
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
        f"open({str(out)!r}, 'w').write(str(child.pid)); child.wait()"
    )
    running = asyncio.create_task(run_command(notice(*words, seconds=600.0), ENVIRON))
    await until(lambda: out.exists() and out.read_text())
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    child = Path(f"/proc/{out.read_text()}/stat")
    await until(lambda: not child.exists() or child.read_text().split()[2] == "Z")


async def test_a_command_has_a_time_limit() -> None:
    problem = await run_command(
        notice(*script("import time; time.sleep(600)"), seconds=0.05), ENVIRON
    )
    assert problem is not None
    assert "did not end within 0.05 s" in problem.summary
    assert "exec_timeout" in problem.advice


async def test_changes_that_were_seen_together_all_reach_the_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = script(
        f"import os; open({str(out)!r}, 'a').write(os.environ['POLYTOP_ALERT_EVENT'] + ' ')"
    )
    ended: list[str] = []
    commands = CommandRunner(ENVIRON, lambda name, _: ended.append(name))
    changes = (Change.RAISED, Change.CLEARED, Change.RAISED, Change.CLEARED, Change.RAISED)
    commands.start(*(notice(*words, change=change) for change in changes))
    await until(lambda: len(ended) == len(changes))
    assert out.read_text().split() == [str(change) for change in changes]


async def test_a_grandchild_that_keeps_the_pipes_keeps_nobody_waiting() -> None:
    words = script(
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(200)'])"
    )
    async with asyncio.timeout(PATIENCE):
        assert await run_command(notice(*words), ENVIRON) is None


async def test_commands_of_a_rule_run_one_at_a_time_in_order_and_the_latest_win(
    tmp_path: Path,
) -> None:
    out, gate = tmp_path / "out", tmp_path / "gate"
    os.mkfifo(gate)
    words = script(
        "import os; "
        f"log = open({str(out)!r}, 'a'); print('in', os.environ['POLYTOP_ALERT_EVENT'], file=log); "
        f"log.flush(); open({str(gate)!r}).read(); print('out', file=log)"
    )
    ended: list[tuple[str, Problem | None]] = []
    commands = CommandRunner(ENVIRON, lambda name, problem: ended.append((name, problem)))
    changes = (Change.RAISED, Change.STILL, Change.CLEARED, Change.RAISED, Change.CLEARED)
    for change in changes:
        commands.start(notice(*words, change=change))
        await asyncio.sleep(0)

    def let_on() -> bool:
        # Opening fails for as long as no command waits at the gate.
        with suppress(OSError):
            os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
        return len(ended) == 3

    await until(let_on)
    once = ("in {}", "out")
    said = [each.format(change) for change in ("raised", "raised", "cleared") for each in once]
    assert out.read_text().splitlines() == said
    assert ended == [("near; the limit", None)] * 3
    await commands.aclose()


async def test_closing_ends_what_still_runs() -> None:
    commands = CommandRunner(ENVIRON, lambda name, problem: None)
    await commands.aclose()
    commands.start(notice(*script("import time; time.sleep(600)"), seconds=600.0))
    await asyncio.sleep(0)
    await commands.aclose(patience=0.05)


async def test_a_fault_of_our_own_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    found: list[Problem | None] = []
    told = notice("x")
    broken = replace(told, event=replace(told.event, value={1}))  # type: ignore[arg-type]
    commands = CommandRunner(ENVIRON, lambda name, problem: found.append(problem))
    with caplog.at_level(logging.ERROR):
        commands.start(broken)
        await until(lambda: found)
    assert found[0] is not None
    assert "unexpected error" in caplog.text
    await commands.aclose()
