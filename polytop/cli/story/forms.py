"""The forms of a report, and which ending of a file stands for which."""

from collections.abc import Mapping
from pathlib import Path

from polytop.cli.output_file import PACKED
from polytop.cli.story import document, html, markdown
from polytop.cli.story.tell import tell
from polytop.config.errors import one_of
from polytop.model.report import Report
from polytop.model.text import printable

MARKDOWN, HTML, JSON = "markdown", "html", "json"

ENDINGS: Mapping[str, str] = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".json": JSON,
}


def form_of(path: str) -> str:
    """The form that the ending of `path` stands for; Markdown without one.

    Raises ValueError for another ending.
    """
    ending = Path(path.lower().removesuffix(PACKED)).suffix
    if ending and ending not in ENDINGS:
        raise ValueError(
            f"no report has the ending {printable(ending, 20)}: give --format, or use "
            f"{one_of(ENDINGS)}, each also with {PACKED}"
        )
    return ENDINGS.get(ending, MARKDOWN)


def write(report: Report, form: str, *, picture: bool = True) -> str:
    """`report` in `form`; Markdown without its `picture` is for the eyes of a terminal."""
    if form == JSON:
        return document.write(report)
    story = tell(report)
    return html.write(story) if form == HTML else markdown.write(story, picture=picture)
