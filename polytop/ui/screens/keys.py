"""Keys in their order, however fast they come."""

from functools import partial

from textual.binding import Binding

Key = partial(Binding, priority=True)
"""A binding that is followed as soon as the key comes in.

Others go from the focused widget up through all that it is in, and what is typed after a key
that moves the focus can overtake them. A widget that wants such a key for itself says so in its
`check_consume_key`.
"""
