"""The catalogue says what was recorded, word for word; the ids are those of the evidence table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from mockserver import complaints, errors, fileerrors, gateerrors, rateerrors, serviceerrors
from mockserver.errors import CATALOGUE, ApiError, Entry

IRE = "invalid_request_error"
PLACES = (errors, complaints, fileerrors, gateerrors, rateerrors, serviceerrors)
"""The modules that have entries."""


def case(
    row: str,
    error: ApiError,
    message: str,
    *,
    status: int = 400,
    param: str | None = None,
    code: str | None = None,
) -> ParameterSet:
    """One row of the evidence table: an entry filled in, and what was seen."""
    return pytest.param(row, error, status, message, param, code, id=row)


GOLDEN = [
    case(
        "E-01",
        errors.NO_KEY(),
        "You didn't provide an API key. You need to provide your API key in an Authorization header"
        " using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank"
        " username) if you're accessing the API from your browser and are prompted for a username and"
        " password. You can obtain an API key from https://platform.openai.com/account/api-keys.",
        status=401,
    ),
    case(
        "E-02",
        errors.WRONG_KEY(key=errors.mask_key("fake_key")),
        "Incorrect API key provided: fake_key. You can find your API key at"
        " https://platform.openai.com/account/api-keys.",
        status=401,
        code="invalid_api_key",
    ),
    case(
        "E-08",
        errors.NO_BETA_HEADER(),
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by"
        " setting the header 'OpenAI-Beta: assistants=v2'.",
        code="invalid_beta",
    ),
    case(
        "E-10",
        errors.V1_RETIRED(),
        "The v1 Assistants API has been deprecated. Please try again by setting the header"
        " 'OpenAI-Beta: assistants=v2'. See the migration guide for more information:"
        " https://platform.openai.com/docs/assistants/migration.",
        code="invalid_beta",
    ),
    case(
        "E-11",
        errors.V1_PATH_RETIRED(),
        "The v1 Assistants API has been deprecated. See the migration guide for more information:"
        " https://platform.openai.com/docs/assistants/migration.",
        code="invalid_beta",
    ),
    case(
        "E-13",
        errors.UNKNOWN_ROUTE(method="GET", path="/v1/files/"),
        "Invalid URL (GET /v1/files/)",
        status=404,
    ),
    case(
        "E-17",
        errors.BODY_NOT_JSON(),
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using"
        " your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not"
        " valid JSON. If you have trouble figuring out how to fix this, please contact us through our"
        " help center at help.openai.com.)",
    ),
    case(
        "E-18",
        errors.CONTENT_TYPE(content_type="text/plain", accepted="application/json"),
        "Unsupported content type: 'text/plain'. This API method only accepts 'application/json'"
        " requests, but you specified the header 'Content-Type: text/plain'. Please try again with a"
        " supported content type.",
        code="unsupported_content_type",
    ),
    case(
        "E-20",
        errors.ASSISTANT_NOT_FOUND(id="asst_X"),
        "No assistant found with id 'asst_X'.",
        status=404,
    ),
    case(
        "E-21",
        errors.THREAD_NOT_FOUND(id="thread_X"),
        "No thread found with id 'thread_X'.",
        status=404,
    ),
    case(
        "E-22",
        errors.MESSAGE_NOT_FOUND(id="run_X"),
        "No message found with id 'run_X'.",
        status=404,
    ),
    case(
        "E-23",
        errors.RUN_NOT_FOUND(id="run_X"),
        "No run found with id 'run_X'.",
        status=404,
    ),
    case(
        "E-24",
        errors.STEP_NOT_FOUND(id="step_123"),
        "No run step found with id 'step_123'.",
        status=404,
    ),
    case(
        "E-25",
        fileerrors.STORE_NOT_FOUND(id="vs_X"),
        "No vector store found with id 'vs_X'.",
        status=404,
    ),
    case(
        "E-26",
        fileerrors.STORE_FILE_NOT_FOUND(id="file-X", store="vs_X"),
        "No file found with id 'file-X' in vector store 'vs_X'.",
        status=404,
    ),
    case(
        "E-32",
        fileerrors.FILE_NOT_FOUND(id="file-X"),
        "No such File object: file-X",
        status=404,
        param="id",
    ),
    case(
        "E-33",
        fileerrors.FILES_NOT_FOUND(ids=["file-X", "file-Y"]),
        "Files ['file-X', 'file-Y'] were not found",
    ),
    case("E-83", fileerrors.STORE_EXPIRED_FOR_RUN(id="vs_X"), "Vector store vs_X is expired"),
    case("E-84", fileerrors.STORE_EXPIRED(id="vs_X"), "Vector store 'vs_X' has expired"),
    case(
        "E-110",
        fileerrors.NOT_SEARCHABLE(extensions=".png"),
        "Files with extensions [.png] are not supported for retrieval. See"
        " https://platform.openai.com/docs/assistants/tools/file-search/supported-files",
        param="file_ids",
        code="unsupported_file",
    ),
    case(
        "E-113",
        fileerrors.EXTENSION_NOT_UPLOADABLE(extension="vb", supported='"c", "cpp"'),
        'Invalid extension vb. Supported formats: "c", "cpp"',
    ),
    case(
        "E-114",
        fileerrors.PURPOSE(purpose="world_domination"),
        "'world_domination' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision',"
        " 'evals'] - 'purpose'",
        param="purpose",
    ),
    case(
        "E-115",
        fileerrors.NOT_DOWNLOADABLE(purpose="assistants"),
        "Not allowed to download files of purpose: assistants",
    ),
    case("E-116", fileerrors.FILE_EMPTY(), "File is empty."),
    case("E-117", fileerrors.FILE_TOO_LARGE(), "File is too large."),
    case(
        "E-118",
        fileerrors.STORAGE_FULL(),
        "You have exceeded your file storage quota. Projects are limited to 2.5 TB of files. Please reduce"
        " the file size or contact support.",
    ),
    case(
        "E-119",
        fileerrors.FILE_PROCESSING(),
        "File is still processing. Check back later.",
        status=409,
    ),
    case(
        "E-29",
        errors.EMPTY_THREAD(),
        "Run creation requires a Thread with a user message or an assistant with instructions.",
        code="invalid_thread",
    ),
    case(
        "E-34",
        errors.MODEL_NOT_FOUND(model="gpt-4-turbo-preview"),
        "The requested model 'gpt-4-turbo-preview' does not exist.",
        param="model",
        code="model_not_found",
    ),
    case(
        "E-35",
        errors.MODEL_UNSUPPORTED(model="gpt-5-mini"),
        "The requested model 'gpt-5-mini' cannot be used with the Assistants API.",
        param="model",
        code="unsupported_model",
    ),
    case(
        "E-36",
        errors.PARAMETER_UNSUPPORTED(path="temperature"),
        "Unsupported parameter: 'temperature' is not supported with this model.",
        param="temperature",
        code="unsupported_parameter",
    ),
    case(
        "E-38",
        errors.MODEL_PAGE_NOT_FOUND(model="X"),
        "The model 'X' does not exist",
        status=404,
        param="model",
        code="model_not_found",
    ),
    case(
        "E-61",
        errors.ACTIVE_RUN(thread="thread_X", run="run_Y"),
        "Thread thread_X already has an active run run_Y.",
    ),
    case(
        "E-62",
        errors.OUTPUTS_NOT_ACCEPTED(status="in_progress"),
        'Runs in status "in_progress" do not accept tool outputs.',
    ),
    case(
        "E-63",
        errors.MESSAGE_DURING_RUN(thread="thread_X", run="run_Y"),
        "Can't add messages to thread_X while a run run_Y is active.",
    ),
    case(
        "E-64",
        errors.WRONG_CALL_IDS(expected=["call_A", "call_B"], got=["call_A"]),
        "Expected tool outputs for call_ids ['call_A', 'call_B'], got ['call_A']",
    ),
    case(
        "E-66",
        errors.CANNOT_CANCEL(status="completed"),
        "Cannot cancel run with status 'completed'.",
    ),
    case(
        "E-69",
        errors.CANNOT_UPDATE(status="in_progress"),
        "Cannot update run with status 'in_progress'.",
    ),
    case(
        "E-77",
        complaints.IMAGE_FILE(extension=".tiff"),
        "Invalid message content: Expected file type to be a supported format: .jpeg, .jpg, .png, .gif,"
        " .webp but got .tiff.",
    ),
    case(
        "E-82",
        errors.TOO_MANY_MESSAGES(),
        "Thread has exceeded the maximum number of messages (100,000)",
    ),
]


@pytest.mark.parametrize(("row", "error", "status", "message", "param", "code"), GOLDEN)
def test_wording(
    row: str, error: ApiError, status: int, message: str, param: str | None, code: str | None
) -> None:
    assert row in CATALOGUE[error.entry].rows
    assert error.status == status
    assert error.body() == {"error": {"message": message, "type": IRE, "param": param, "code": code}}


def test_members_stand_in_wire_order() -> None:
    assert list(errors.ACTIVE_RUN(thread="t", run="r").body()["error"]) == [
        "message",
        "type",
        "param",
        "code",
    ]


@pytest.mark.parametrize(
    ("error", "length"),
    [
        pytest.param(errors.EMPTY_THREAD(), 209, id="E-29"),
        pytest.param(errors.OUTPUTS_NOT_ACCEPTED(status="in_progress"), 170, id="E-62"),
        pytest.param(errors.ACTIVE_RUN(thread="thread_" + "X" * 24, run="run_" + "Y" * 24), 206, id="E-61"),
    ],
)
def test_recorded_content_length(error: ApiError, length: int) -> None:
    """The API writes two spaces of indentation and no newline; these lengths are on record."""
    assert len(json.dumps(error.body(), indent=2)) == length


def test_server_error_is_of_another_type() -> None:
    error = errors.SERVER_ERROR(request_id="req_X")
    assert (error.status, error.type) == (500, "server_error")
    assert error.message == (
        "The server had an error processing your request. Sorry about that! You can retry your request,"
        " or contact us through our help center at help.openai.com if you keep seeing this error."
        " (Please include the request ID req_X in your email.)"
    )


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("fake_key", "fake_key"),
        ("", ""),
        ("sk-123456789", "sk-123456789"),
        ("not-a-real-key-but-long-and-unauthorized", "not-a-re" + "*" * 28 + "ized"),
    ],
)
def test_wrong_keys_are_masked(key: str, shown: str) -> None:
    assert errors.mask_key(key) == shown


def test_only_the_wrong_key_carries_a_challenge_and_comes_from_the_edge() -> None:
    assert errors.WRONG_KEY(key="k").headers == {"www-authenticate": 'Bearer realm="OpenAI API"'}
    assert [entry.name for entry in CATALOGUE.values() if entry.edge or entry.headers] == ["WRONG_KEY"]


@pytest.mark.parametrize(
    ("entry", "body"),
    [
        (errors.AZURE_NOT_FOUND, {"code": "404", "message": "Resource not found"}),
        (
            errors.AZURE_WRONG_KEY,
            {
                "code": "401",
                "message": (
                    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to"
                    " provide a valid key for an active subscription and use a correct regional API"
                    " endpoint for your resource."
                ),
            },
        ),
    ],
    ids=["Z-01", "Z-03"],
)
def test_azure_has_a_body_of_its_own(entry: Entry, body: dict[str, Any]) -> None:
    assert entry().body() == {"error": body}
    assert list(entry().body()["error"]) == ["code", "message"]


def test_every_entry_is_found_under_its_own_name() -> None:
    for name, entry in CATALOGUE.items():
        assert entry in [getattr(place, name, None) for place in PLACES]


def test_every_entry_can_be_raised_from_its_blanks_alone() -> None:
    for entry in CATALOGUE.values():
        error = entry(**dict.fromkeys(entry.blanks, "{value}"))
        assert error.entry == entry.name
        assert error.body()["error"]["message"]


def test_entries_without_rows_say_why() -> None:
    assert all(entry.rows or entry.note for entry in CATALOGUE.values())


def test_braces_in_values_stay_as_they_are() -> None:
    error = complaints.UNKNOWN_PARAMETER(path="{path}{0}{")
    assert (error.message, error.param) == ("Unknown parameter: '{path}{0}{'.", "{path}{0}{")


def test_a_forgotten_value_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match=r"ACTIVE_RUN also takes \['run'\]"):
        errors.ACTIVE_RUN(thread="thread_X")


def test_a_name_cannot_be_taken_twice() -> None:
    with pytest.raises(ValueError, match="ACTIVE_RUN is in the catalogue twice"):
        Entry("ACTIVE_RUN", "again")


def test_the_control_door_may_name_a_place_or_none() -> None:
    assert errors.CONTROL_INVALID(message="no such fault", param="fault").param == "fault"
    assert errors.CONTROL_INVALID(message="not now", param=None).body()["error"]["param"] is None
