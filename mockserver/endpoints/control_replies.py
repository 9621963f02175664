"""The control door: reply rules."""

from __future__ import annotations

from mockserver import errors, objects
from mockserver.operations import Call, operation
from mockserver.replies import Rule, RuleError, missing_tools, parse_rules
from mockserver.replies.matchers import Equal
from mockserver.world import World


@operation("control.replies.create", "POST", "/_mock/replies", control=True)
def create(call: Call) -> bytes:
    """Add one rule or a list of rules behind those that are there. All are taken, or none."""
    rules = _understood(call)
    with call.world.change():
        call.world.replies.add(rules)
        call.world.save_replies()
    return _listing(call.world)


@operation("control.replies.list", "GET", "/_mock/replies", control=True)
def list_replies(call: Call) -> bytes:
    """The rules in their order, and how often each was used."""
    return _listing(call.world)


@operation("control.replies.delete", "DELETE", "/_mock/replies", control=True)
def delete(call: Call) -> bytes:
    """Forget all rules; their ids do not come back."""
    with call.world.change():
        call.world.replies.clear()
        call.world.save_replies()
    return _listing(call.world)


@operation("control.replies.replace", "PUT", "/_mock/replies/{rule_id}", control=True)
def replace(call: Call) -> bytes:
    """Put another rule in the place of one. It keeps the id and is counted anew."""
    if isinstance(call.body, list):
        raise errors.CONTROL_INVALID(message="a rule is replaced by one rule, not by a list", param=None)
    (rule,) = _understood(call)
    rule_id = call.ids["rule_id"]
    with call.world.change():
        if not call.world.replies.replace(rule_id, rule):
            raise _unknown(rule_id)
        call.world.save_replies()
    return _listing(call.world)


@operation("control.replies.remove", "DELETE", "/_mock/replies/{rule_id}", control=True)
def remove(call: Call) -> bytes:
    """Forget one rule."""
    rule_id = call.ids["rule_id"]
    with call.world.change():
        if not call.world.replies.remove(rule_id):
            raise _unknown(rule_id)
        call.world.save_replies()
    return _listing(call.world)


def _unknown(rule_id: str) -> errors.ApiError:
    return errors.CONTROL_NOT_FOUND(message=f"there is no reply rule '{rule_id}'", param="rule_id")


def _understood(call: Call) -> list[Rule]:
    """The rules of a body. Raises ApiError for one that cannot be understood or cannot be played."""
    try:
        rules = parse_rules(call.body)
    except RuleError as error:
        raise errors.CONTROL_INVALID(message=str(error), param=error.path or None) from error
    for index, rule in enumerate(rules):
        _check_tools(call.world, rule, f"[{index}]" if isinstance(call.body, list) else "")
    return rules


def _check_tools(world: World, rule: Rule, path: str) -> None:
    """Refuse a rule for a known assistant that has not the tools it uses."""
    named = rule.when.assistant.get("id")
    assistant_id = named.value if isinstance(named, Equal) else ""
    assistant = world.full("assistant", assistant_id)
    missing = missing_tools(rule, assistant["tools"]) if assistant else []
    if missing:
        raise errors.CONTROL_INVALID(
            message=f"{path or 'the rule'}: assistant {assistant_id} has no tool {', '.join(missing)}",
            param=f"{path}.then".lstrip("."),
        )


def _listing(world: World) -> bytes:
    return objects.pretty({"object": "list", "data": world.replies.listing()})
