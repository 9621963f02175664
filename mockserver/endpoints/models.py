"""Models: list, retrieve, delete."""

from __future__ import annotations

from mockserver import errors, models, objects
from mockserver.operations import Call, operation


@operation("models.list", "GET", "/models")
def list_models(call: Call) -> bytes:
    """Every known model, in one list without pages."""
    names = [*models.KNOWN, *(name for name in call.world.settings.models if name != "*")]
    return objects.pretty(objects.model_list(_model(name) for name in names))


@operation("models.retrieve", "GET", "/models/{model}")
def retrieve(call: Call) -> bytes:
    """One model; an unknown one is a 404 here, unlike on assistants and runs."""
    return objects.pretty(_model(_known(call)))


@operation("models.delete", "DELETE", "/models/{model}")
def delete(call: Call) -> bytes:
    """Deleting a fine-tuned model answers as if it had been there; others are not ours to delete."""
    name = _known(call)
    if not name.startswith("ft:"):
        raise errors.MODEL_NOT_YOURS()
    return objects.pretty({"id": name, "object": "model", "deleted": True})


def _known(call: Call) -> str:
    name = call.ids["model"]
    if not models.exists(call.world.settings, name):
        raise errors.MODEL_PAGE_NOT_FOUND(model=name)
    return name


def _model(name: str) -> objects.Object:
    owner = "user" if name.startswith("ft:") else "system"
    return objects.model(name, models.CREATED, owner)
