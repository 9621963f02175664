"""What surrounds code under test while a mock is its target: no way out, and sleep that costs no time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants


@contextmanager
def surrounded(
    assistants: Assistants,
    *,
    bridge: bool,
    patience: float = 3600.0,
    allow_hosts: Sequence[str] = (),
    intercept: bool = False,
    hanging: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Refuse connections to the real API, other than `allow_hosts`; with `intercept`, send them to the mock.

    With `bridge`, sleeping in this thread moves the virtual time of `assistants`, and waiting longer than
    `patience` virtual seconds for what can never happen raises HungError; `hanging` is what else `bridging`
    takes.
    """
    from harness.network.leaving import refusing_to_leave

    with ExitStack() as stack:
        if bridge:
            from harness.waiting.sleeping import bridging

            stack.enter_context(bridging(assistants, patience_seconds=patience, **(hanging or {})))
        intercepted = None
        if intercept:
            from harness.network.intercept import HOSTS, intercepting

            intercepted = HOSTS
        stack.enter_context(refusing_to_leave(assistants.base_url, tuple(allow_hosts), intercepted))
        if intercept:
            stack.enter_context(intercepting(assistants.base_url))
        yield
