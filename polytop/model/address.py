"""Host names and addresses."""


def is_loopback(host: str) -> bool:
    """Return True if `host` is this machine for certain: localhost, 127.0.0.0/8 or ::1.

    An IPv6 address comes without brackets. A name below localhost is left to the resolver, which
    may answer with any address: a key must not go there in the clear.
    """
    from ipaddress import ip_address

    name = host.lower().rstrip(".")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
