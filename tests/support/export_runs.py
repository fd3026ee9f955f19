"""``polytop export`` on the simulator behind the real client."""

from typing import Any

from simulated_profiles import ENVIRON, simulated, way

from polytop.cli.export.command import command, run

PLACE = {
    **ENVIRON,
    "POLYTOP_BASE_URL": "https://simulator.invalid",
    "POLYTOP_ACCOUNT_ID": "ws-simulator",
    "POLYTOP_PROJECT_ID": "PROJECT-simulator",
}


async def no_time(_: float) -> None:
    return


def exported(service: Any, *arguments: str, environ: dict[str, str] | None = None) -> int:
    options = command.make_context("export", list(arguments)).params
    return run(options, PLACE if environ is None else environ, way(service), no_time)


def breaking(after: int) -> Any:
    """The service, with a key that is taken back after so many answers."""
    service = simulated()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if service.count == after:
            service.set_scenario("403")
        await service(scope, receive, send)

    return app
