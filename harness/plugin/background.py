"""What an application and wide fixtures made outside of any test: every test's world begins with it.

A client built at import time may create its assistant there and then, and so may a session fixture. Neither
is done again, so each test gets a copy of what they left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from harness.control import Control, ControlError

Json = dict[str, Any]


class Background:
    """The world behind one key between tests, and what of it outlasts them.

    Every method raises what Control raises.
    """

    def __init__(self, control: Control, settings: Mapping[str, Any]) -> None:
        """Look after the world behind this control door; between tests it has these settings."""
        self._control = control
        self._settings = dict(settings)
        self._document: Json | None = None
        self._seen = 0
        self._used = False
        self._depth = 0
        self.testing = False

    def keep(self) -> None:
        """What was done since the last look was done outside of tests: from now on all begin with it."""
        if not self._used and self._called():
            self._document = self._control.snapshot()

    def begin(self, settings: Mapping[str, Any]) -> Json | None:
        """A test's world is put behind the key: what it begins with, with its settings, or None if empty."""
        self._seen, self._used, self.testing = 0, True, True
        return None if self._document is None else with_settings(self._document, settings)

    def end(self) -> None:
        """The test is over. If anything was kept, it is put back, for wide fixtures that take it down."""
        self.testing = False
        if self._document is not None:
            self._put()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Something is done outside of tests, such as setting up a session fixture; kept when it is over.

        What tests have left is taken away first. Within a test, and within another such thing, nothing
        happens.
        """
        if self.testing or self._depth:
            yield
            return
        if self._used or self._called():
            self._put()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            with suppress(ControlError, OSError):  # must not hide what is wrong with the thing itself
                self.keep()

    def look_again(self) -> None:
        """Something outside of tests was taken down; what it deleted is no more in tests' worlds."""
        if self._document is not None and not self.testing and not self._depth:
            self.keep()

    def _put(self) -> None:
        if self._document is None:
            self._control.new_world(**self._settings)
        else:
            self._control.restore(self._document)
        self._seen, self._used = 0, False

    def _called(self) -> bool:
        """Whether any call came in since the last time this was asked, or since the world was put there."""
        entries = self._control.journal(after=self._seen)
        if entries:
            self._seen = int(entries[-1]["number"])
        return any("call" in entry for entry in entries)


def with_settings(document: Mapping[str, Any], settings: Mapping[str, Any]) -> Json:
    """A world's document, as `GET /_mock/world` gives it, with some settings replaced."""
    before = document["settings"]
    changed = {**before, **settings}
    if isinstance(settings.get("limits"), Mapping):
        changed["limits"] = {**before["limits"], **settings["limits"]}
    clock = {**document["clock"], "mode": settings.get("clock", document["clock"]["mode"])}
    return {**document, "settings": changed, "clock": clock}
