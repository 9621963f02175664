"""The catalogue: every error the API may answer, one named entry each.

    raise errors.ACTIVE_RUN(thread=thread_id, run=run_id)

What the validator says about a request stands in `complaints`; nothing else in the project writes an API
error in its own words. An entry says how its wording is known (`evidence`; ids such as `E-61` name rows of
the evidence table). Entries for more resources may stand in other modules: each puts itself into
`CATALOGUE`, which refuses duplicates.

Look-alikes differ in their quotes and full stops; they are recorded that way and not to be tidied.
"""

from __future__ import annotations

from types import MappingProxyType

from mockserver import complaints as complaints
from mockserver import fileerrors as fileerrors
from mockserver import gateerrors as gateerrors
from mockserver import rateerrors as rateerrors
from mockserver import serviceerrors as serviceerrors
from mockserver.apierror import CATALOGUE as CATALOGUE
from mockserver.apierror import ApiError as ApiError
from mockserver.apierror import Entry as Entry
from mockserver.apierror import mask_key as mask_key

# Authentication.

NO_KEY = Entry(
    "NO_KEY",
    "You didn't provide an API key. You need to provide your API key in an Authorization header using"
    " Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if"
    " you're accessing the API from your browser and are prompted for a username and password. You can"
    " obtain an API key from https://platform.openai.com/account/api-keys.",
    status=401,
    rows=("E-01",),
    note="reported with its raw body until 2026",
)
WRONG_KEY = Entry(
    "WRONG_KEY",
    "Incorrect API key provided: {key}. You can find your API key at"
    " https://platform.openai.com/account/api-keys.",
    status=401,
    code="invalid_api_key",
    rows=("E-02",),
    note="recorded 2025-08; give the key through mask_key()",
    headers=MappingProxyType({"www-authenticate": 'Bearer realm="OpenAI API"'}),
    edge=True,
)
MISSING_SCOPES = Entry(
    "MISSING_SCOPES",
    "You have insufficient permissions for this operation. Missing scopes: {scopes}. Check that you have"
    " the correct role in your organization (Reader, Writer, Owner) and project (Viewer/Member, Owner), and"
    " if you're using a restricted API key, that it has the necessary scopes.",
    status=401,
    rows=("E-03",),
    note="reported 2024-08 with code null; `missing_scope` since 2026",
)
WRONG_ORGANIZATION = Entry(
    "WRONG_ORGANIZATION",
    "OpenAI-Organization header should match organization for API key",
    status=401,
    code="mismatched_organization",
    rows=("E-04",),
    note="reported on other routes",
)
UNKNOWN_ORGANIZATION = Entry(
    "UNKNOWN_ORGANIZATION",
    "No such organization: {organization}.",
    status=401,
    code="invalid_organization",
    rows=("E-05",),
    note="reported on other routes; one report shows 400",
)
NO_ORGANIZATION = Entry(
    "NO_ORGANIZATION",
    "You must be a member of an organization to use the API. Please contact us through our help center at"
    " help.openai.com.",
    status=401,
    code="no_organization",
    rows=("E-06",),
    note="reported on other routes",
)
BLOCKED_COUNTRY = Entry(
    "BLOCKED_COUNTRY",
    "Country, region, or territory not supported",
    status=403,
    type="request_forbidden",
    code="unsupported_country_region_territory",
    rows=("E-07",),
    note="reported on other routes",
)

# Headers.

