"""Errors in words for one line of a terminal or a log, and for the screen."""

import logging
from collections.abc import Sequence

from polytop.config.errors import ConfigError
from polytop.model.problem import Kind, Problem
from polytop.model.text import printable


def config_problem(error: ConfigError) -> Problem:
    """A configuration error as the screen shows it; it goes to the log too."""
    logging.getLogger("polytop.cli").warning("%s", error)
    return error.as_problem()


def config_line(error: ConfigError) -> Problem:
    """A configuration error for :func:`problem_line`; it goes to the log too."""
    config_problem(error)
    return Problem(Kind.REFUSED, error.message, error.advice)


def advice(problem: Problem) -> str:
    """Advice for `problem`, without what only the monitor does by itself."""
    sentences = problem.advice.rstrip(".").split(". ")
    kept = ". ".join(each for each in sentences if "the monitor" not in each.lower())
    if not kept and problem.retry_after is not None:
        return f"Wait {problem.retry_after:.0f} s"
    return kept


def problem_line(problem: Problem) -> str:
    """`problem` on one line, safe to show: what happened, what the API says, what to do."""
    parts = [problem.summary.rstrip(".")]
    if problem.error_message:
        parts.append(f"the API says: {problem.error_message.rstrip('.')}")
    parts.append(advice(problem))
    if problem.correlation_id and problem.correlation_id not in parts[-1]:
        parts.append(f"correlation id {problem.correlation_id}")
    return printable(join_sentences(parts), 600)


def join_sentences(parts: Sequence[str]) -> str:
    """The non-empty `parts` in a row; one that begins with a capital is a new sentence."""
    text = ""
    for part in filter(None, parts):
        text += f"{'. ' if part[0].isupper() else '; '}{part}" if text else part
    return text
