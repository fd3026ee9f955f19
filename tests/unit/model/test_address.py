"""Loopback hosts by name and by address."""

import pytest

from polytop.model.address import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("polytop.localhost", False),
        ("127.0.0.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("127.1", False),
        ("::2", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
