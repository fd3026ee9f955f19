"""Test a profile with one real request."""

from dataclasses import replace

from polytop.cli.problems import advice
from polytop.cli.runtime.client import Connection, make_client
from polytop.config.profiles import Profile
from polytop.model import grid
from polytop.model.answer import NotOffered, losses_problem
from polytop.model.frozen import frozen
from polytop.model.problem import Problem
from polytop.model.secret import Secret
from polytop.model.series import Series
from polytop.model.server_clock import ServerClock
from polytop.model.target import Filters
from polytop.model.text import format_count, printable

_WINDOWS = 12
"""Windows to request: the last hour, with the running one."""


_NEW_KEY = "Create another in Agent Studio under API Keys"
"""Advice for a key that is not accepted: the problem's own advice is to run this test."""


@frozen
class ProbeResult:
    """True if the API answered, and the lines to show."""

    ok: bool
    lines: tuple[str, ...]


async def probe(
    profile: Profile, key: Secret, now: float, failed: str | None = None
) -> ProbeResult:
    """Request the last hour before `now` (epoch seconds); again, if the server says that it is not.

    `failed` begins the line of a failure, by default with the name of the profile.
    """
    clock = ServerClock(lambda: now)
    result = await _probe(profile, key, clock, failed)
    if (problem := clock.problem()) is None:
        return result
    result = await _probe(profile, key, clock, failed)
    return replace(result, lines=(*result.lines, f"  {problem.summary}. {problem.advice}"))


async def _probe(
    profile: Profile, key: Secret, clock: ServerClock, failed: str | None
) -> ProbeResult:
    from polytop.api.errors import ApiError
    from polytop.api.query import Query

    end = grid.floor(clock()) + grid.STEP
    filters = Filters(profile.client_env)
    query = Query(profile.target(), filters, end - _WINDOWS * grid.STEP, end)
    name = printable(profile.name, 64)
    failed = failed or f"failed: {name}"
    client = make_client(profile.target(), key, Connection(), clock)
    try:
        answer = await client.fetch(query)
    except ApiError as error:
        return ProbeResult(False, _failure(failed, profile, error.problem))
    finally:
        await client.aclose()
    if isinstance(answer, NotOffered) or answer.total is None:
        hint = "check base_url: this server is not the Concurrent Calls API"
        return ProbeResult(False, (f"{failed}: the server offers no total", f"  {hint}"))
    if (unread := losses_problem(answer, end, current=True)) is not None:
        return ProbeResult(False, _failure(failed, profile, unread))
    milliseconds = round(answer.cost.seconds * 1000)
    return ProbeResult(True, (f"ok: {name} answers, {_figures(answer.total)} ({milliseconds} ms)",))


def _figures(series: Series) -> str:
    known = tuple(series.known())
    if not known:
        return "no window of the last hour has conversations"
    start, value = known[-1]
    when = "now" if start == series.end - grid.STEP else f"at {grid.to_iso(start)}"
    return f"{format_count(len(known), 'window')}, {when} {value}"


def _failure(failed: str, profile: Profile, problem: Problem) -> tuple[str, ...]:
    lines = [f"{failed}: {printable(problem.summary, 300)}"]
    if problem.error_message:
        lines.append(f"  the API says: {printable(problem.error_message, 500)}")
    what_to_do = _NEW_KEY if problem.status == 401 else advice(problem)
    if what_to_do:
        lines.append(f"  what to do: {printable(what_to_do, 500)}")
    if profile.api_key_source == "adk" and problem.status in {401, 403}:
        lines.append(
            "  a key of PolyAI's own command line may lack the right to read conversations"
        )
    if problem.correlation_id:
        lines.append(f"  correlation id, for support: {printable(problem.correlation_id, 200)}")
    return tuple(lines)
