"""What the API's validator says about a request: the part of the error catalogue that `shapes` speaks.

All are 400 and `invalid_request_error`, and name the offending place in `param`. Rows tell which sentence was
seen on an Assistants route; the rest is the same validator's wording, captured on chat completions 2026-08.
"""

from __future__ import annotations

from mockserver.apierror import Entry

MISSING_PARAMETER = Entry(
    "MISSING_PARAMETER",
    "Missing required parameter: '{path}'.",
    param="{path}",
    code="missing_required_parameter",
    rows=("E-40", "E-65"),
    note="for a nested field of tool outputs only the pydantic text of 2023 was seen",
)
UNKNOWN_PARAMETER = Entry(
    "UNKNOWN_PARAMETER",
    "Unknown parameter: '{path}'.",
    param="{path}",
    code="unknown_parameter",
    rows=("E-16", "E-41", "E-42"),
    note="recorded; nested below tool_resources 2025-01",
)
INVALID_TYPE = Entry(
    "INVALID_TYPE",
    "Invalid type for '{path}': expected {expected}, but got {got} instead.",
    param="{path}",
    code="invalid_type",
    rows=("E-43",),
    note="recorded 2024-04",
)
INVALID_VALUE = Entry(
    "INVALID_VALUE",
    "Invalid value: '{value}'. Supported values are: {supported}.",
    param="{path}",
    code="invalid_value",
    rows=("E-44", "E-45", "E-46", "E-72"),
    note="raw body for role; the order of the v2 tool names is inferred",
)
MUTUALLY_EXCLUSIVE = Entry(
    "MUTUALLY_EXCLUSIVE",
    "Mutually exclusive parameters: '{path}'. Ensure you are only providing one of: {names}.",
    param="{path}",
    code="mutually_exclusive_parameters",
    evidence="inferred",
    note="wording captured on Responses 2026-08 for two top-level parameters, with an empty path",
)
TOO_MANY_PROPERTIES = Entry(
    "TOO_MANY_PROPERTIES",
    "Invalid '{path}': too many properties. Expected an object with at most {max} properties, but got an"
    " object with {length} properties instead.",
    param="{path}",
    code="object_above_max_properties",
    rows=("E-47",),
    note="raw body 2024-06",
)
PROPERTY_NAME_TOO_LONG = Entry(
    "PROPERTY_NAME_TOO_LONG",
    "Invalid property name in '{object}': '{name}' is too long. Expected a string with maximum length"
    " {max}, but got a string with length {length} instead.",
    param="{object}",
    code="property_name_above_max_length",
    rows=("E-49",),
    note="the sentence abbreviates the name (chat completions, 2026-08)",
)
STRING_TOO_LONG = Entry(
    "STRING_TOO_LONG",
    "Invalid '{path}': string too long. Expected a string with maximum length {max}, but got a string with"
    " length {length} instead.",
    param="{path}",
    code="string_above_max_length",
    rows=("E-48", "E-50", "E-51", "E-52", "E-53"),
    note="seen for content and function descriptions; for instructions inferred",
)
EMPTY_STRING = Entry(
    "EMPTY_STRING",
    "Invalid '{path}': empty string. Expected a string with minimum length 1, but got an empty string"
    " instead.",
    param="{path}",
    code="empty_string",
    evidence="inferred",
    note="captured for a function name on chat completions 2026-08",
)
STRING_PATTERN = Entry(
    "STRING_PATTERN",
    "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern"
    " '{pattern}'.",
    param="{path}",
    code="invalid_value",
    rows=("E-54",),
    note="first half from a client's rules",
)
ARRAY_TOO_LONG = Entry(
    "ARRAY_TOO_LONG",
    "Invalid '{path}': array too long. Expected an array with maximum length {max}, but got an array with"
    " length {length} instead.",
    param="{path}",
    code="array_above_max_length",
    rows=("E-56", "E-57", "E-58", "E-59"),
    note="raw body for tools; 2024-12 for file_ids",
)
EMPTY_ARRAY = Entry(
    "EMPTY_ARRAY",
    "Invalid '{path}': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    param="{path}",
    code="empty_array",
    evidence="inferred",
    rows=("E-75",),
    note="captured for messages on chat completions 2026-08",
)
INTEGER_TOO_BIG = Entry(
    "INTEGER_TOO_BIG",
    "Invalid '{path}': integer above maximum value. Expected a value <= {max}, but got {value} instead.",
    param="{path}",
    code="integer_above_max_value",
    rows=("E-70", "E-122"),
    note="seen for limit on a sibling list route",
)
INTEGER_TOO_SMALL = Entry(
    "INTEGER_TOO_SMALL",
    "Invalid '{path}': integer below minimum value. Expected a value >= {min}, but got {value} instead.",
    param="{path}",
    code="integer_below_min_value",
    evidence="inferred",
    rows=("E-71",),
)
DECIMAL_TOO_BIG = Entry(
    "DECIMAL_TOO_BIG",
    "Invalid '{path}': decimal above maximum value. Expected a value <= {max}, but got {value} instead.",
    param="{path}",
    code="decimal_above_max_value",
    evidence="inferred",
    rows=("E-76",),
    note="captured for a penalty on chat completions 2026-08",
)
DECIMAL_TOO_SMALL = Entry(
    "DECIMAL_TOO_SMALL",
    "Invalid '{path}': decimal below minimum value. Expected a value >= {min}, but got {value} instead.",
    param="{path}",
    code="decimal_below_min_value",
    evidence="inferred",
    note="captured for a penalty on chat completions 2026-08",
)
DUPLICATE_PARAMETER = Entry(
    "DUPLICATE_PARAMETER",
    "Duplicate parameter: '{path}'. You provided multiple values for this parameter, whereas only one is"
    " allowed. If you are trying to provide a list of values, use the array syntax instead e.g."
    " '{path}[]=<value>'.",
    param="{path}",
    code="duplicate_parameter",
    rows=("E-73",),
    note="a sibling list route",
)
ID_PREFIX = Entry(
    "ID_PREFIX",
    "Invalid '{path}': '{value}'. Expected an ID that begins with '{prefix}'.",
    param="{path}",
    code="invalid_value",
    rows=("E-27", "E-28", "E-30"),
    note="reported 2025; in 2023 and 2024 such ids were 404. The prefix is named without its underscore",
)
ID_CHARACTERS = Entry(
    "ID_CHARACTERS",
    "Invalid '{path}': '{value}'. Expected an ID that contains letters, numbers, underscores, or dashes,"
    " but this value contained additional characters.",
    param="{path}",
    code="invalid_value",
    rows=("E-31",),
    note="reported 2026, the code cut off after `invalid_v`",
)
FUNCTION_SCHEMA = Entry(
    "FUNCTION_SCHEMA",
    "Invalid schema for function '{function}': In context={context}, {complaint}",
    param="{path}",
    code="invalid_function_parameters",
    rows=("E-55",),
    note="recorded on chat completions for a missing additionalProperties",
)
IMAGE_URL = Entry(
    "IMAGE_URL",
    "Invalid '{path}'. Expected url to end in a supported format: .jpeg, .jpg, .png, .gif, .webp",
    param="{path}",
    code="invalid_value",
    rows=("E-77",),
    note="a client's rules show it up to `supported format`; the rest is that of the file's sentence",
)
IMAGE_FILE = Entry(
    "IMAGE_FILE",
    "Invalid message content: Expected file type to be a supported format: .jpeg, .jpg, .png, .gif, .webp"
    " but got {extension}.",
    rows=("E-77",),
    note="the file of an image_file part is of another kind",
)
