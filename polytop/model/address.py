"""Host names and addresses."""


def is_loopback(host: str) -> bool:
    """Return True if `host` is this machine: localhost, a name below it, 127.0.0.0/8 or ::1.

    An IPv6 address comes without brackets. Source for the names: RFC 6761, 6.3.
    """
    from ipaddress import ip_address

    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
