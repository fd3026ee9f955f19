"""Text in terminal cells: cut and pad."""

from rich.cells import cell_len, set_cell_size


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; if it is cut, ``…`` is its last character."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def pad(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut or filled with blanks."""
    return set_cell_size(cut(text, width), width)
