"""The variants with their languages and numbers. Every number is fictitious.

The numbers are from the ranges that regulators reserve for drama (Ofcom, NANPA,
Bundesnetzagentur).
"""

from typing import NamedTuple

MOST = 500
"""The largest number of variants that a directory may have."""

ENGLISH = (("en-GB", 0.82), ("en-US", 0.18))


class Variant(NamedTuple):
    """One variant: `weight` is its part of the calls, relative to the others.

    `languages` are pairs of a code and a share; `busiest` is the hour (UTC) of its largest share
    of the calls. `id` and `name` are None for calls without a variant.
    """

    id: str | None
    name: str | None
    weight: float
    languages: tuple[tuple[str, float], ...]
    numbers: tuple[str, ...]
    busiest: float


_NAMED: tuple[tuple[str, str, tuple[tuple[str, float], ...], tuple[str, ...], float], ...] = (
    ("v-main", "Main line", ENGLISH, ("+442079460100", "+442079460101"), 11),
    ("v-billing", "Billing & refunds", ENGLISH, ("+442079460120",), 15),
    (
        "v-spanish",
        "Spanish – ES",
        (("es-ES", 0.86), ("ca-ES", 0.14)),
        ("+12025550134", "+12025550135"),
        13,
    ),
    ("v-bookings", "Reservations", ENGLISH, ("+442079460140",), 18),
    ("v-roadside", "Roadside + recovery", (("en-GB", 1.0),), ("+447700900250",), 8),
    (
        "v-orders",
        "Order status",
        (("en-US", 0.9), ("es-US", 0.1)),
        ("+12025550171", "+12025550172"),
        19,
    ),
    ("v-munich", "München", (("de-DE", 0.93), ("en-GB", 0.07)), ("+498999998040",), 10),
    ("v-after-hours", "After hours", ENGLISH, ("+447700900480",), 22),
)


def _weight(rank: int) -> float:
    """Zipf's law, flattened a little at the top."""
    return float((rank + 1.6) ** -1.05)


def _site(rank: int) -> Variant:
    return Variant(
        f"v-site-{rank + 1:03}",
        f"Site {rank + 1:03}",
        _weight(rank),
        (("en-GB", 1.0),) if rank % 3 else (("en-US", 1.0),),
        (f"+4420794{60500 + rank % 500:05}",),
        (rank * 5) % 24,
    )


def build_directory(count: int) -> tuple[Variant, ...]:
    """Build `count` variants, the busiest first. Raises ValueError outside 1 to 500."""
    if not 1 <= count <= MOST:
        raise ValueError(f"the simulator knows 1 to {MOST} variants, not {count}")
    named = tuple(
        Variant(id_, name, _weight(rank), languages, numbers, busiest)
        for rank, (id_, name, languages, numbers, busiest) in enumerate(_NAMED[:count])
    )
    return named + tuple(_site(rank) for rank in range(len(named), count))


HOSTILE: tuple[tuple[str | None, str | None], ...] = (
    ("v-markup", "[/b] closes what was never open"),
    ("v-colour", "[red]not red[/red] [@click=app.bell]ring[/]"),
    ("v-escape", "\x1b[31mred\x1b[2J\x1b[H"),
    ("v-osc", "\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x07\x9b31m"),
    ("v-bidi", "\u202etxt.live\u202c \u200fabc\u200e"),
    ("v-long", "long " * 60),
    ("v-empty", ""),
    ("v-newline", "two\nlines\r\tand a tab"),
    ("v-formula", "=cmd()|'/C calc'!A0"),
    ("v-twin-1", "Twins"),
    ("v-twin-2", "Twins"),
    ("v-wide", "東京支店 👩\u200d👩\u200d👧 🏴 e\u0301"),
    ("[/v-id]\x1b[0m", "{0} %s ${HOME}"),
    (None, None),
)
"""Ids and names that break careless programs; the last are calls without a variant."""


def build_hostile_directory(count: int) -> tuple[Variant, ...]:
    """Build a directory of at least `len(HOSTILE)` variants with hostile names."""
    plain = build_directory(max(count, len(HOSTILE)))
    named = tuple(
        variant._replace(id=id_, name=name)
        for variant, (id_, name) in zip(plain, HOSTILE, strict=False)
    )
    return named + plain[len(HOSTILE) :]
