"""Words from outside are words in every form of a report, whatever stands in them."""

import base64
import json
import re
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_data import HOSTILE, report_with

from polytop.cli.story import html, markdown
from polytop.cli.story.document import write as write_json
from polytop.cli.story.forms import HTML, JSON, MARKDOWN, write
from polytop.cli.story.tell import tell
from polytop.model.text import printable

PLAIN = "Main line"
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(), min_size=1, max_size=60),
    st.text("<>&\"'`|\\*_[]()!#:/@\n\r\t =+-~$\u202e\x1b", min_size=1, max_size=60),
)


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self.quotes: list[str] = []
        self._quoted = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for name, value in attrs if name not in {"aria-label"}]
        if tag == "bdi":
            self._quoted = True
            self.quotes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._quoted = self._quoted and tag != "bdi"

    def handle_data(self, data: str) -> None:
        if self._quoted:
            self.quotes[-1] += data


def obeyed(text: str) -> list[str]:
    """Characters that a terminal or a reader obeys instead of showing them."""
    return [char for char in text if not char.isprintable() and char != "\n"]


@cache
def plain_page() -> Page:
    return Page(write(report_with(PLAIN), HTML))


def page_is_plain(words: str) -> None:
    """The page has the elements that it has with plain words, and shows `words`."""
    text = write(report_with(words), HTML)
    found, plain = Page(text), plain_page()
    assert found.elements == plain.elements
    assert sorted(set(found.values)) == sorted(set(plain.values))
    assert len(found.quotes) == len(plain.quotes)
    assert printable(words) in found.quotes
    assert obeyed(text) == []


@pytest.mark.parametrize("words", HOSTILE)
def test_no_word_is_markup_on_the_page(words: str) -> None:
    page_is_plain(words)


@given(TEXTS)
def test_no_text_at_all_is_markup_on_the_page(words: str) -> None:
    page_is_plain(words)


def test_the_page_forbids_scripts_and_loads_nothing() -> None:
    text = write(report_with(HOSTILE[0]), HTML)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    page = Page(text)
    assert {"script", "img", "link", "iframe", "a"}.isdisjoint({tag for tag, _ in page.elements})
    names = {name for _, names in page.elements for name in names}
    assert not [name for name in names if name.startswith("on") or name in {"src", "href", "style"}]
    assert "url(" not in text
    assert "@import" not in text


VIEWER = MarkdownIt("gfm-like", {"html": True})


@cache
def rendered(words: str) -> Page:
    """The report with `words` as a viewer of Markdown shows it, whose picture is left out."""
    return Page(VIEWER.render(write(report_with(words), MARKDOWN, picture=False)))


def markdown_is_plain(words: str) -> None:
    """A viewer of Markdown that links addresses makes of it what it makes of plain words."""
    found, plain = rendered(words), rendered(PLAIN)
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in plain.elements]
    assert {"a", "script"}.isdisjoint({tag for tag, _ in found.elements})


@pytest.mark.parametrize("words", HOSTILE)
def test_no_word_is_markup_in_markdown(words: str) -> None:
    markdown_is_plain(words)
    assert obeyed(write(report_with(words), MARKDOWN)) == []


@given(TEXTS)
def test_no_text_at_all_is_markup_in_markdown(words: str) -> None:
    markdown_is_plain(words)


@given(TEXTS)
def test_a_quote_of_markdown_is_one_piece_of_code_in_a_table_too(words: str) -> None:
    viewer = MarkdownIt("commonmark").enable("table")
    cell = viewer.render(f"| a | b |\n| --- | --- |\n| {markdown.quote(words)} | x |\n")
    assert cell.count("<td>") == 2
    assert cell.count("<td><code>") == 1
    assert "<td>x</td>" in cell


def test_a_name_that_is_not_hostile_is_itself() -> None:
    assert markdown.quote("Billing & refunds – ES") == "`Billing & refunds – ES`"
    assert markdown.quote("a`b") == "``a`b``"
    assert markdown.quote("`b") == "`` `b ``"
    assert markdown.quote("a|b") == "`a¦b`"


@pytest.mark.parametrize("words", HOSTILE)
def test_the_picture_is_an_image_of_valid_xml_without_scripts(words: str) -> None:
    text = write(report_with(words), MARKDOWN)
    address = re.search(r"^\[graph\]: data:image/svg\+xml;base64,(\S+)$", text, re.MULTILINE)
    assert address
    assert len(re.findall(r"^!\[.*\]\[graph\]$", text, re.MULTILINE)) == 1
    root = ElementTree.fromstring(base64.b64decode(address[1]))
    kinds = {each.tag.partition("}")[2] for each in root.iter()}
    assert kinds <= {
        "svg",
        "style",
        "path",
        "text",
        "rect",
        "polygon",
        "polyline",
        "circle",
        "title",
    }
    titles = [each.text for each in root.iter() if each.tag.endswith("}title")]
    assert titles == [printable(words)] * 2


@given(TEXTS)
def test_json_is_ascii_and_has_the_words_themselves(words: str) -> None:
    text = write(report_with(words), JSON)
    assert text.isascii()
    assert obeyed(text) == []
    found = json.loads(text)
    assert found["marks"][0]["text"] == words == found["profile"] == found["rows"][0]["name"]


@pytest.mark.parametrize("form", [html, markdown])
@pytest.mark.parametrize("words", [each for each in HOSTILE if each[0] in "=+"])
def test_no_cell_is_a_formula_of_a_spreadsheet(form: object, words: str) -> None:
    text = form.write(tell(report_with(words)))
    cells = re.findall(r"<td[^>]*><bdi>(.)", text) or re.findall(r"\| `+(.)", text)
    assert len(cells) > 5
    assert not set(cells) & set("=+-@")


def test_the_document_has_the_same_keys_always() -> None:
    assert (
        json.loads(write_json(report_with(HOSTILE[0]))).keys()
        == json.loads(write_json(report_with(PLAIN))).keys()
    )
