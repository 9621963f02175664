"""The files a run can name, and the paths of those its code has written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.script import MadeFile
from mockserver.shelf import FOLDER, Shelf

STEADY = settings(derandomize=True, deadline=None, database=None)


def shelf(*written: str) -> Shelf:
    """A shelf with a project's `data.csv`, and files that code has written."""
    made: list[str] = []

    def make(file: MadeFile, at: int) -> dict[str, Any]:
        made.append(file.name)
        return {
            "id": f"file-made{len(made)}",
            "filename": file.name,
            "bytes": len(file.data),
            "created_at": at,
        }

    known = {"data.csv": "file-data"}
    names = {file_id: name for name, file_id in known.items()}
    new = Shelf(make, known.get, names.get, {})
    for name in written:
        new.write(MadeFile(name, b"x"), 7)
    return new


def test_what_code_writes_can_be_found_by_name() -> None:
    new = shelf()
    assert new.find("out.csv") is None
    full = new.write(MadeFile("out.csv", b"abc"), 7)
    assert full == {"id": "file-made1", "filename": "out.csv", "bytes": 3, "created_at": 7}
    assert new.find("out.csv") == "file-made1"
    assert new.written == {"out.csv": "file-made1"}


def test_what_is_written_again_is_the_new_file() -> None:
    assert shelf("out.csv", "out.csv").find("out.csv") == "file-made2"


def test_the_runs_own_files_come_before_the_projects() -> None:
    assert shelf().find("data.csv") == "file-data"
    assert shelf("data.csv").find("data.csv") == "file-made1"


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (None, None),
        ("", None),
        ("nobody.txt", None),
        ("file-9", "file-9"),
        ("file-9.txt", None),
        ("data.csv", "file-data"),
    ],
)
def test_a_file_is_named_by_id_or_name(named: str | None, found: str | None) -> None:
    assert shelf().find(named) == found


def test_an_id_leads_to_a_name() -> None:
    assert (shelf().name("file-data"), shelf().name("file-9")) == ("data.csv", None)


def test_paths_lead_to_what_code_has_written() -> None:
    value = f"See {FOLDER}out.csv and [here]({FOLDER}out.csv), not {FOLDER}data.csv or /mnt/data/out.csv."
    first, second = shelf("out.csv").paths(value)
    assert first == {
        "type": "file_path",
        "text": "sandbox:/mnt/data/out.csv",
        "start_index": 4,
        "end_index": 29,
        "file_path": {"file_id": "file-made1"},
    }
    assert value[second["start_index"] - 1 : second["end_index"] + 1] == f"({FOLDER}out.csv)"


def test_of_two_names_that_begin_alike_the_longer_one_is_meant() -> None:
    found = shelf("out", "out.csv", "out.csv.gz").paths(f"{FOLDER}out.csv.gz {FOLDER}out.csv {FOLDER}out")
    assert [each["file_path"]["file_id"] for each in found] == ["file-made3", "file-made2", "file-made1"]


NAMES = st.sampled_from(["a", "a.b", "ü.csv", "🙂.png", "with space.txt", "e\u0301", "a/b.txt"])
TEXTS = st.lists(st.sampled_from(["🙂", "ü", " ", "a", FOLDER, "e\u0301", "\n", "]("]), max_size=6).map(
    "".join
)


@STEADY
@given(st.lists(NAMES, min_size=1, unique=True), st.data())
def test_paths_are_found_wherever_they_stand(names: list[str], data: st.DataObject) -> None:
    new = shelf(*names)
    meant = data.draw(st.lists(st.sampled_from(names), max_size=4))
    value = data.draw(TEXTS)
    starts = []
    for name in meant:
        starts.append(len(value))
        value += f"{FOLDER}{name}|{data.draw(TEXTS)}"
    found = {each["start_index"]: each for each in new.paths(value)}
    assert list(found) == sorted(found)
    for start, name in zip(starts, meant, strict=True):
        assert found[start]["file_path"] == {"file_id": new.written[name]}
        assert found[start]["text"] == f"{FOLDER}{name}"
    for start, each in found.items():
        assert value[start : each["end_index"]] == each["text"]
