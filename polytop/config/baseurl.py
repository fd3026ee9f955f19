"""The rules of a base URL: https, or http to this very machine."""

import re

from polytop.config.errors import SettingError

_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>\d+))?")


def checked(setting: str, text: str) -> str:
    """`text` without a trailing slash and with scheme and host in lower case.

    Raises SettingError for anything but https (http for 127.0.0.0/8, ::1 and localhost), and
    for user names, queries, fragments and the API's own path.
    """
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in {"https", "http"}:
        raise SettingError(setting, "is not an https URL", "write it as https://host")
    if re.search(r"[?#@\\\s]", rest) or not rest.isascii():
        problem = "has more than a host and a path (a user name, a query, a fragment)"
        raise SettingError(setting, problem, "write it as https://host")
    authority, slash, path = rest.partition("/")
    host = _HOST.fullmatch(authority)
    if host is None or not _is_host(host) or not _is_port(host["port"]):
        raise SettingError(setting, "names no valid host", "write it as https://host or host:port")
    if scheme == "http" and not _is_loopback(host):
        problem = "is http, which would send the key in the clear"
        raise SettingError(setting, problem, "use https; http is for this machine (127.0.0.1) only")
    path = path.rstrip("/")
    segments = path.split("/")
    if any(segment in {".", "..", "v1"} for segment in segments):
        raise SettingError(setting, "holds the API's path", "end it before /v1")
    return f"{scheme}://{authority.lower()}{slash if path else ''}{path}"


def _is_port(port: str | None) -> bool:
    return port is None or (len(port) <= 5 and 0 < int(port) < 65_536)


def _is_host(host: re.Match[str]) -> bool:
    if host["v6"] is None:
        labels = host["name"].split(".")
        return all(0 < len(label) < 64 for label in labels) and len(host["name"]) < 254
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(host["v6"])
    except AddressValueError:
        return False
    return True


def _is_loopback(host: re.Match[str]) -> bool:
    from ipaddress import AddressValueError, IPv4Address, IPv6Address

    if host["v6"] is not None:
        return IPv6Address(host["v6"]) == IPv6Address(1)
    if host["name"].lower() == "localhost":
        return True
    try:
        return IPv4Address(host["name"]).packed[0] == 127
    except AddressValueError:
        return False
