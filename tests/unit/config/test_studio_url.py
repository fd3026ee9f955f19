import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polytop.config.errors import ConfigError
from polytop.config.studio_url import HOSTS, StudioPlace, parse_studio_url

SLUGS = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=30).filter(
    lambda text: text not in {".", ".."}
)
TAILS = st.sampled_from(["", "/", "/home?branchId=BRANCH-1", "/conversations/CA-1#top", "?x=1"])


@settings(deadline=None)
@given(st.sampled_from(sorted(HOSTS)), SLUGS, SLUGS, TAILS, st.booleans())
def test_every_studio_address_gives_its_project(
    host: str, account: str, project: str, tail: str, scheme: bool
) -> None:
    address = f"{'https://' if scheme else ''}{host}/{account}/{project}{tail}"
    place = parse_studio_url(f"  <{address}>\n")
    assert place == StudioPlace(HOSTS[host], account, project)
    known = {"account_id": account, "project_id": project}
    assert place.settings() == known | ({"region": HOSTS[host]} if HOSTS[host] else {})


@pytest.mark.parametrize("region", ["us-1", "uk-1", "euw-1"])
def test_the_address_of_the_api_works_too(region: str) -> None:
    url = f"https://api.{region}.platform.polyai.app/v1/ws-1/P-2/conversations/concurrency?x=1"
    assert parse_studio_url(url) == StudioPlace(region, "ws-1", "P-2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-MARKER",
        "https://example.com/MARKER/b",
        "https://studio.uk.poly.ai.MARKER.example/a/b",
        "https://studio.uk.poly.ai/MARKER",
        "https://studio.uk.poly.ai/MARKER/%2F",
        "https://studio.uk.poly.ai/MARKER/%1b",
        "https://api.mars-1.platform.polyai.app/v1/MARKER/b",
        "https://api.uk-1.platform.polyai.app/MARKER/a/b",
        "ftp://studio.uk.poly.ai/MARKER/b",
        "https://[MARKER/a/b",
    ],
)
def test_any_other_text_is_refused_with_the_form_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_studio_url(text)
    assert "https://studio.uk.poly.ai/<account>/<project>" in str(caught.value)
    assert "MARKER" not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    for address in (text, f"https://studio.uk.poly.ai/{text}"):
        try:
            place = parse_studio_url(address)
        except ConfigError:
            continue
        assert "/" not in place.account_id + place.project_id
