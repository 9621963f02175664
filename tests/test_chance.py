"""Luck from one seed."""

from __future__ import annotations

import re

from mockserver.chance import Chance


def test_equal_names_give_equal_luck_and_others_do_not() -> None:
    one, same, other = Chance(1), Chance(1), Chance(2)
    assert one.dice("a").random() == same.dice("a").random() == one.dice("a").random()
    assert len({one.dice("a").random(), one.dice("b").random(), other.dice("a").random()}) == 3
    assert one.letters("a", 24) == same.letters("a", 24) != one.letters("b", 24)
    assert one.hex("a", 32) == same.hex("a", 32) != other.hex("a", 32)
    assert one.serial("a", 1, 32) == same.serial("a", 1, 32) != other.serial("a", 1, 32)


def test_who_throws_more_does_not_change_anybody_elses_luck() -> None:
    chance = Chance("seed")
    undisturbed = chance.dice("b").random()
    dice = chance.dice("a")
    for _ in range(10):
        dice.random()
    assert chance.dice("b").random() == undisturbed


def test_a_seed_may_be_a_text() -> None:
    assert Chance("1").letters("a", 24) == Chance(1).letters("a", 24)
    assert Chance("x").letters("a", 24) != Chance(1).letters("a", 24)


def test_ids_are_as_long_as_asked_and_of_their_alphabet() -> None:
    chance = Chance(0)
    for number in range(200):
        assert re.fullmatch(r"[A-Za-z0-9]{24}", chance.letters(f"{number}", 24))
        assert re.fullmatch(r"[0-9a-f]{32}", chance.hex(f"{number}", 32))
        assert re.fullmatch(r"[0-9a-f]{32}", chance.serial("req", number, 32))


def test_serials_differ_for_every_count() -> None:
    chance = Chance(0)
    assert len({chance.serial("req", count, 2) for count in range(256)}) == 256
    assert chance.serial("req", 256, 2) == chance.serial("req", 0, 2)
