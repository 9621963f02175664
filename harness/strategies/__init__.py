"""Hypothesis strategies for what a mock server is told: replies, faults, latencies, and what users do.

    from harness import strategies

    @given(rule=strategies.replies(tools=TOOLS), order=strategies.faults(["runs.*"]))
    def test_it_answers_or_says_why_not(rule, order):
        with harness.session(replies=[rule], faults=[order]):
            ...

Everything that is drawn is accepted by the server, and shrinks towards the simplest: no faults, short plain
texts, no waiting. `harness.AssistantsMachine` draws from the same.
"""

try:
    import hypothesis as _hypothesis  # noqa: F401
except ImportError as error:
    raise ImportError(
        "harness.strategies needs hypothesis: pip install 'assistants-mock[hypothesis]'"
    ) from error

from harness.strategies.faultorders import fault_schedules, faults
from harness.strategies.replyrules import ACTIONS, replies, reply_series
from harness.strategies.users import Turn, texts, turns, user_behaviour
from harness.strategies.values import values_for
from harness.strategies.worldlatencies import latencies

__all__ = [
    "ACTIONS",
    "Turn",
    "fault_schedules",
    "faults",
    "latencies",
    "replies",
    "reply_series",
    "texts",
    "turns",
    "user_behaviour",
    "values_for",
]
