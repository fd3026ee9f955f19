"""Performance data of a monitoring plug-in.

Source: Monitoring Plugins Development Guidelines, "Performance data":
``'label'=value[UOM];[warn];[crit];[min];[max]``, apart by spaces, empty ends left out.
"""

from dataclasses import dataclass

from polytop.cli.thresholds import Range, number


@dataclass(frozen=True, slots=True)
class Metric:
    """One value; `unit` is ``s``, ``%`` or none, and all numbers are in it."""

    label: str
    value: float
    unit: str = ""
    warning: Range | None = None
    critical: Range | None = None
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        ranges = ("" if each is None else str(each) for each in (self.warning, self.critical))
        bounds = ("" if each is None else number(each) for each in (self.least, self.most))
        fields = (f"{number(self.value)}{self.unit}", *ranges, *bounds)
        return f"{_quoted(self.label)}={';'.join(fields).rstrip(';')}"


def _quoted(label: str) -> str:
    if label.isascii() and label.replace("_", "").isalnum():
        return label
    return "'" + label.replace("=", "_").replace("'", "''") + "'"
