"""What a user writes: a test of three lines, and a typed program, with one that is wrong in two places."""

TEST = """\
def test_three_lines(assistants):
    assistants.backend.run().replies("Paris.")
    assert assistants.client().beta.threads.create().id.startswith("thread_")
"""

TYPED = """\
import harness
from harness.control import Control
from mockserver.server import Server


def ask(assistants: harness.Assistants) -> str:
    assistants.backend.run("France").replies("Paris.")
    return assistants.client().beta.threads.create().id


with Server() as server, Control(server.base_url, api_key="typed") as control:
    control.advance(60)
with harness.session(seed=7) as assistants:
    print(ask(assistants).upper())
"""

MISTYPED = (
    TYPED
    + """\
    number: int = server.base_url
    assistants.faults.arm(5)
"""
)
"""Were the types lost on the way, everything would be `Any` and this would pass."""
