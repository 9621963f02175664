"""Expressions agree with `re` on what matches, and never take long about it."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockserver.regular import PATTERN_MAX, STATES_MAX, TEXT_MAX, Expression, PatternError

SPACED = r"a b B 0 é . [ab] [^a] []b] [a-z0-9] [\]a] \d \w \W \s \x61 \141 \. { ^ $ \b \B \A \Z (?#note)"
ATOMS = st.sampled_from([*SPACED.split(), "", " ", "\n"])
REPEATS = st.sampled_from(
    ["", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{,2}", "{1,}", "{1,3}?", "{0}", "{,}"]
)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = st.tuples(
        st.sampled_from(["(", "(?:", "(?i:", "(?s:", "(?m:", "(?-i:", "(?a:"]), inner, REPEATS
    )
    return st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        grouped.map(lambda parts: f"{parts[0]}{parts[1]}){parts[2]}"),
    )


PATTERNS = st.builds(
    str.__add__,
    st.sampled_from(["", "(?i)", "(?m)", "(?s)", "(?ia)"]),
    st.recursive(st.tuples(ATOMS, REPEATS).map("".join), _combined, max_leaves=6),
)
TEXTS = st.text("aAbB0é .\n{", max_size=8)


@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=5))
def test_agrees_with_re(pattern: str, texts: list[str]) -> None:
    try:
        reference = re.compile(pattern)
    except re.error:
        with pytest.raises(PatternError, match="broken"):
            Expression(pattern)
        return
    try:
        expression = Expression(pattern)
    except PatternError as refusal:
        assume("possessive" not in str(refusal))  # `a*` and `+` made one
        raise
    for text in texts:
        assert expression.search(text) == (reference.search(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("(?i)capital of france", "The CAPITAL of France?", True),
        (r"^\d{4}-\d\d-\d\d$", "2024-12-31", True),
        (r"^\d{4}-\d\d-\d\d$", "on 2024-12-31", False),
        (r"(?P<city>Paris|London)\b", "Londoners in Paris", True),
        (r"(?P<city>Paris|London)\b", "Londoners, Parisians", False),
        ("", "", True),
        ("ß|ſ", "straße", True),
    ],
)
def test_ordinary_patterns(pattern: str, text: str, found: bool) -> None:
    assert Expression(pattern).search(text) is found


@pytest.mark.parametrize(
    "pattern", ["(a|aa)+b", "(a+)+b", "(?:a?){60}a{60}b", "a*a*a*a*a*a*b", "(.*)*b", r"(\w+\s?)*!"]
)
def test_patterns_that_keep_re_busy_for_ever_come_to_an_end(pattern: str) -> None:
    assert Expression(pattern).search("a" * 1000) is False


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(", "broken"),
        ("a**", "broken"),
        (r"[z-a]", "broken"),
        ("(?=a)", "lookaround"),
        ("(?<!a)b", "lookaround"),
        ("(?>a)b", "atomic"),
        ("(a)(?(1)b|c)", "conditional"),
        (r"(a)\1", "back references"),
        ("(?P<x>a)(?P=x)", "back references"),
        ("a*+b", "possessive"),
        ("(?x) a", "verbose"),
        ("(?x: a)", "verbose"),
        ("a" * (PATTERN_MAX + 1), "longer than"),
        ("a{501}", "counted up to"),
        ("(a{30}){30}", "too large"),
        ("(?:(?:(?:(?:){500}){500}){500}){500}", "too large"),
    ],
)
def test_refused_in_words(pattern: str, complaint: str) -> None:
    with pytest.raises(PatternError, match=complaint):
        Expression(pattern)


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    expression = Expression("needle")
    assert expression.search("-" * (TEXT_MAX - 6) + "needle")
    assert not expression.search("-" * TEXT_MAX + "needle")


def test_the_limit_of_the_search_is_not_the_end_of_the_text() -> None:
    assert Expression("-$").search("-" * TEXT_MAX)
    assert not Expression("-$").search("-" * (TEXT_MAX + 1))


def test_the_largest_pattern_still_works() -> None:
    assert Expression(f"^a{{{STATES_MAX - 3}}}").search("a" * STATES_MAX)
