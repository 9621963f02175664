"""Names of variants: what they say, and that they can be read back from node ids."""

from __future__ import annotations

import pytest

from harness.explore.variants import Break, Variant, split

NAMES = [
    "messages.create#1~lost_ack",
    "runs.create#1+~503",
    "runs.create#1~429(retry_after=20s)+runs.create#2~lost_ack",
    "runs.create@2m~run.foreign_active",
    "*@1.5h~stall+runs.create#1+~503(page=html)",
    "runs.create#1~429@17",
    '*@0s~500(message="a ) b")+models.list#1~429@-3',
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_back(name: str) -> None:
    variant = Variant.read(name)
    assert str(variant) == name
    assert split(f"tests/test_bot.py::test_answer[{name}]") == ("tests/test_bot.py::test_answer", variant)
    with_parameters = "test_bot.py::TestBot::test_answer[short-5"
    assert split(f"{with_parameters}-{name}]") == (f"{with_parameters}]", variant)


@pytest.mark.parametrize(
    "name",
    [
        *("runs.create~503", "runs.create#0~503", "runs.create@2~503", "runs.create@2m+~503", "*#1~503"),
        *("runs.*@2m~503", "runs.create#1~503@", "runs.create#1~503@x", "runs.create#1@17", "@17", ""),
        "runs.create#1~503@17+runs.create#2~503",
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="is no variant"):
        Variant.read(name)
    assert split(f"test_bot.py::test_answer[{name}]")[1] is None


def test_what_a_place_says() -> None:
    breaks = Variant.read("runs.create#3+~503+runs.create@2m~503+*@90s~429(retry_after=20s)").breaks
    assert [(each.operation, each.ordinal, each.moment, each.lasting) for each in breaks] == [
        ("runs.create", 3, None, True),
        ("runs.create", 0, 120.0, False),
        ("*", 0, 90.0, False),
    ]
    assert [each.order() for each in breaks] == [
        {"fault": "503", "at": "runs.create#3+"},
        {"fault": "503", "at": "runs.create", "since": "2m"},
        {"fault": "429(retry_after=20s)", "at": "*", "since": "90s"},
    ]


def test_what_is_typed_is_looked_at() -> None:
    assert Break.read("*@2m", "500") == Break("*@2m", "500")
    for call, fault in (("runs.create", "500"), ("runs.create#1", "500("), ("*@9999999h", "500")):
        with pytest.raises(ValueError, match="; "):
            Break.read(call, fault)


def test_fewer_and_more_faults() -> None:
    variant = Variant.read("a#1~x+b#1~y+c#1~z@5")
    assert str(variant.without(1)) == "a#1~x+c#1~z@5"
    assert str(variant.without(0, 2)) == "b#1~y@5"
    assert str(variant.without(0, 2).then(Break("d#1", "w"))) == "b#1~y+d#1~w@5"
