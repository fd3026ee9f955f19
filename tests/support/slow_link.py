"""An sshd on loopback, and a slow link before it."""

import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from getpass import getuser
from pathlib import Path

SEGMENT, HEADERS = 1_448, 52
"""Bytes of data in a packet of TCP, and those of its headers."""

SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""

PRIVILEGE = Path("/run/sshd")
"""A folder without which an sshd of root does not start."""


def sshd() -> str | None:
    """Return the path of sshd, if there is one."""
    return shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")


class SlowLink:
    """Leads a port of loopback to another, `delay` seconds and `rate` bits a second each way.

    `sent` are the bytes that went back to the client, headers of packets included.
    """

    def __init__(self, target: int, delay: float, rate: float) -> None:
        self._target, self._delay, self._rate = target, delay, rate
        self._sockets: list[socket.socket] = []
        self.sent = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break all connections."""
        while self._sockets:
            with suppress(OSError):
                self._sockets.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more connections, break those there are."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            for end in (near, far):
                # What waits in the kernel is little: whoever sends too much is held up.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets += near, far
            self._lead(near, far, counts=False)
            self._lead(far, near, counts=True)

    def _lead(self, source: socket.socket, sink: socket.socket, *, counts: bool) -> None:
        underway: queue.Queue[tuple[float, bytes]] = queue.Queue(16)

        def read() -> None:
            free, chunk = 0.0, b"-"
            while chunk:
                try:
                    chunk = source.recv(SEGMENT)
                except OSError:
                    chunk = b""
                size = len(chunk) + HEADERS
                free = max(free, time.monotonic()) + 8 * size / self._rate
                self.sent += size * counts
                underway.put((free + self._delay, chunk))

        def write() -> None:
            with sink, suppress(OSError):
                chunk = b"-"
                while chunk:
                    due, chunk = underway.get()
                    time.sleep(max(0.0, due - time.monotonic()))
                    sink.sendall(chunk)
                sink.shutdown(socket.SHUT_RDWR)

        for work in (read, write):
            threading.Thread(target=work, daemon=True).start()


class SshServer:
    """An sshd for this user alone, with keys of its own in `folder`. A context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)],
                check=True,
            )
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        (folder / "sshd_config").write_text(SERVER.format(port=self.port, folder=folder))
        known = (folder / "host.pub").read_text()
        (folder / "known").write_text(f"far {known}")

    def __enter__(self) -> "SshServer":
        self._made = os.geteuid() == 0 and not PRIVILEGE.exists()
        if self._made:
            PRIVILEGE.mkdir(mode=0o755)
        command = [str(sshd()), "-D", "-E", str(self._folder / "log")]
        self._process = subprocess.Popen([*command, "-f", str(self._folder / "sshd_config")])
        for _ in range(100):
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port)),
            ):
                return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError((self._folder / "log").read_text())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        if self._made:
            PRIVILEGE.rmdir()

    def client(self, port: int) -> list[str]:
        """Return the command that opens a terminal there by way of `port`."""
        options = {
            "IdentityFile": self._folder / "user",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self._folder / "known",
            "HostKeyAlias": "far",
            "StrictHostKeyChecking": "yes",
        }
        chosen = [f"-o{name}={value}" for name, value in options.items()]
        return ["ssh", "-t", "-F", "none", *chosen, "-p", str(port), f"{getuser()}@127.0.0.1"]
