"""The control door: the world behind the caller's key."""

from __future__ import annotations

from mockserver import errors, objects, snapshot
from mockserver.courses import WorldError
from mockserver.operations import Call, operation
from mockserver.settings import SettingError
from mockserver.world import World


@operation("control.world.create", "POST", "/_mock/world", control=True)
def create(call: Call) -> bytes:
    """Put a new, empty world behind this key: the server's settings with these changes."""
    if not isinstance(call.body, dict):
        raise errors.CONTROL_INVALID(message="a world is described by an object of settings", param=None)
    try:
        return _summary(call.projects.fresh(call.world.project, call.body))
    except SettingError as error:
        raise errors.CONTROL_INVALID(message=str(error), param=error.name) from error


@operation("control.world.retrieve", "GET", "/_mock/world", control=True)
def retrieve(call: Call) -> bytes:
    """The whole world as one JSON document."""
    return snapshot.take(call.world)


@operation("control.world.replace", "PUT", "/_mock/world", control=True)
def replace(call: Call) -> bytes:
    """Put a document of `GET /_mock/world` back, in this or another project."""
    project, projects = call.world.project, call.projects
    try:
        document = snapshot.read(call.body)
        return _summary(projects.replace(project, lambda: snapshot.write(document, projects.store, project)))
    except (snapshot.SnapshotError, WorldError) as error:
        raise errors.CONTROL_INVALID(message=str(error), param=None) from error


def _summary(world: World) -> bytes:
    settings = world.settings.state()
    shown = {"project": world.project, "now": world.clock.now() / 1000, **settings, "clock": world.clock.mode}
    return objects.pretty(shown)
