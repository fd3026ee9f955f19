"""What the usual environment says about the way to the API: proxies and certificates.

Proxies: ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY`` in either case, and the
system's own settings where it has some. Certificates: ``SSL_CERT_FILE``, ``SSL_CERT_DIR``,
``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, else the system's store, else certifi's.
"""

import ipaddress
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from polytop.api.errors import ProxyFailed, TlsFailed
from polytop.model.problem import Kind, Problem
from polytop.model.text import printable


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by name or by address."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def proxy_for(base_url: str) -> str | None:
    """URL of the proxy to go through to `base_url`, or None. Loopback never has one.

    Raises ProxyFailed for a proxy of a kind that cannot be used. The URL may hold a password:
    it is not for showing, :func:`shown` is.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(base_url)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(host) or proxy_bypass(_netloc(parts)):
        return None
    if _excepted(host, proxies.get("no", "")):
        return None
    url = proxy if "://" in proxy else f"http://{proxy}"
    _check_proxy(url)
    return url


def shown(url: str) -> str:
    """Scheme, host and port of `url`, safe to show: no user, no password, no path."""
    try:
        parts = urlsplit(url)
        return printable(f"{parts.scheme}://{_netloc(parts)}", 200)
    except ValueError:
        return "(not a URL)"


def tls_context(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """The context that verifies the server. Blocks for some 20 ms: call it in a thread.

    Raises TlsFailed where the environment names certificates that cannot be read.
    """
    file, directory = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file or directory:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        return _trusting(name, file or None, directory or None)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        bundle = environ.get(name)
        if bundle:
            is_directory = Path(bundle).is_dir()
            return _trusting(name, *((None, bundle) if is_directory else (bundle, None)))
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"] and not _store_directory():
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _trusting(name: str, file: str | None, directory: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file, capath=directory)
    except OSError as error:
        reason = printable(error.strerror or "no certificates in it", 200)
    raise TlsFailed(
        Problem(
            kind=Kind.OFFLINE,
            summary=f"The certificates that {name} names cannot be read ({reason})",
            advice=f"Correct {name} or unset it.",
        )
    )


def _store_directory() -> bool:
    """Whether the system keeps its certificates in a folder that is read as they are needed."""
    directory = ssl.get_default_verify_paths().capath
    return directory is not None and any(Path(directory).iterdir())


def _netloc(parts: SplitResult) -> str:
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{bracketed}:{parts.port}" if parts.port else bracketed


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _excepted(host: str, no_proxy: str) -> bool:
    """Whether `no_proxy` holds `host` in a form the standard library does not know.

    That is ``*`` among others, ``*.example.com``, ``[::1]`` and networks such as ``10.0.0.0/8``.
    """
    address = _address(host)
    for entry in filter(None, (part.strip().lower() for part in no_proxy.split(","))):
        if entry == "*" or (entry.startswith("*.") and host.lower().endswith(entry[1:])):
            return True
        if address is not None and _holds(entry, address):
            return True
    return False


def _holds(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False


def _check_proxy(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ProxyFailed(
            Problem(
                kind=Kind.OFFLINE,
                summary=f"The proxy {shown(url)} cannot be used",
                advice="Set HTTPS_PROXY to an http:// or https:// proxy, or name the API's host "
                "in NO_PROXY.",
            )
        )
