"""Raised alerts, acknowledgements and snoozes on disk.

They outlast a restart, and all polytops that watch the same calls share them.
"""

import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from polytop.alerts.messages import WatchedCalls
from polytop.alerts.state import EngineState, Episode, RuleState, Snooze
from polytop.model.alert_rules import Rule, Stale
from polytop.model.atomic_file import write_atomic
from polytop.model.private_file import make_folder, open_private, read_regular
from polytop.model.stats import Severity
from polytop.model.text import printable

LARGEST = 1_000_000
"""Bytes beyond which the file is not read."""

_PROJECTS = 100
"""The most projects kept; those saved last stay."""

_VERSION = 1
_TEXT = 300
_LONGEST_SNOOZE = 366 * 86_400.0
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""The errors of a file whose content cannot be used."""


class BrokenStateError(Exception):
    """The file could not be used and was set aside; the text says as what."""


class AlertStateFile:
    """The file at `path`, mode 0600: an entry per profile, project and environment; in it per rule.

    Several processes may write to it: each changes what it knows to have changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._locked = False
        self._seen: tuple[int, int, int] | None = None

    @property
    def changed(self) -> bool:
        """True if the file is not the one that was last loaded or saved. Raises OSError."""
        return self._signature() != self._seen

    def load(self, watched: WatchedCalls, rules: Sequence[Rule], now: float) -> EngineState:
        """The saved state of `rules`; a rule whose condition has changed starts anew.

        Raises BrokenStateError and OSError.
        """
        self._seen = self._signature()
        try:
            states = self._decode(watched, rules, now)
        except _BROKEN:
            with self.lock():
                try:
                    # Another polytop may have set it aside meanwhile.
                    states = self._decode(watched, rules, now)
                except _BROKEN:
                    raise BrokenStateError(self._set_aside()) from None
        raised = {rule.name for rule in rules if isinstance(rule.condition, Stale)}
        waiting = [
            state.episode.since
            for name, state in states.items()
            if name in raised and state.episode is not None
        ]
        # An answer was awaited before, and none has come since.
        return EngineState(rules=states, awaited_since=min(waiting, default=None))

    def _decode(
        self, watched: WatchedCalls, rules: Sequence[Rule], now: float
    ) -> dict[str, RuleState]:
        saved = self._read().get(watched.key, {"rules": {}})["rules"]
        return {
            rule.name: _decode(rule, saved[rule.name], now)
            for rule in rules
            if rule.name in saved and saved[rule.name]["rule"] == _fingerprint(rule)
        }

    def save(
        self, watched: WatchedCalls, rules: Sequence[Rule], state: EngineState, now: float
    ) -> None:
        """Write the states of `rules`; other rules keep theirs. Raises OSError.

        To keep what another polytop has written, :meth:`lock` first and load what has `changed`.
        """
        with self.lock():
            try:
                projects = self._read()
                before = dict(projects.get(watched.key, {"rules": {}})["rules"])
            except _BROKEN:
                self._set_aside()
                projects, before = {}, {}
            # An end to what was saved is saved too: other polytops wait for it.
            entries = {
                rule.name: _encode(rule, known)
                for rule in rules
                if (known := state.rules.get(rule.name)) is not None
                and (worth_saving(known) or rule.name in before)
            }
            projects[watched.key] = {"saved_at": now, "rules": before | entries}
            newest = sorted(projects.items(), key=lambda item: -_saved_at(item[1]))[:_PROJECTS]
            content = json.dumps(
                {"version": _VERSION, "projects": dict(newest)}, ensure_ascii=False, indent=1
            )
            with write_atomic(self.path, mode=0o600) as file:
                file.write(content.encode())
            self._seen = self._signature()

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> dict[str, Any]:
        """The projects of the file, empty without one. Raises OSError, and ValueError if broken."""
        try:
            content = read_regular(self.path, LARGEST + 1)
        except FileNotFoundError:
            return {}
        if len(content) > LARGEST:
            raise ValueError("too large")
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("version") != _VERSION:
            raise ValueError("not of this version")
        projects = document.get("projects")
        if not isinstance(projects, dict):
            raise TypeError("no projects")
        return projects

    def _set_aside(self) -> str:
        """Rename the file, never over another; returns its new name."""
        first = f"{self.path.name}.broken"
        names = (first, *(f"{first}-{number}" for number in range(2, 1_000)))
        aside = next(
            path for name in names if not os.path.lexists(path := self.path.with_name(name))
        )
        self.path.replace(aside)
        return printable(str(aside))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other polytops from writing; may be nested. Raises OSError."""
        if self._locked:
            yield
            return
        make_folder(self.path.parent)
        descriptor = open_private(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._locked = True
            yield
        finally:
            self._locked = False
            os.close(descriptor)


def worth_saving(state: RuleState) -> bool:
    """Return True if there is anything that a restart must not forget."""
    return any(
        each is not None for each in (state.episode, state.snooze, state.notified_at, state.ended)
    )


def lasting_part(state: EngineState) -> Mapping[str, RuleState]:
    """The part of `state` whose change is saved at once: all but what every poll finds anew."""
    return {
        name: replace(each, state=Severity.UNKNOWN, since=None, text="")
        for name, each in state.rules.items()
        if worth_saving(each)
    }


def merge(
    mine: Mapping[str, RuleState], before: Mapping[str, RuleState], shared: Mapping[str, RuleState]
) -> Mapping[str, RuleState]:
    """`shared` with what has changed from `before` to `mine`, field by field."""
    merged = dict(shared)
    for name, rule in mine.items():
        old, others = before.get(name, RuleState()), shared.get(name, RuleState())
        merged[name] = replace(
            rule if rule.episode != old.episode else replace(rule, text=others.text),
            episode=rule.episode if rule.episode != old.episode else others.episode,
            snooze=rule.snooze if rule.snooze != old.snooze else others.snooze,
            notified_at=max(rule.notified_at, others.notified_at, key=lambda at: at or 0.0),
            ended=max(rule.ended, others.ended, key=lambda at: at or 0.0),
        )
    return merged


def _fingerprint(rule: Rule) -> str:
    return f"{rule.condition!r} {rule.times}/{rule.windows}"


def _saved_at(entry: Any) -> float:
    value = entry.get("saved_at") if isinstance(entry, dict) else None
    return value if isinstance(value, int | float) else 0.0


def _encode(rule: Rule, state: RuleState) -> dict[str, Any]:
    episode, snooze = state.episode, state.snooze
    return {
        "rule": _fingerprint(rule),
        "text": state.text,
        "notified_at": state.notified_at,
        "ended": state.ended,
        "episode": None
        if episode is None
        else {
            "since": episode.since,
            "raised_at": episode.raised_at,
            "notified": episode.notified,
            "ever_notified": episode.ever_notified,
            "acknowledged": episode.acknowledged,
        },
        "snooze": None if snooze is None else {"until": snooze.until, "length": snooze.length},
    }


def _decode(rule: Rule, saved: Any, now: float) -> RuleState:
    """The state of `rule`. Raises ValueError, TypeError or KeyError for anything unexpected."""
    text, episode, snooze = saved["text"], saved["episode"], saved["snooze"]
    if not isinstance(text, str):
        raise TypeError("not text")
    state = RuleState(
        notified_at=_optional(saved["notified_at"], now), ended=_optional(saved["ended"], now)
    )
    if snooze is not None:
        length = _number(snooze["length"], _LONGEST_SNOOZE)
        state = replace(state, snooze=Snooze(_number(snooze["until"], now + length), length))
    if episode is None:
        return state
    raised_at = _number(episode["raised_at"], now)
    known = Episode(
        _number(episode["since"], raised_at),
        raised_at,
        *(_flag(episode[name]) for name in ("notified", "ever_notified", "acknowledged")),
    )
    return replace(
        state, state=rule.severity, since=raised_at, text=printable(text, _TEXT), episode=known
    )


def _number(value: Any, most: float) -> float:
    """A moment or a length in seconds, at most `most`: the clock may have been set back."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    if not math.isfinite(value) or value < 0:
        raise ValueError("not a moment")
    return min(float(value), most)


def _optional(value: Any, most: float) -> float | None:
    return None if value is None else _number(value, most)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value
