"""Tools for tests that talk to a mock server or to a real endpoint.

    import harness

    with harness.session(seed=7) as assistants:
        ...

What is named here is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.control import Control as Control
    from harness.handle.assistants import Assistants as Assistants
    from harness.machine import AssistantsMachine as AssistantsMachine
    from harness.network.leaving import LeavingError as LeavingError
    from harness.serving import ServerProcess as ServerProcess
    from harness.sessions import session as session
    from harness.waiting.hanging import HungError as HungError
    from harness.waiting.sleeping import unbridged as unbridged
else:
    _HOMES = {
        "Assistants": "harness.handle.assistants",
        "AssistantsMachine": "harness.machine",
        "Control": "harness.control",
        "HungError": "harness.waiting.hanging",
        "LeavingError": "harness.network.leaving",
        "ServerProcess": "harness.serving",
        "session": "harness.sessions",
        "unbridged": "harness.waiting.sleeping",
    }

    def __getattr__(name):
        """Import what is asked for from its home."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found

    def __dir__():
        """What there is, imported or not."""
        return sorted({*globals(), *_HOMES})
