"""How faults are written in one line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.faults.parameters import FaultError
from mockserver.faults.spelling import Spelled, parse_all, parse_one, write_value
from tests.properties import law


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lost_ack", Spelled("lost_ack", (), {})),
        ("  lost_ack  ", Spelled("lost_ack", (), {})),
        ("lost_ack()", Spelled("lost_ack", (), {})),
        ("lost_ack( )", Spelled("lost_ack", (), {})),
        ("lost_ack;", Spelled("lost_ack", (), {})),
        ("429(20s)", Spelled("429", ("20s",), {})),
        ("429 ( 20s , 3 )", Spelled("429", ("20s", "3"), {})),
        ("429(retry_after=20s)", Spelled("429", (), {"retry_after": "20s"})),
        ("run.stuck(queued, times = 2)", Spelled("run.stuck", ("queued",), {"times": "2"})),
        ('a("x, y; z) \\"q\\" \\\\")', Spelled("a", ('x, y; z) "q" \\',), {})),
        ('a(b="c=d")', Spelled("a", (), {"b": "c=d"})),
        ("a(two words)", Spelled("a", ("two words",), {})),
        ('a("")', Spelled("a", ("",), {})),
        ('a(" ")', Spelled("a", (" ",), {})),
        ("a(b=)", Spelled("a", (), {"b": ""})),
        ('a("line\nline")', Spelled("a", ("line\nline",), {})),
        ("a(über)", Spelled("a", ("über",), {})),
    ],
)
def test_one_fault(text: str, expected: Spelled) -> None:
    assert parse_one(text) == expected


def test_several_faults() -> None:
    found = list(parse_all('slow(delay=5s); 429(times=2) ;a("x;y");'))
    assert [spelled.name for spelled in found] == ["slow", "429", "a"]
    assert found[2].values == ("x;y",)
    assert list(parse_all("")) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'' is not one fault"),
        ("a; b", "'a; b' is not one fault"),
        (";", "';' is not a fault"),
        ("a;;b", "';b' is not a fault"),
        ("(a)", "'(a)' is not a fault"),
        ("a b", "'b' after a is not understood"),
        ("a(b) c", "'c' after a is not understood"),
        ("a(b))", "')' after a is not understood"),
        ("a(b", "a( has no closing bracket"),
        ("a(", "a( has no closing bracket"),
        ('a("b)', "a( has no closing bracket"),
        ('a("b"c)', "a( has no closing bracket"),
        ("a(b(c))", "a( has no closing bracket"),
        ("a(b=1, c)", "a: 'c' has no name although a value before it has one"),
        ("a(b=1, b=2)", "a: 'b' is given twice"),
    ],
)
def test_what_is_no_fault(text: str, complaint: str) -> None:
    with pytest.raises(FaultError) as refusal:
        parse_one(text)
    assert complaint in str(refusal.value)


def test_values_by_their_place() -> None:
    assert parse_one("a(1, y=2)").given(("x", "y")) == {"x": "1", "y": "2"}
    assert parse_one("a(z=1)").given(("x",)) == {"z": "1"}, "whether there is a z is for others to say"
    with pytest.raises(FaultError, match="a takes x, not 2 values"):
        parse_one("a(1, 2)").given(("x",))
    with pytest.raises(FaultError, match="a takes no parameters, not 1 values"):
        parse_one("a(1)").given(())
    with pytest.raises(FaultError, match="x: a: 'x' is given twice"):
        parse_one("a(1, x=2)").given(("x", "y"))


@law(300)
@given(
    st.lists(st.text(), max_size=3), st.dictionaries(st.from_regex(r"[A-Za-z_]+", fullmatch=True), st.text())
)
def test_values_come_back_as_they_were_written(values: list[str], named: dict[str, str]) -> None:
    written = [*map(write_value, values), *(f"{name}={write_value(value)}" for name, value in named.items())]
    spelled = Spelled("a.b", tuple(values), named)
    assert parse_one(f"a.b({', '.join(written)})" if written else "a.b") == spelled
    assert (
        list(parse_all("; ".join([f"a.b({','.join(written)})" if written else "a.b"] * 2))) == [spelled] * 2
    )


@law(300)
@given(st.text(alphabet='ab(),;="\\ .\n', max_size=15))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(FaultError):
        list(parse_all(text))