NO_BETA_HEADER = Entry(
    "NO_BETA_HEADER",
    "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting"
    " the header 'OpenAI-Beta: assistants=v2'.",
    code="invalid_beta",
    rows=("E-08",),
    note="reported with its raw body 2025-01",
)
NO_BETA_HEADER_2023 = Entry(
    "NO_BETA_HEADER_2023",
    "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try again by setting"
    " the header 'OpenAI-Beta: assistants=v1'.",
    code="invalid_beta",
    rows=("E-09",),
    note="historical: 2023-11, before v2",
)
V1_RETIRED = Entry(
    "V1_RETIRED",
    "The v1 Assistants API has been deprecated. Please try again by setting the header 'OpenAI-Beta:"
    " assistants=v2'. See the migration guide for more information:"
    " https://platform.openai.com/docs/assistants/migration.",
    code="invalid_beta",
    rows=("E-10",),
    note="header `assistants=v1` on a route that v2 has, 2024-12 to 2025-03; the code is that of E-11",
)
V1_PATH_RETIRED = Entry(
    "V1_PATH_RETIRED",
    "The v1 Assistants API has been deprecated. See the migration guide for more information:"
    " https://platform.openai.com/docs/assistants/migration.",
    code="invalid_beta",
    rows=("E-11",),
    note="a path only v1 had, such as /assistants/{id}/files; raw body 2025-07",
)
V1_MODEL = Entry(
    "V1_MODEL",
    "The requested model '{model}' cannot be used with the Assistants API in v1. Follow the migration guide"
    " to upgrade to v2: https://platform.openai.com/docs/assistants/migration.",
    param="model",
    code="unsupported_model",
    rows=("E-12",),
    note="historical: while v1 lived",
)
CONTENT_TYPE = Entry(
    "CONTENT_TYPE",
    "Unsupported content type: '{content_type}'. This API method only accepts '{accepted}' requests,"
    " but you specified the header 'Content-Type: {content_type}'. Please try again with a supported"
    " content type.",
    code="unsupported_content_type",
    rows=("E-18",),
    note="reported 2024-02; the status is not in the report",
)

# Routing and the body as a whole.

UNKNOWN_ROUTE = Entry(
    "UNKNOWN_ROUTE",
    "Invalid URL ({method} {path})",
    status=404,
    rows=("E-13", "E-14"),
    note="recorded; for a known path with a wrong method inferred: no 405 was found anywhere",
)
NOT_FOUND = Entry(
    "NOT_FOUND",
    "Not found",
    status=404,
    rows=("E-15",),
    note="some sub-routes with no match, 2025-10",
)
BODY_NOT_JSON = Entry(
    "BODY_NOT_JSON",
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP"
    " library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If"
    " you have trouble figuring out how to fix this, please contact us through our help center at"
    " help.openai.com.)",
    rows=("E-17",),
    note="reported 2024-09",
)
BODY_NOT_FORM = Entry(
    "BODY_NOT_FORM",
    "We could not parse the multipart form of your request: {reason}.",
    evidence="inferred",
    note="no wording for a broken form was found",
)
BODY_NOT_OBJECT = Entry(
    "BODY_NOT_OBJECT",
    "Invalid type for request body: expected an object, but got {got} instead.",
    code="invalid_type",
    evidence="inferred",
    rows=("E-43",),
    note="family wording; of JSON bodies that are no object only the pydantic text of 2023 is known",
)
SERVER_ERROR = Entry(
    "SERVER_ERROR",
    "The server had an error processing your request. Sorry about that! You can retry your request, or"
    " contact us through our help center at help.openai.com if you keep seeing this error. (Please include"
    " the request ID {request_id} in your email.)",
    status=500,
    type="server_error",
    rows=("E-120",),
    note="recorded 2024-10 on a vector store route",
)

# Identifiers.

ASSISTANT_NOT_FOUND = Entry(
    "ASSISTANT_NOT_FOUND",
    "No assistant found with id '{id}'.",
    status=404,
    rows=("E-20", "E-37"),
    note="reported 2024-01",
)
THREAD_NOT_FOUND = Entry(
    "THREAD_NOT_FOUND",
    "No thread found with id '{id}'.",
    status=404,
    rows=("E-21",),
    note="recorded; reported 2024-05",
)
MESSAGE_NOT_FOUND = Entry(
    "MESSAGE_NOT_FOUND",
    "No message found with id '{id}'.",
    status=404,
    rows=("E-22",),
    note="raw body 2023-11; the same for an id of another kind, such as run_X",
)
RUN_NOT_FOUND = Entry(
    "RUN_NOT_FOUND", "No run found with id '{id}'.", status=404, rows=("E-23",), note="from a client's rules"
)
STEP_NOT_FOUND = Entry(
    "STEP_NOT_FOUND", "No run step found with id '{id}'.", status=404, rows=("E-24",), note="recorded 2025-03"
)

# Models.

