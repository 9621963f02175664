"""What is said beforehand about files by their names: how long indexing takes, and whether it fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openai
import pytest

from harness.control import Control, ControlError
from mockserver.config import ConfigError, read_config
from mockserver.indexingrules import indexing_state, parse_indexing
from tests.files.library import moment, upload

UNSUPPORTED = ("unsupported_file", "The file type is not supported.")
INTERNAL = ("server_error", "An internal error occurred.")
TOO_LARGE = ("invalid_file", "The file could not be parsed because it is too large.")

Outcome = tuple[float, str, tuple[str, str] | None]


def became(client: openai.OpenAI, control: Control, name: str, text: str = "Some words.") -> Outcome:
    """What becomes of a file in a vector store: after how many seconds which status, and which error."""
    file, store = upload(client, name, text).id, client.vector_stores.create().id
    began = moment(control)
    client.vector_stores.files.create(store, file_id=file)
    return outcome(client, control, store, file, began)


def outcome(client: openai.OpenAI, control: Control, store: str, file: str, began: float) -> Outcome:
    done = client.vector_stores.files.poll(file, vector_store_id=store, poll_interval_ms=0)
    error = (done.last_error.code, done.last_error.message) if done.last_error else None
    return round(moment(control) - began, 3), done.status, error


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"takes": "45s"}, (45, "completed", None)),
        ({"takes": 0}, (0, "completed", None)),
        ({"takes": "2s", "fails": "unsupported_file"}, (2, "failed", UNSUPPORTED)),
        ({"fails": "server_error"}, (7, "failed", INTERNAL)),
        ({"fails": "invalid_file"}, (7, "failed", TOO_LARGE)),
        ({"fails": {"code": "server_error"}}, (7, "failed", INTERNAL)),
        (
            {"fails": {"code": "server_error", "message": "Too bad."}},
            (7, "failed", ("server_error", "Too bad.")),
        ),
        ({"fails": {"code": "virus", "message": "No."}}, (7, "failed", ("virus", "No."))),
    ],
)
def test_what_is_said_of_a_file_becomes_of_it(
    client: openai.OpenAI, control: Control, rule: Any, expected: Outcome
) -> None:
    """Exactly; what is not said stays as it would be, here seven seconds and success."""
    control.new_world(latency={"indexing": "7s"}, indexing={"policy.md": rule})
    assert became(client, control, "policy.md") == expected
    assert became(client, control, "other.md") == (7, "completed", None)


def test_the_first_name_that_fits_counts(client: openai.OpenAI, control: Control) -> None:
    rules = {
        "policy-?.md": {"takes": "1s"},
        "*.md": {"takes": "2s"},
        "[ab]*": {"takes": "3s"},
        "*": {"takes": "4s"},
        "c.txt": {"takes": "5s"},
    }
    control.new_world(indexing=rules)
    names = ["policy-1.md", "policy-12.md", "POLICY-1.MD", "b.txt", "c.txt"]
    assert [became(client, control, name)[0] for name in names] == [1, 2, 1, 3, 4]


def test_a_file_that_fails_by_itself_fails_at_its_moment(client: openai.OpenAI, control: Control) -> None:
    """To be told how long it takes makes no broken document a sound one."""
    control.new_world(indexing={"*": {"takes": "3s"}})
    took, status, error = became(client, control, "a.json", " ")
    assert (took, status) == (3, "failed")
    assert error is not None
    assert error[0] == "invalid_file"


def test_files_of_a_batch_each_have_their_own_rule(client: openai.OpenAI, control: Control) -> None:
    """And so have those a store is made with, or a thread's attachments bring."""
    rules = {"late*": {"takes": "20s"}, "broken*": {"takes": "2s", "fails": "server_error"}}
    control.new_world(latency="instant", indexing=rules)
    files = {name: upload(client, name, "words").id for name in ("late.md", "broken.md", "fine.md")}

    def times(store: str) -> dict[str, Outcome]:
        began = moment(control)
        return {
            name: outcome(client, control, store, files[name], began)
            for name in ("fine.md", "broken.md", "late.md")
        }

    expected = {
        "fine.md": (0, "completed", None),
        "broken.md": (2, "failed", INTERNAL),
        "late.md": (20, "completed", None),
    }
    store = client.vector_stores.create().id
    batch = client.vector_stores.file_batches.create(store, file_ids=[*files.values()])
    assert times(store) == expected
    done = client.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store)
    assert (done.status, done.file_counts.completed, done.file_counts.failed) == ("completed", 2, 1)
    assert times(client.vector_stores.create(file_ids=[*files.values()]).id) == expected
    attachments: Any = [{"file_id": file, "tools": [{"type": "file_search"}]} for file in files.values()]
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "Look.", "attachments": attachments}]
    )
    assert thread.tool_resources is not None
    assert thread.tool_resources.file_search is not None
    assert times((thread.tool_resources.file_search.vector_store_ids or [])[0]) == expected


