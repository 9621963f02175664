"""The request shapes of vector stores and uploads: what passes as it is, and which slip is named where."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.apierror import ApiError
from mockserver.requests import stores
from mockserver.requests.shapes import Object

EQ: dict[str, Any] = {"type": "eq", "key": "a", "value": 1}


def nested(*filters: Any, kind: str = "and") -> dict[str, Any]:
    return {"type": kind, "filters": list(filters)}


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (stores.SEARCH, {"query": "a", "filters": EQ}),
        (stores.SEARCH, {"query": ["a", "b"], "filters": {**EQ, "value": True}, "max_num_results": 50}),
        (stores.SEARCH, {"query": "a", "filters": {"type": "nin", "key": "a", "value": ["x", 1.5, False]}}),
        (stores.SEARCH, {"query": "a", "filters": nested(EQ, nested(nested(EQ), kind="or"))}),
        (stores.SEARCH, {"query": "a", "ranking_options": {"ranker": "auto", "score_threshold": 0}}),
        (stores.ATTACH, {"file_id": "file-1", "attributes": {"k" * 64: "v" * 512, "n": -1.5, "b": False}}),
        (stores.MODIFY_FILE, {"attributes": {str(number): number for number in range(16)}}),
        (stores.CREATE_BATCH, {"file_ids": ["file-1"], "attributes": {"a": 1}}),
        (stores.CREATE_BATCH, {"files": [{"file_id": "file-1", "attributes": {"a": 1}}]}),
        (stores.CREATE, {"expires_after": {"anchor": "last_active_at", "days": 365}, "file_ids": []}),
        (stores.COMPLETE_UPLOAD, {"part_ids": []}),
    ],
)
def test_what_is_right_stays_as_it_is(shape: Object, body: dict[str, Any]) -> None:
    assert shape.check(body) == body


@pytest.mark.parametrize(
    ("shape", "body", "param"),
    [
        (stores.SEARCH, {}, "query"),
        (stores.SEARCH, {"query": 1}, "query"),
        (stores.SEARCH, {"query": []}, "query"),
        (stores.SEARCH, {"query": ["a", 1]}, "query[1]"),
        (stores.SEARCH, {"query": "a", "max_num_results": 51}, "max_num_results"),
        (stores.SEARCH, {"query": "a", "max_num_results": 0}, "max_num_results"),
        (
            stores.SEARCH,
            {"query": "a", "ranking_options": {"score_threshold": 1.1}},
            "ranking_options.score_threshold",
        ),
        *(
            (stores.SEARCH, {"query": "a", "filters": filters}, f"filters{at}")
            for filters, at in [
                ("a", ""),
                ([EQ], ""),
                ({}, ".type"),
                ({**EQ, "type": "like"}, ".type"),
                ({**EQ, "type": 1}, ".type"),
                ({"type": "eq", "value": 1}, ".key"),
                ({"type": "eq", "key": "a"}, ".value"),
                ({**EQ, "value": None}, ".value"),
                ({**EQ, "value": [1]}, ".value"),
                ({**EQ, "type": "in"}, ".value"),
                ({**EQ, "type": "in", "value": ["a", {}]}, ".value[1]"),
                ({**EQ, "key": 1}, ".key"),
                ({"type": "and"}, ".filters"),
                ({"type": "or", "filters": EQ}, ".filters"),
                (nested(EQ, 7), ".filters[1]"),
                (nested(nested({"type": "eq", "key": "a"})), ".filters[0].filters[0].value"),
            ]
        ),
        (stores.ATTACH, {}, "file_id"),
        (stores.ATTACH, {"file_id": "nothing"}, "file_id"),
        *(
            (stores.ATTACH, {"file_id": "file-1", "attributes": attributes}, f"attributes{at}")
            for attributes, at in [
                ([], ""),
                ({"a": None}, ".a"),
                ({"a": {}}, ".a"),
                ({"a": []}, ".a"),
                ({"a": "v" * 513}, ".a"),
            ]
        ),
        (stores.CREATE_BATCH, {}, "file_ids"),
        (stores.CREATE_BATCH, {"file_ids": []}, "file_ids"),
        (stores.CREATE_BATCH, {"files": [{"attributes": {}}]}, "files[0].file_id"),
        (stores.CREATE, {"expires_after": {"anchor": "created_at", "days": 1}}, "expires_after.anchor"),
        (stores.CREATE, {"expires_after": {"anchor": "last_active_at", "days": 366}}, "expires_after.days"),
        (stores.CREATE_UPLOAD, {"filename": "a", "purpose": "batch", "mime_type": "x"}, "bytes"),
        (
            stores.CREATE_UPLOAD,
            {"filename": "a", "purpose": "batch", "mime_type": "x", "bytes": -1},
            "bytes",
        ),
        (stores.COMPLETE_UPLOAD, {"md5": "x"}, "part_ids"),
    ],
)
def test_slips_are_named(shape: Object, body: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as raised:
        shape.check(body)
    assert (raised.value.status, raised.value.param) == (400, param)


def test_a_batch_names_its_files_in_one_way() -> None:
    both = {"file_ids": ["file-1"], "files": [{"file_id": "file-2"}]}
    with pytest.raises(ApiError, match="'file_ids' or 'files'"):
        stores.CREATE_BATCH.check(both)


@pytest.mark.parametrize(("most", "refused"), [(2, True), (3, False)])
def test_how_many_attributes_there_may_be_is_a_limit_of_the_world(most: int, refused: bool) -> None:
    attributes = {"a": 1, "b": 2, "c": 3}
    stores.check_attributes(None, most)
    if not refused:
        stores.check_attributes(attributes, most)
        return
    with pytest.raises(ApiError) as raised:
        stores.check_attributes(attributes, most, "files[0].attributes")
    assert raised.value.param == "files[0].attributes"