MODEL_NOT_FOUND = Entry(
    "MODEL_NOT_FOUND",
    "The requested model '{model}' does not exist.",
    param="model",
    code="model_not_found",
    rows=("E-34",),
)
MODEL_UNSUPPORTED = Entry(
    "MODEL_UNSUPPORTED",
    "The requested model '{model}' cannot be used with the Assistants API.",
    param="model",
    code="unsupported_model",
    rows=("E-35",),
    note="reported 2025-08",
)
PARAMETER_UNSUPPORTED = Entry(
    "PARAMETER_UNSUPPORTED",
    "Unsupported parameter: '{path}' is not supported with this model.",
    param="{path}",
    code="unsupported_parameter",
    rows=("E-36",),
    note="a sampling parameter on a reasoning model",
)
MODEL_PAGE_NOT_FOUND = Entry(
    "MODEL_PAGE_NOT_FOUND",
    "The model '{model}' does not exist",
    status=404,
    param="model",
    code="model_not_found",
    rows=("E-38",),
    note="recorded on GET /models/{id}; no full stop, unlike E-34",
)

MODEL_NOT_YOURS = Entry(
    "MODEL_NOT_YOURS",
    "You have insufficient permissions for this operation.",
    status=403,
    evidence="inferred",
    note="deleting a model that is not a fine-tuned one of the project; wording as for missing scopes",
)

# State of threads and runs: all 400 with param and code null, never 409.

ACTIVE_RUN = Entry(
    "ACTIVE_RUN",
    "Thread {thread} already has an active run {run}.",
    rows=("E-61", "E-80"),
    note="a second run; reported 2024-09 with headers, whose Content-Length 206 is exactly this body",
)
OUTPUTS_NOT_ACCEPTED = Entry(
    "OUTPUTS_NOT_ACCEPTED",
    'Runs in status "{status}" do not accept tool outputs.',
    rows=("E-62",),
    note="recorded 2023-11 to 2024-04; double quotes",
)
MESSAGE_DURING_RUN = Entry(
    "MESSAGE_DURING_RUN",
    "Can't add messages to {thread} while a run {run} is active.",
    rows=("E-63",),
    note="raw body in several reports, 2024-08",
)
WRONG_CALL_IDS = Entry(
    "WRONG_CALL_IDS",
    "Expected tool outputs for call_ids {expected}, got {got}",
    rows=("E-64",),
    note="give two lists of str: they are shown in Python's form; no full stop",
)
CANNOT_CANCEL = Entry(
    "CANNOT_CANCEL",
    "Cannot cancel run with status '{status}'.",
    rows=("E-66", "E-67"),
    note="recorded for completed and cancelled, inferred for the other final states; single quotes",
)
CANNOT_UPDATE = Entry(
    "CANNOT_UPDATE",
    "Cannot update run with status '{status}'.",
    rows=("E-69",),
    note="recorded 2023-11",
)
EMPTY_THREAD = Entry(
    "EMPTY_THREAD",
    "Run creation requires a Thread with a user message or an assistant with instructions.",
    code="invalid_thread",
    rows=("E-29",),
    note="recorded 2024-04, with and without stream",
)
DELETE_DURING_RUN = Entry(
    "DELETE_DURING_RUN",
    "Cannot delete thread while run is active",
    evidence="documented",
    rows=("E-81",),
    note="found in one guide only; the wire most likely answers 200",
)
TOO_MANY_MESSAGES = Entry(
    "TOO_MANY_MESSAGES",
    "Thread has exceeded the maximum number of messages (100,000)",
    evidence="documented",
    rows=("E-82",),
    note="found in one guide only; an official text of 2024-04 says that there is no limit",
)

# Azure OpenAI, whose bodies have members of their own.

AZURE_NOT_FOUND = Entry(
    "AZURE_NOT_FOUND",
    "Resource not found",
    status=404,
    type=None,
    code="404",
    rows=("Z-01",),
    note="unknown route or wrong api-version",
    members=("code", "message"),
)
AZURE_WRONG_KEY = Entry(
    "AZURE_WRONG_KEY",
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key"
    " for an active subscription and use a correct regional API endpoint for your resource.",
    status=401,
    type=None,
    code="401",
    rows=("Z-03",),
    note="recorded",
    members=("code", "message"),
)

# The control door's own complaints: not the API's words, so written to be helpful.

CONTROL_INVALID = Entry(
    "CONTROL_INVALID", "{message}", param="{param}", evidence="documented", note="our own"
)
CONTROL_NOT_FOUND = Entry(
    "CONTROL_NOT_FOUND", "{message}", status=404, param="{param}", evidence="documented", note="our own"
)
