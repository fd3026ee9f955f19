import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.config.errors import SettingError
from polytop.config.settings import check


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        (
            "HTTPS://API.Example.com:8443/proxy/PolyAI//",
            "https://api.example.com:8443/proxy/PolyAI",
        ),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://127.9.8.7", "http://127.9.8.7"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("http://LOCALHOST:80", "http://localhost:80"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_accepted_urls_lose_their_trailing_slash(given_url: str, kept: str) -> None:
    assert check("base_url", given_url) == kept


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("api.example.com", "is not an https URL"),
        ("ftp://api.example.com", "is not an https URL"),
        ("http://api.example.com", "in the clear"),
        ("http://0.0.0.0:80", "in the clear"),
        ("http://127.0.0.1.evil.example", "in the clear"),
        ("http://localhost.evil.example", "in the clear"),
        ("http://[::2]", "in the clear"),
        ("http://127.1", "in the clear"),
        ("http://128.0.0.1", "in the clear"),
        ("https://user:word@api.example.com", "more than a host"),
        ("http://127.0.0.1@evil.example", "more than a host"),
        ("http://127.0.0.1\\@evil.example", "more than a host"),
        ("https://api.example.com?x=1", "more than a host"),
        ("https://api.example.com#x", "more than a host"),
        ("https://äpi.example.com", "more than a host"),
        ("https://", "no valid host"),
        ("https:///x", "no valid host"),
        ("https://a:0", "no valid host"),
        ("https://a:65536", "no valid host"),
        ("https://a:x", "no valid host"),
        ("https://a..b", "no valid host"),
        ("https://[::1", "no valid host"),
        ("https://[1:2]", "no valid host"),
        ("https://%31", "no valid host"),
        ("https://a/v1", "API's path"),
        ("https://a/v1/x/y", "API's path"),
        ("https://a/x/../y", "API's path"),
    ],
)
def test_refused_urls_say_why_and_are_not_repeated(url: str, problem: str) -> None:
    with pytest.raises(SettingError) as caught:
        check("base_url", url)
    assert problem in caught.value.problem
    assert caught.value.advice
    assert url == "https://" or url not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_whatever_is_accepted_is_https_or_loopback(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}"):
        try:
            kept = str(check("base_url", url))
        except SettingError:
            continue
        assert kept.startswith("https://") or kept.startswith(
            ("http://127.", "http://localhost", "http://[")
        )
        assert not kept.endswith("/")
        assert check("base_url", kept) == kept
