"""Keys and the worlds behind them: an API key names a project, each has a world of its own.

Keys are never kept: a project's name is a digest of its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mockserver import deciders as deciders
from mockserver import errors
from mockserver.faults.orders import Order
from mockserver.indexing import reindex
from mockserver.journal import Journal
from mockserver.replies import Rule
from mockserver.settings import Settings
from mockserver.store import Store, trouble
from mockserver.world import World

WORLDS_AT_HAND = 1_000
"""So many worlds are in memory at once; the one that was not used for longest is put away for another."""


class Projects:
    """All worlds of a server. With `keys`, only those are accepted; without, any key names a project.

    `rules` are the reply rules and `faults` the faults every new world begins with. The store has all
    worlds; in memory are those used lately, and those somebody is in. A world that is put away loses the
    entries of its journal, and goes on as it was when it is used again.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        keys: Collection[str] = (),
        rules: Sequence[Rule] = (),
        faults: Sequence[Order] = (),
    ) -> None:
        self.store = store
        self.settings = settings
        self.rules = rules
        self.faults = tuple(order.arm for order in faults)
        self._allowed = {project_of(key) for key in keys}
        self._worlds: dict[str, World] = {}
        self._journals: dict[str, Journal] = {}

    def world(self, key: str, *, azure: bool = False) -> World:
        """The world behind a key. Raises ApiError (401) for a key that is not accepted."""
        return self.of(self.admit(key, azure=azure))

    def admit(self, key: str, *, azure: bool = False) -> str:
        """The project a key names. Raises ApiError (401) for a key that is not accepted."""
        project = project_of(key)
        if self._allowed and project not in self._allowed:
            raise errors.AZURE_WRONG_KEY() if azure else errors.WRONG_KEY(key=errors.mask_key(key))
        return project

    def of(self, project: str) -> World:
        """The world of a project that is known to be welcome."""
        world = self._worlds.pop(project, None)
        if world is None:
            world = World(project, self.store, self.settings, self.rules, self.faults)
            world.journal = self._journals.pop(project, world.journal)
            if len(self._worlds) >= WORLDS_AT_HAND:
                self._make_room()
        self._worlds[project] = world  # the last of all: in the order in which they were used
        return world

    def _make_room(self) -> None:
        """Put away the world that was not used for longest and that nobody is in."""
        for project, world in self._worlds.items():
            if not world.visitors:
                try:
                    world.put_away()
                except Exception as error:
                    if trouble(error) is None:
                        raise
                    return  # it stays until there is space again
                del self._worlds[project]
                return

    def fresh(self, project: str, changes: Mapping[str, Any]) -> World:
        """A new world behind the same key, with the server's settings and these changes.

        Raises SettingError, and then the old world stays.
        """
        settings = self.settings.changed(changes)
        with self.store.transaction():
            self.store.clear(project)
            world = World(project, self.store, settings, self.rules, self.faults)
        self._put_in_place(world)
        return world

    def drop(self, project: str) -> None:
        """Forget a world that a bug or a full disk may have left half changed; the store has it as it was.

        Its journal goes on in the world that is read back when it is used again, so that the bug can be
        looked at.
        """
        world = self._worlds.pop(project, None)
        if world is not None:
            world.close()
            self._journals[project] = world.journal

    def replace(self, project: str, write: Callable[[], None]) -> World:
        """A world whose rows `write` puts into the store in place of the old ones.

        Whatever `write` or reading it back raises, the old world stays.
        """
        with self.store.transaction():
            write()
            world = World(project, self.store, self.settings)
            world.check()
            reindex(world)
        self._put_in_place(world)
        return world

    def _put_in_place(self, world: World) -> None:
        old = self._worlds.pop(world.project, None)
        if old is not None:
            old.close()
        self._journals.pop(world.project, None)
        self._worlds[world.project] = world

    def close(self) -> None:
        """Write down what only memory knows, end every stream and give the store back.

        Fragments that cannot be written are folded again from the timelines.
        """
        for world in self._worlds.values():
            try:
                world.save_everything()
            except Exception as error:
                if trouble(error) is None:
                    raise
            world.close()
        self._worlds.clear()
        self.store.close()


@lru_cache(maxsize=4096)
def project_of(key: str) -> str:
    """The project a key names, in the form the real API shows (`proj_…`)."""
    return f"proj_{hashlib.blake2b(key.encode(errors='surrogateescape'), digest_size=12).hexdigest()}"
