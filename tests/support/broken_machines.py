"""Machines that are broken or set up oddly, and a call of every command on them."""

import resource
import subprocess
import sys

MAIN = "from polytop.__main__ import main; main()"
NO_USER = """
import pwd

def gone(*_):
    raise KeyError("no such user")

pwd.getpwuid = pwd.getpwnam = gone
"""
TOLD = ("--base-url", "http://127.0.0.1:9", "--account-id", "ws-a", "--project-id", "PROJECT-a")
RANGE = ("--start", "-2h", "--end", "-1h")
CALLS = {
    "monitor": (),
    "capacity": ("capacity", "--peak", "80"),
    "check": ("check",),
    "demo": ("demo",),
    "export": ("export", *RANGE),
    "forecast": ("forecast",),
    "glance": ("glance",),
    "history": ("history", "info"),
    "incident": ("incident", "list"),
    "launch": ("launch", "--start", "x"),
    "mark": ("mark", "list"),
    "profile": ("profile", "list"),
    "replay": ("replay", "recorded.csv"),
    "report": ("report", *RANGE),
    "simulate": ("simulate", "--port", "x"),
}
"""A call of every command that ends by itself."""

SHELL = {
    "no stdin": "<&-",
    "no stdout": ">&-",
    "no stderr": "2>&-",
    "no streams": "<&- >&- 2>&-",
    "full stdout": ">/dev/full",
    "full": ">/dev/full 2>/dev/full",
}
ENVIRONMENTS = {
    "no home": {"HOME": None},
    "relative home": {"HOME": "some/where"},
    "home of a tilde": {"HOME": "~"},
    "no such home": {"HOME": "/nonexistent/x"},
    "home is a device": {"HOME": "/dev/null"},
    "relative folders": {"XDG_CONFIG_HOME": "a", "XDG_DATA_HOME": "~", "XDG_STATE_HOME": "c"},
    "folders are devices": {"XDG_DATA_HOME": "/dev/null", "XDG_STATE_HOME": "/dev/null"},
    "unwritable folders": {"XDG_DATA_HOME": "/proc", "XDG_STATE_HOME": "/proc"},
    "folders of odd bytes": {"XDG_DATA_HOME": "/nonexistent/\udcff", "XDG_STATE_HOME": "/\udcff"},
    "odd zone": {"TZ": "Mars/Phobos"},
    "no zones": {"PYTHONTZPATH": "", "TZ": "Europe/London"},
    "odd locale": {"LANG": "xx_YY.foo", "LC_ALL": "\udcff"},
    "odd encoding": {"PYTHONIOENCODING": "ascii"},
    "odd size": {"COLUMNS": "²", "LINES": "-1"},
    "huge size": {"COLUMNS": "9" * 5_000, "LINES": "99999999"},
    "odd terminal": {"TERM": "\x1b", "TEXTUAL_COLOR_SYSTEM": "x", "FORCE_COLOR": "x"},
    "odd proxies": {"HTTPS_PROXY": "http://p:1\r", "NO_PROXY": "[", "ALL_PROXY": "x\x01"},
    "odd certificates": {"SSL_CERT_FILE": "/dev/zero", "SSL_CERT_DIR": "/dev/null"},
}
FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
LIMITS = {
    "little memory": (resource.RLIMIT_AS, 90 << 20),
    "no files": (resource.RLIMIT_NOFILE, 6),
    "no room": (resource.RLIMIT_FSIZE, 0),
}


def call(home, name, *, shell="", limit=None, before="", more=(), **environ):
    """What came of a command: (status, stdout, stderr)."""
    known = {**home, **environ}
    command = ["sh", "-c", f'cd "{home["HOME"]}"; {shell or "exec"} "$@"', "sh"]
    if shell and not shell.startswith("cd"):
        command[2] = f'cd "{home["HOME"]}"; exec "$@" {shell}'
    done = subprocess.run(
        [*command, sys.executable, "-c", before + MAIN, *CALLS[name], *more],
        env={key: value for key, value in known.items() if value is not None},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        preexec_fn=limit and (lambda: resource.setrlimit(limit[0], (limit[1], limit[1]))),
    )
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode()


def is_well_told(name, status, out, err, *, streams=True):
    """Fails where the end of a command is not as it must be."""
    told = f"{name}: {status}\n{out}\n{err}"
    assert "Traceback" not in out + err, told
    assert "Exception ignored" not in out + err, told
    if name == "check":
        assert status in (0, 1, 2, 3), told
        if streams:
            assert out.count("\n") == 1, told
            assert out.startswith("POLYTOP"), told
    else:
        assert status in (0, 1, 2, 70), told
        assert status != 70 or not streams or "please report it" in err, told


def try_streams(home, name, case):
    """Call `name` with closed or full streams."""
    is_well_told(name, *call(home, name, shell=SHELL[case]), streams=False)


def try_environment(home, name, case):
    """Call `name` with odd variables."""
    environ = ENVIRONMENTS[case]
    folders = dict.fromkeys(FOLDERS) if "HOME" in environ else {}
    status, out, err = call(home, name, **folders, **environ)
    is_well_told(name, status, out, err)
    assert status != 70, err
    assert "unexpected" not in out


def try_limit(home, name, case):
    """Call `name` where the system gives little."""
    is_well_told(name, *call(home, name, limit=LIMITS[case]))


TRIES = [
    *((try_streams, case) for case in SHELL),
    *((try_environment, case) for case in ENVIRONMENTS),
    *((try_limit, case) for case in LIMITS),
]