def test_a_described_store_is_indexed_at_once_but_what_fails_fails(
    client: openai.OpenAI, control: Control
) -> None:
    """Fixtures take no time; the outcome is said all the same."""
    control.new_world(indexing={"late*": {"takes": "20s"}, "broken*": {"fails": "unsupported_file"}})
    files = [
        {"object": "file", "id": f"file-{name}", "filename": f"{name}.md", "text": "words"}
        for name in ("late", "broken")
    ]
    ids = [file["id"] for file in files]
    control.fixtures([*files, {"object": "vector_store", "id": "vs_1", "file_ids": ids}])
    began = moment(control)
    assert outcome(client, control, "vs_1", "file-late", began) == (0, "completed", None)
    assert outcome(client, control, "vs_1", "file-broken", began) == (0, "failed", UNSUPPORTED)


def test_a_fault_has_the_last_word(client: openai.OpenAI, control: Control) -> None:
    """It acts on what would have become of the file."""
    control.new_world(indexing={"*": {"takes": "5s", "fails": "server_error"}})
    control.arm("index.slow(delay=1m)", "vector_stores.files.create")
    assert became(client, control, "a.md") == (65, "failed", INTERNAL)
    control.arm("index.failed(code=unsupported_file)", "vector_stores.files.create")
    assert became(client, control, "a.md") == (5, "failed", UNSUPPORTED)


def test_a_snapshot_keeps_the_rules_in_their_order(client: openai.OpenAI, control: Control) -> None:
    rules = {"z*": {"takes": "1s"}, "*.md": {"takes": "2s", "fails": "server_error"}, "a*": {"takes": "3s"}}
    shown = control.new_world(indexing=rules)["indexing"]
    assert shown == {
        "z*": {"takes": 1000},
        "*.md": {"takes": 2000, "fails": {"code": INTERNAL[0], "message": INTERNAL[1]}},
        "a*": {"takes": 3000},
    }
    document = control.snapshot()
    control.new_world(latency="instant")
    assert became(client, control, "a.md") == (0, "completed", None)
    control.restore(document)
    assert became(client, control, "a.md") == (2, "failed", INTERNAL)
    assert became(client, control, "z.md") == (1, "completed", None)
    del document["settings"]["indexing"]  # as it was before there were such rules
    control.restore(document)
    assert became(client, control, "z.md")[1] == "completed"
    assert list(indexing_state(parse_indexing(rules))) == ["z*", "*.md", "a*"]


def test_a_configuration_file_may_say_it(tmp_path: Path) -> None:
    path = tmp_path / "mock.toml"
    path.write_text('[indexing."*.md"]\ntakes = "45s"\n\n[indexing."b*"]\nfails = "server_error"\n')
    settings = read_config(path).settings
    assert settings.indexing == parse_indexing({"*.md": {"takes": "45s"}, "b*": {"fails": "server_error"}})
    path.write_text('seed = 1\n[indexing]\n"*.md" = { take = "45s" }\n')
    with pytest.raises(ConfigError, match=r"mock.toml:2: indexing: '\*.md': unknown key 'take'"):
        read_config(path)


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ("*.md", "these are rules by names of files"),
        ([{"takes": "1s"}], "these are rules by names of files"),
        ({"": {"takes": "1s"}}, "the name of a file is empty"),
        ({"*": "45s"}, "'*': say how long it takes or how it fails"),
        ({"*": {}}, "'*': say how long it takes or how it fails"),
        ({"*": {"take": "45s"}}, "'*': unknown key 'take'; did you mean 'takes'?"),
        ({"*": {"takes": "45"}}, "'*': takes: '45' has no unit"),
        ({"*": {"takes": -1}}, "'*': takes: -1 is not a length of time"),
        ({"*": {"takes": None}}, "'*': takes: None is not a duration"),
        ({"*": {"fails": "unsuported"}}, "unknown code 'unsuported'; did you mean 'unsupported_file'?"),
        (
            {"*": {"fails": "zzz"}},
            "it is one of server_error, unsupported_file, invalid_file; with any other",
        ),
        ({"*": {"fails": True}}, "'*': fails: this is a code or {'code', 'message'}, not True"),
        ({"*": {"fails": None}}, "not None"),
        ({"*": {"fails": {}}}, "'*': fails: 'code' is missing"),
        ({"*": {"fails": {"message": "x"}}}, "'code' is missing"),
        ({"*": {"fails": {"code": "x"}}}, "unknown code 'x'"),
        ({"*": {"fails": {"code": "x", "message": ""}}}, "message: this is a text, not ''"),
        ({"*": {"fails": {"kode": "x"}}}, "unknown key 'kode'; did you mean 'code'?"),
        ({"a": {"takes": "1s"}, "b": {"fails": {"code": 7}}}, "'b': fails: code: this is a text, not 7"),
    ],
)
def test_nonsense_is_refused_and_the_old_world_stays(control: Control, rules: Any, complaint: str) -> None:
    control.new_world(indexing={"a": {"takes": "1s"}})
    with pytest.raises(ControlError) as refusal:
        control.new_world(indexing=rules)
    assert refusal.value.status == 400
    assert refusal.value.message.startswith("indexing: ")
    assert complaint in refusal.value.message
    assert control.snapshot()["settings"]["indexing"] == {"a": {"takes": 1000}}
