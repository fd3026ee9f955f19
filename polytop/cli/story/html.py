"""A story as one HTML file: no script, nothing loaded, and its own policy that forbids both."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from polytop.cli.story.blocks import (
    Block,
    Figures,
    Items,
    Paragraph,
    Picture,
    Quote,
    Section,
    Story,
    Table,
    Text,
    pieces,
    plain,
)
from polytop.cli.story.picture import STYLE
from polytop.model.text import defuse_formula, printable

_STYLE = (
    """\
:root{color-scheme:light dark;--page:#fff;--ink:#1f2933;--soft:#5f6b7a;--line:#e3e7ec;
--tint:#f6f8fa}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--ink:#e6e9ee;--soft:#9aa5b4;--line:#2c343f;
--tint:#1a2029}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:2.4rem 0 .6rem;padding-top:.9rem;border-top:1px solid var(--line)}
p{margin:.5rem 0;max-width:44rem}.when{color:var(--soft);margin:.3rem 0 1.4rem}
.lead{font-size:1.1rem}.note{color:var(--soft);font-size:.9rem}
.figures{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.4rem 0}
.figures div{flex:1 1 8rem;background:var(--tint);border-radius:.5rem;padding:.7rem .9rem}
.figures b{display:block;font-size:1.6rem;line-height:1.2;font-variant-numeric:tabular-nums}
.figures span{display:block;color:var(--soft);font-size:.85rem}
figure{margin:1.2rem 0 0}svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto;margin:.8rem 0}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.95rem}
th,td{padding:.35rem .9rem .35rem 0;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top;unicode-bidi:isolate}
th{color:var(--soft);font-weight:500}td{white-space:nowrap}
.r{text-align:right}td.w{white-space:normal;min-width:7rem}
th:last-child,td:last-child{padding-right:0}
bdi{overflow-wrap:anywhere}ul{padding-left:1.2rem;max-width:44rem}li{margin:.3rem 0}
@media (max-width:36rem){main{padding:1.2rem .9rem 3rem}table{font-size:.85rem}
figure{overflow-x:auto}svg{min-width:40rem}}
@media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#ccc;--tint:#f6f6f6}
body{font-size:11pt}main{padding:0;max-width:none}h2{break-after:avoid}
tr,figure,.figures div{break-inside:avoid}.scroll,figure{overflow:visible}svg{min-width:0}}
"""
    + STYLE
)

_LONG = 24
"""Characters of a cell that may be broken into lines."""

_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""What a browser may do with the page: apply its one style, and nothing else."""


def write(story: Story) -> str:
    """`story` as an HTML document in UTF-8."""
    body = "\n".join(_parts(story))
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{_escape(plain(story.title))}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _escape(text: str) -> str:
    """`text` for any place of the page; what a browser or a reader would obey is made visible."""
    return escape(printable(text), quote=True)


def _text(text: Text) -> str:
    return "".join(
        f"<bdi>{_escape(each.text)}</bdi>" if isinstance(each, Quote) else _escape(each)
        for each in pieces(text)
    )


def _parts(story: Story) -> Iterator[str]:
    yield f"<h1>{_text(story.title)}</h1>"
    yield f'<p class="when">{_escape(story.subtitle)}</p>'
    for place, section in enumerate(story.sections):
        yield from _section(section, first=place == 0)


def _section(section: Section, *, first: bool) -> Iterator[str]:
    if not first:
        yield f"<h2>{_escape(section.title)}</h2>"
    lead = first
    for block in section.blocks:
        lead = lead and isinstance(block, Paragraph)
        yield _block(block, lead=lead)


def _block(block: Block, *, lead: bool) -> str:
    match block:
        case Paragraph(text):
            return f'<p class="{"lead" if lead else "note"}">{_text(text)}</p>'
        case Figures(figures):
            boxes = (
                f"<div><span>{_escape(label)}</span><b>{_escape(value)}</b>"
                f"<span>{_escape(note)}</span></div>"
                for label, value, note in figures
            )
            return f'<div class="figures">{"".join(boxes)}</div>'
        case Items(items):
            return "<ul>" + "".join(f"<li>{_text(each)}</li>" for each in items) + "</ul>"
        case Picture(svg, (width, height), words):
            return (
                f'<figure><svg viewBox="0 0 {width} {height}" role="img" '
                f'aria-label="{_escape(words)}">{svg}</svg></figure>'
            )
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    def row(kind: str, cells: tuple[Text, ...]) -> str:
        written = (
            f'<{kind} class="{_classes(each, place, table)}">{_text(_cell(each))}</{kind}>'
            for place, each in enumerate(cells)
        )
        return f"<tr>{''.join(written)}</tr>"

    rows = "".join(row("td", each) for each in table.rows)
    head = f"<thead>{row('th', table.head)}</thead>" if any(table.head[1:]) else ""
    return f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def _classes(text: Text, place: int, table: Table) -> str:
    """``r`` is at the right, ``w`` may have several lines."""
    long = any(isinstance(each, Quote) for each in pieces(text)) or len(plain(text)) > _LONG
    return " ".join(["r"] * (place >= table.words) + ["w"] * long)


def _cell(text: Text) -> Text:
    """A cell that no spreadsheet takes for a formula when the table is pasted into it."""
    first, *rest = pieces(text)
    return (Quote(defuse_formula(first.text)), *rest) if isinstance(first, Quote) else text
