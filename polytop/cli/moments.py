"""Moments as options of a command: ISO 8601, or relative to now as ``-2h``."""

from typing import Any

import click

from polytop.model.moment import Moment, moment

__all__ = ["Moment", "MomentType", "moment"]


class MomentType(click.ParamType[Moment]):
    """An option that is a moment."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Moment:
        """The moment, or a usage error that says how to write one."""
        if isinstance(value, Moment):
            return value
        try:
            return moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
