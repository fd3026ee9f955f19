"""An incident: an alert from its beginning to its end."""

from polytop.model.frozen import frozen
from polytop.model.stats import Severity


@frozen
class Incident:
    """The alert `rule` from `since` to `ended` (epoch seconds), None where no end is known.

    With `earlier` it may have begun before: what was then is not known. `extreme` is the highest of
    its values in the range, or the lowest where the rule is about `few` calls; None without one.
    `told` says if anybody was notified, None where no log says so. With `by_log` the log alone has
    it: the data and the rules of today do not show it. `capsule` is the id of what was saved of it.
    """

    rule: str
    severity: Severity
    since: float
    ended: float | None = None
    earlier: bool = False
    extreme: int | None = None
    few: bool = False
    told: bool | None = None
    by_log: bool = False
    capsule: str | None = None

    def overlaps(self, start: float, end: float) -> bool:
        """Return True if it was raised at any moment of `[start, end)`."""
        return self.since < end and (self.ended is None or self.ended > start)
