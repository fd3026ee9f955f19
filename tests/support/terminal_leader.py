"""A stand-in for a shell: it leads the session, owns the terminal, outlives the program.

Without it the program itself would lead the session, and its end would reset the terminal's
attributes, whatever state it left them in. Run as ``terminal_leader.py TTY COMMAND …``; says on
stdout, a line each: the program's id and when it was started, then its status, when it ended
and the CPU time that it took. Stays until its stdin is closed.
"""

import os
import signal
import sys
import time

HEEDED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)


def main() -> None:
    """Start the program, wait for its end, report its exit status."""
    for number in HEEDED:
        signal.signal(number, signal.SIG_IGN)
    tty = os.open(sys.argv[1], os.O_RDWR)  # the first terminal that a session opens is its own
    started = time.monotonic()
    process = os.posix_spawnp(
        sys.argv[2],
        sys.argv[2:],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, tty, fd) for fd in (0, 1, 2)],
        setsigdef=[*HEEDED, signal.SIGPIPE],
    )
    print(process, started, flush=True)
    _, status, used = os.wait4(process, 0)
    cpu = used.ru_utime + used.ru_stime
    print(os.waitstatus_to_exitcode(status), time.monotonic(), cpu, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
