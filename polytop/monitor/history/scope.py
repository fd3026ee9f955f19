"""What a history is kept of: a question without its range."""

from dataclasses import dataclass

from polytop.model.target import Filters, SliceBy, Target


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that decides a value except the window.

    Of the target its base URL, account and project count; the region is only another name of
    the first.
    """

    target: Target
    filters: Filters
    slice_by: SliceBy | None = None
