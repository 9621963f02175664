"""Shrinking: the smallest variants with the same verdict, and how much has to be run for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from harness.explore.shrinking import shrink
from harness.explore.variants import Variant

Rule = Callable[[frozenset[str]], str]


class Judged:
    """A judge by rule of what a variant's faults are; `rounds` are what it was asked."""

    def __init__(self, rule: Rule, most: int = 1000) -> None:
        self.rule = rule
        self.most = most
        self.rounds: list[list[str]] = []

    def __call__(self, variants: Sequence[Variant]) -> dict[Variant, str]:
        assert variants
        self.rounds.append(list(map(str, variants)))
        known = list(variants)[: max(0, self.most - sum(map(len, self.rounds[:-1])))]
        return {each: self.rule(frozenset(fault.name for fault in each.breaks)) for each in known}


def variant(names: str, seed: int | None = None) -> Variant:
    """A variant with these faults, one for each letter, at one call after the other."""
    text = "+".join(f"runs.create#{number}~{name}" for number, name in enumerate(names, 1))
    return Variant.read(text if seed is None else f"{text}@{seed}")


def names(of: Variant) -> str:
    """The letters of a variant."""
    return "".join(each.name for each in of.breaks)


def shrunk(all_of: str, needed: Rule, most: int = 1000) -> tuple[str, Judged]:
    """What is left of faults, and who was asked."""
    judge = Judged(needed, most)
    given = variant(all_of, 17)
    small = shrink({given: "wrong"}, judge)[given]
    assert small.seed == 17
    return names(small), judge


@pytest.mark.parametrize("needed", ["a", "h", "ah", "bdf", "abcdefgh"])
def test_what_is_not_needed_is_left_out(needed: str) -> None:
    left, judge = shrunk("abcdefgh", lambda faults: "wrong" if faults >= set(needed) else "absorbed")
    assert left == needed
    assert len(judge.rounds) <= 3, "what can be left out alone is left out together"


def test_what_cannot_be_left_out_together_is_left_out_one_by_one() -> None:
    """Any two of them do it, so each can be left out, and not all."""
    left, judge = shrunk("abcd", lambda faults: "wrong" if len(faults) >= 2 else "absorbed")
    assert left == "ab"
    asked = [each for several in judge.rounds for each in several]
    assert len(asked) == len(set(asked)), "nothing is judged twice"


def test_one_of_two_is_enough() -> None:
    left, _ = shrunk("ab", lambda faults: "wrong")
    assert left == "a"


def test_another_verdict_is_not_the_same() -> None:
    left, _ = shrunk("abc", lambda faults: "wrong" if faults >= set("abc") else "corrupt")
    assert left == "abc"


def test_one_fault_is_as_small_as_can_be() -> None:
    left, judge = shrunk("a", lambda faults: "wrong")
    assert (left, judge.rounds) == ("a", [])


def test_when_it_may_not_go_on_it_is_as_small_as_was_seen() -> None:
    rule: Rule = lambda faults: "wrong" if "a" in faults else "absorbed"  # noqa: E731
    assert [shrunk("abcd", rule, most)[0] for most in (0, 2, 4, 5)] == ["abcd", "acd", "abc", "a"]


def test_several_are_made_smaller_in_the_same_rounds() -> None:
    judge = Judged(lambda faults: "wrong" if "a" in faults else "absorbed")
    given = {variant("abc", seed): "wrong" for seed in range(5)} | {variant("bc"): "absorbed"}
    found = shrink(given, judge)
    assert [names(small) for small in found.values()] == ["a"] * 5 + ["b"]
    assert len(judge.rounds) == 2
    assert list(found) == list(given)


def test_what_is_left_is_minimal_whatever_the_rule() -> None:
    """Also where it is not monotonous: more faults may do less."""

    def rule(faults: frozenset[str]) -> str:
        return "wrong" if sum(map(ord, faults)) % 3 == 0 else "absorbed"

    for length in range(2, 8):
        given = variant("abcdefg"[:length])
        verdict = rule(frozenset(names(given)))
        small = shrink({given: verdict}, Judged(rule))[given]
        assert rule(frozenset(names(small))) == verdict
        for index in range(small.depth if small.depth > 1 else 0):
            assert rule(frozenset(names(small.without(index)))) != verdict
