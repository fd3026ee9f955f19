"""Certificates of the moment, made by the openssl command: a CA, and servers good and bad."""

import ssl
import subprocess
import warnings
from pathlib import Path

HOSTS = ("localhost", "api.polytop.test")
"""The hosts of the good certificate; the second is reached through a proxy alone."""

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Certificates:
    """A CA's certificate at `ca`, and the contexts of servers by name: see :data:`SERVERS`."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "ca.pem"
        self._folder = folder
        self._self_signed("ca", "test CA")
        self._signed("good", HOSTS)
        self._signed("expired", HOSTS, days=-1)
        self._signed("wrong host", ("other.polytop.test",))
        self._self_signed("self-signed", HOSTS[0])

    def context(self, name: str) -> ssl.SSLContext:
        """The context of the server `name`; ``old protocol`` speaks TLS 1.1 at most."""
        old = name == "old protocol"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        file = "good" if old else name
        context.load_cert_chain(self._folder / f"{file}.pem", self._folder / f"{file}.key")
        if old:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that is what is wanted here
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context

    def _self_signed(self, name: str, subject: str) -> None:
        _openssl(
            *("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={subject}"),
            *("-keyout", self._folder / f"{name}.key", "-out", self._folder / f"{name}.pem"),
        )

    def _signed(self, name: str, hosts: tuple[str, ...], days: int = 2) -> None:
        key, request, certificate = (
            self._folder / f"{name}.{ending}" for ending in ("key", "csr", "pem")
        )
        names = ",".join(f"DNS:{host}" for host in hosts)
        _openssl(
            *("req", "-new", *_KEY, "-subj", f"/CN={hosts[0]}"),
            *("-addext", f"subjectAltName={names}", "-keyout", key, "-out", request),
        )
        _openssl(
            *("x509", "-req", "-in", request, "-days", days, "-copy_extensions", "copy"),
            *("-CA", self.ca, "-CAkey", self._folder / "ca.key", "-CAcreateserial"),
            *("-out", certificate),
        )


def _openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
