"""One real request with a profile, and what to say about it."""

from dataclasses import dataclass

from polytop.cli.problems import advice
from polytop.cli.runtime.client import Connection, make_client
from polytop.config.profiles import Profile
from polytop.model import grid
from polytop.model.answer import NotOffered
from polytop.model.problem import Problem
from polytop.model.secret import Secret
from polytop.model.series import Series
from polytop.model.target import Filters
from polytop.model.text import printable

_WINDOWS = 12
"""Windows that are asked for: the last hour, the running one included."""


_NEW_KEY = "Create another in Agent Studio under API Keys"
"""What helps where a key is not accepted: the problem's own advice is to run this very test."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Whether the API answered, and lines to show."""

    ok: bool
    lines: tuple[str, ...]


async def probe(profile: Profile, key: Secret, now: float) -> ProbeResult:
    """Ask for the last hour before `now` (epoch seconds) and say what came of it."""
    from polytop.api.errors import ApiError
    from polytop.api.query import Query

    end = grid.floor(now) + grid.STEP
    filters = Filters(profile.client_env)
    query = Query(profile.target(), filters, end - _WINDOWS * grid.STEP, end)
    name = printable(profile.name, 64)
    client = make_client(profile.target(), key, Connection())
    try:
        answer = await client.fetch(query)
    except ApiError as error:
        return ProbeResult(False, _failure(profile, error.problem))
    finally:
        await client.aclose()
    if isinstance(answer, NotOffered) or answer.total is None:
        hint = "check base_url: this server is not the Concurrent Calls API"
        return ProbeResult(False, (f"failed: {name}: the server offers no total", f"  {hint}"))
    milliseconds = round(answer.cost.seconds * 1000)
    return ProbeResult(True, (f"ok: {name} answers, {_figures(answer.total)} ({milliseconds} ms)",))


def _figures(series: Series) -> str:
    known = tuple(series.known())
    if not known:
        return "no window of the last hour has conversations"
    windows = "1 window" if len(known) == 1 else f"{len(known)} windows"
    start, value = known[-1]
    when = "now" if start == series.end - grid.STEP else f"at {grid.to_iso(start)}"
    return f"{windows}, {when} {value}"


def _failure(profile: Profile, problem: Problem) -> tuple[str, ...]:
    lines = [f"failed: {printable(profile.name, 64)}: {printable(problem.summary, 300)}"]
    if problem.error_message:
        lines.append(f"  the API says: {printable(problem.error_message, 500)}")
    told = _NEW_KEY if problem.status == 401 else advice(problem)
    if told:
        lines.append(f"  what to do: {printable(told, 500)}")
    if profile.api_key_source == "adk" and problem.status in {401, 403}:
        lines.append(
            "  a key of PolyAI's own command line may lack the right to read conversations"
        )
    if problem.correlation_id:
        lines.append(f"  correlation id, for support: {printable(problem.correlation_id, 200)}")
    return tuple(lines)
