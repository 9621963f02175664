"""What people are told about mistaken files: every file in `mistakes/` has its message beside it.

`python -m tests.harness.scenarios.test_mistakes` writes the messages anew; look at what changed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.scenarios.model import Node, Place, ScenarioErrors
from harness.scenarios.positions import DEEPEST, MOST_NODES, parse_document
from harness.scenarios.reading import parse_scenarios, read_scenarios

FOLDER = Path(__file__).with_name("mistakes")
FILES = sorted(FOLDER.glob("*.yaml"))


def told(file: Path) -> str:
    """What is said about a file; nothing when it has no mistakes."""
    try:
        read_scenarios(file)
    except ScenarioErrors as mistakes:
        return str(mistakes).replace(f"{file.parent}/", "") + "\n"
    return ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_message_is_as_it_stands_beside_the_file(file: Path) -> None:
    assert told(file) == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_mistake_has_a_place_that_is_in_the_file(file: Path) -> None:
    lines = file.read_bytes().decode("utf-8", errors="replace").split("\n")
    with pytest.raises(ScenarioErrors) as caught:
        read_scenarios(file)
    assert caught.value.errors
    for mistake in caught.value.errors:
        assert mistake.place.file == file
        assert 1 <= mistake.place.line <= len(lines)
        assert 1 <= mistake.place.column <= len(lines[mistake.place.line - 1]) + 1
        assert mistake.reason
        assert "\n" not in str(mistake)


def test_there_are_messages_for_nothing_else() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FILES}
    assert len(FILES) >= 20


def test_mistakes_are_told_in_the_order_of_their_places() -> None:
    for file in FILES:
        places = re.findall(r"^[a-z_0-9]+\.yaml:(\d+):(\d+): ", told(file), re.MULTILINE)
        assert places == sorted(places, key=lambda place: (int(place[0]), int(place[1])))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioErrors, match=r"nowhere\.yaml:1:1: the file cannot be read: No such file"):
        read_scenarios(tmp_path / "nowhere.yaml")


def test_a_name_that_is_not_there() -> None:
    file = FOLDER.with_name("examples") / "five.assistants.yaml"
    with pytest.raises(ScenarioErrors, match=r"there is no scenario 'plain_q'; did you mean 'plain_qa'\?"):
        read_scenarios(file, ["plain_q"])
    assert [scenario.name for scenario in read_scenarios(file, ["run_expiry", "plain_qa"])] == [
        "plain_qa",
        "run_expiry",
    ]


def test_what_is_expected_to_fail_may_have_any_arguments() -> None:
    """They may be what it is about; only without those that no call leaves without, none would."""

    def mistakes(step: str) -> str:
        text = f"version: 1\nscenarios:\n- name: a\n  steps:\n  - {step}\n"
        try:
            parse_scenarios(text.encode(), Path("a.yaml"))
        except ScenarioErrors as error:
            return str(error)
        return ""

    wrong = "{thread_id: t, role: usr, content: 5, colour: red}"
    assert mistakes(f"messages.create: {wrong}").count("\n") == 2
    assert mistakes(f"messages.create: {wrong}\n    expect_error: {{status: 400}}") == ""
    streamed = "{runs.create: {thread_id: t, assistant_id: a, temperature: hot}}"
    assert "'temperature' is a number" in mistakes(f"stream: {streamed}")
    assert mistakes(f"stream: {streamed}\n    expect_error: {{status: 400}}") == ""
    missing = "messages.create: {thread_id: t, role: user}\n    expect_error: {status: 400}"
    assert "messages.create needs 'content'" in mistakes(missing)
    late = "wait: {run: r, until: complete}\n    expect_error: {status: 400}"
    assert "never 'complete'" in mistakes(late)


def test_aliases_of_aliases_do_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ScenarioErrors, match=f"more than {MOST_NODES:,} parts"):
        parse_document("\n".join(lines).encode(), Path("bomb.yaml"))


def test_a_file_that_is_nested_too_deep() -> None:
    with pytest.raises(ScenarioErrors, match=r"deep\.yaml:1:1: the file is nested too deep"):
        parse_document(b"a: " + b"[" * 600, Path("deep.yaml"))
    with pytest.raises(ScenarioErrors, match=rf"deep\.yaml:1:{DEEPEST + 4}: the file is nested too deep"):
        parse_document(b"a: " + b"[" * 100 + b"]" * 100, Path("deep.yaml"))


def test_utf_16_is_named() -> None:
    with pytest.raises(ScenarioErrors, match=r"wide\.yaml:1:1: the file is UTF-16; save the file as UTF-8"):
        parse_document("version: 1\n".encode("utf-16"), Path("wide.yaml"))


def test_ruamel_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    with pytest.raises(
        ScenarioErrors, match=r"scenario files need an extra; pip install 'assistants-mock\[pytest\]'"
    ):
        parse_document(b"version: 1\n", Path("a.yaml"))


def place(node: Node) -> tuple[int, int]:
    return node.place.line, node.place.column


def test_everything_knows_where_it_stands() -> None:
    text = b"\xef\xbb\xbf# a comment\na:\n  b: [x, {c: 1}]\n  'd.e':   \n"
    document = parse_document(text, Path("a.yaml"))
    assert document.value == {"a": {"b": ["x", {"c": 1}], "d.e": None}}
    assert place(document["a"]) == (2, 1)
    assert place(document["a"]["b"]) == (3, 3)
    assert document["a"]["b"].value_place == Place(Path("a.yaml"), 3, 6)
    assert place(document["a"]["b"][1]) == (3, 10)
    assert place(document["a"]["b"][1]["c"]) == (3, 11)
    assert document["a"]["d.e"].value_place == Place(Path("a.yaml"), 4, 3)
    assert document["a"].place_of("b", 1, "nowhere") == Place(Path("a.yaml"), 3, 10)


def test_anchors_stand_where_they_are_written() -> None:
    text = b"""\
base: &base {model: gpt-4o, tools: &tools [{type: file_search}]}
one: {<<: *base, model: gpt-5}
two: {tools: *tools}
three: {<<: [{a: 1}, {a: 2, b: 2}], c: 3}
"""
    document = parse_document(text, Path("a.yaml"))
    assert document.value == {
        "base": {"model": "gpt-4o", "tools": [{"type": "file_search"}]},
        "one": {"model": "gpt-5", "tools": [{"type": "file_search"}]},
        "two": {"tools": [{"type": "file_search"}]},
        "three": {"c": 3, "a": 1, "b": 2},
    }
    assert place(document["one"]["model"]) == (2, 18)
    assert place(document["one"]["tools"]) == (1, 29)
    assert place(document["two"]["tools"]) == (3, 7)
    assert place(document["two"]["tools"][0]["type"]) == (1, 45)


def test_yaml_is_1_2() -> None:
    values = b"[yes, no, on, off, 010, 0o10, 0x1F, 1e3, ~, null, true, 1:30, '5', 12.0, =]"
    assert parse_document(values, Path("a.yaml")).value == [
        *("yes", "no", "on", "off", 10, 8, 31, 1000.0, None, None, True, "1:30", "5", 12.0, "="),
    ]


if __name__ == "__main__":
    for each in FILES:
        each.with_suffix(".txt").write_text(told(each), encoding="utf-8")
        print(f"## {each.name}\n{told(each)}")
