"""Work that start-up leaves out for speed is done afterwards."""

import subprocess
import sys

LATER = """
import gc, sys
from polytop import __main__, cli
from polytop.cli.profile import command as profile
profile.command.callback = lambda *_, **__: print("collecting", gc.isenabled())
profile.command.invoke_without_command = True
profile.command.no_args_is_help = False
sys.argv[1:] = ["profile"]
__main__.main()
"""


def test_garbage_is_collected_once_a_command_runs(home: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATER], env=home, capture_output=True, text=True, check=True
    )
    assert done.stdout == "collecting True\n"
