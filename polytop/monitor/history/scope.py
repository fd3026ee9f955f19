"""What a history is kept of: a question without its range."""

from typing import NamedTuple

from polytop.model.target import Filters, SliceBy, Target


class Scope(NamedTuple):
    """Everything that decides a value except the window.

    Of the target its base URL, account and project count; the region is only another name of
    the first.
    """

    target: Target
    filters: Filters
    slice_by: SliceBy | None = None
