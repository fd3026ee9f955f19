"""What silencing alerts says and means on every screen."""

from polytop.model.problem import Kind, Problem

SNOOZE = 3_600
"""How long a snooze by key lasts, seconds."""

NO_ALERT = Problem(Kind.REFUSED, "There is no alert to silence", "Alerts come from the profile.")
