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
from mockserver.replies import Rule
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.world import World


class Projects:
    """All worlds of a server. With `keys`, only those are accepted; without, any key names a project.

    `rules` are the reply rules and `faults` the faults every new world begins with.
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
        world = self._worlds.get(project)
        if world is None:
            world = self._worlds[project] = World(project, self.store, self.settings, self.rules, self.faults)
        return world

    def fresh(self, project: str, changes: Mapping[str, Any]) -> World:
        """A new world behind the same key, with the server's settings and these changes.

        Raises SettingError, and then the old world stays.
        """
        settings = self.settings.changed(changes)
        old = self._worlds.pop(project, None)
        if old is not None:
            old.close()
        with self.store.transaction():
            self.store.clear(project)
            world = World(project, self.store, settings, self.rules, self.faults)
        self._worlds[project] = world
        return world

    def drop(self, project: str) -> None:
        """Forget a world that a bug may have left half changed; the store still has it as it was.

        Its journal goes on in the world that is read back, so that the bug can be looked at.
        """
        world = self._worlds.pop(project, None)
        if world is not None:
            world.close()
            self.of(project).journal = world.journal

    def replace(self, project: str, write: Callable[[], None]) -> World:
        """A world whose rows `write` puts into the store in place of the old ones.

        Whatever `write` or reading it back raises, the old world stays.
        """
        with self.store.transaction():
            write()
            world = World(project, self.store, self.settings)
            world.check()
            reindex(world)
        old = self._worlds.pop(project, None)
        if old is not None:
            old.close()
        self._worlds[project] = world
        return world

    def close(self) -> None:
        """Write down what only memory knows, end every stream and give the store back."""
        for world in self._worlds.values():
            world.save_everything()
            world.close()
        self._worlds.clear()
        self.store.close()


@lru_cache(maxsize=4096)
def project_of(key: str) -> str:
    """The project a key names, in the form the real API shows (`proj_…`)."""
    return f"proj_{hashlib.blake2b(key.encode(errors='surrogateescape'), digest_size=12).hexdigest()}"
