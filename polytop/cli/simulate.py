"""``polytop simulate``: the simulator as an HTTP server on loopback."""

import sys
from socket import socket

import click

from polytop.cli.group import Command
from polytop.cli.options import Number, Parsed

_HOST = "127.0.0.1"

_KEY = "simulator"
"""The key that the server accepts. It is no secret: the data are made up."""


def _parse_scenario(text: str) -> str:
    from polytop.simulator.scenarios import SCENARIOS

    if text not in SCENARIOS:
        raise ValueError(f"{text!r} is not one of: {', '.join(SCENARIOS)}")
    return text


def _listen(port: int) -> socket:
    """A listening socket on loopback. Exits if the port cannot be used."""
    import socket as sockets
    from os import strerror

    try:
        return sockets.create_server((_HOST, port))
    except OSError as error:
        reason = strerror(error.errno).lower() if error.errno else "unknown reason"
        click.echo(
            f"polytop simulate: port {port} cannot be used ({reason}):"
            " choose another with --port, or --port 0 for any that is free",
            err=True,
        )
        sys.exit(1)


def _welcome(port: int, limit: int, scenario: str | None) -> str:
    from polytop.simulator.app import SimulatorConfig

    known = SimulatorConfig()
    account_id, project_id = known.account_id, known.projects[0]
    url = f"http://{_HOST}:{port}"
    return f"""\
{url}

# config.toml
[profiles.simulator]
base_url = "{url}"
account_id = "{account_id}"
project_id = "{project_id}"
limit = {limit}

# credentials.toml
[profiles.simulator]
api_key = "{_KEY}"

# or without a profile
POLYTOP_API_KEY={_KEY} POLYTOP_BASE_URL={url} \
POLYTOP_ACCOUNT_ID={account_id} POLYTOP_PROJECT_ID={project_id} polytop

# scenario: {scenario or "none"}; change it with
curl -X PUT {url}/_simulator/scenario/NAME"""


class _Command(Command):
    """A command whose help lists the scenarios."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from textwrap import fill

        from polytop.simulator.scenarios import SCENARIOS

        rows = [
            fill(f"{name:<15}{scenario.summary}", 78, subsequent_indent=" " * 15)
            for name, scenario in SCENARIOS.items()
        ]
        self.epilog = "\b\nScenarios:\n" + "\n".join(f"  {row}" for row in rows)
        super().format_epilog(ctx, formatter)


@click.command("simulate", cls=_Command)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    metavar="N",
    help="Port on loopback; 0 for any that is free.",
)
@click.option(
    "--scenario",
    type=Parsed("name", _parse_scenario),
    help="The fault or event to simulate: see below.",
)
@click.option("--seed", type=int, metavar="N", default=1, help="Seed of the random calls.")
@click.option(
    "--speed",
    type=Number(0, 10_000, min_open=True),
    default=1.0,
    metavar="X",
    help="Speed of the clock, as a multiple of real time.",
)
@click.option(
    "--variants",
    type=click.IntRange(1, 500),
    default=8,
    metavar="N",
    help="How many variants there are.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=120,
    metavar="N",
    help="Contracted concurrency; traffic is in proportion to it.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log every request on stderr.")
def command(
    *,
    port: int,
    scenario: str | None,
    seed: int,
    speed: float,
    variants: int,
    limit: int,
    verbose: bool,
) -> None:
    """Serve the simulator over HTTP on loopback.

    Prints its base URL and a profile to paste, with the key that it accepts. Stop it with Ctrl-C.
    """
    listening = _listen(port)
    import logging
    import time
    from functools import partial

    from polytop.cli.output import print_lines
    from polytop.model.secret import Secret
    from polytop.simulator.app import Simulator, SimulatorConfig
    from polytop.simulator.clock import FastClock
    from polytop.simulator.server import serve

    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    simulator = Simulator(
        SimulatorConfig(
            seed=seed,
            clock=FastClock(time.time(), speed),
            limit=limit,
            variants=variants,
            scenario=scenario,
            api_key=Secret(_KEY),
            compress=True,
        )
    )
    words = _welcome(listening.getsockname()[1], limit, scenario)
    serve(simulator, listening, partial(print_lines, words), verbose)
