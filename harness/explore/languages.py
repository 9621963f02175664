"""What programs write when they fail, language by language: which errors there are, and where they came from.

A header is how an error begins, in one line or more. Its groups say the `type`, the `message`, and where it
says so itself, the `file` and `line`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """How an error begins; of this `type` where the pattern does not say which. A `loose` one would fit much
    else: it counts only beside a stack.
    """

    pattern: re.Pattern[str]
    type: str = "Error"
    loose: bool = False


@dataclass(frozen=True)
class Language:
    """How errors look in the output of programs in one language.

    `sdk` are the types of errors that are those of the API or of the way to it, `assertions` those of asserts
    and matchers. `frame` is a line of a stack; stacks stand before their error where `upwards` says so, and
    there `caused` stands between an error and the one it has led to: elsewhere causes come after it, and no
    header fits them.
    """

    name: str
    headers: Sequence[Header]
    sdk: re.Pattern[str]
    assertions: re.Pattern[str]
    frame: re.Pattern[str]
    upwards: bool = False
    caused: re.Pattern[str] | None = None


FOREIGN = re.compile(
    r"\bnode_modules\b|\bnode:|\bsite-packages\b|\bdist-packages\b|/lib/python\d|<frozen |<string>"
    r"|/vendor/|/gems/|/lib/ruby/|/pkg/mod/|/usr/(?:local/)?(?:go|lib)/"
    r"|\bat (?:com\.openai|java|javax|jdk|sun|kotlin|okhttp3|org\.(?:junit|opentest4j|assertj|apache))\."
    r"|\bat (?:OpenAI|System|Microsoft|Xunit|NUnit)\."
)
"""What a line of a stack has in it that is not the program's own."""

SDK_FRAME = re.compile(r"(?:node_modules|site-packages|gems)/openai\b")
"""A line of a stack inside of OpenAI's library: what is thrown there without a type of its own is its."""

_OPENAI = (
    r"\b(?:OpenAIError|API\w*Error|BadRequestError|AuthenticationError|PermissionDeniedError|NotFoundError"
    r"|ConflictError|UnprocessableEntityError|RateLimitError|InternalServerError)$"
)
"""The names that OpenAI's libraries for several languages share."""

_TYPE = (
    r"(?P<type>(?:[A-Za-z_][\w$]*(?:\.|::))*[A-Z][\w$]*"
    r"(?:Error|Exception|Failure|Failed|Assertion|ExpectationNotMet\w*))"
)

PYTHON = Language(
    "Python",
    (
        Header(re.compile(r"E +(?P<message>assert .*)"), "AssertionError"),  # as pytest tells it
        Header(re.compile(rf"(?:E +)?{_TYPE}(?:: (?P<message>.*))?$", re.M)),
        Header(re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$", re.M), loose=True),
    ),
    sdk=re.compile(
        rf"^(?:openai|httpx2?|httpcore2?|h11|h2|anyio|requests|urllib3|aiohttp|azure)\.|{_OPENAI}"
    ),
    assertions=re.compile(r"(?:^|\.)(?:AssertionError|Failed)$"),
    frame=re.compile(r' +File "(?P<file>[^"]+)", line (?P<line>\d+)|(?P<file2>[^\s:]+\.py):(?P<line2>\d+): '),
    upwards=True,
    caused=re.compile(r"^(?:During handling of the above|The above exception was the direct)", re.M),
)

NODE = Language(
    "Node",
    (
        # As `node --test` reports: one with a name of its own, or none.
        Header(
            re.compile(r" +error: (?:\|-\n *)?'?(?P<message>.*?)'?\n(?:.*\n){0,30}? +name: '(?P<type>\w+)'")
        ),
        Header(re.compile(r" +error: '(?P<message>.*)'\n +code: ")),
        Header(re.compile(r" *(?P<message>expect\(.*\)\.\w.*)"), "AssertionError"),  # jest
        Header(re.compile(rf" *(?:Uncaught )?{_TYPE}(?: \[\w+\])?(?:: (?P<message>.*))?$", re.M)),
        Header(re.compile(r" *(?P<type>[A-Z][\w$]*)(?: \[\w+\])?: (?P<message>.*)"), loose=True),
    ),
    sdk=re.compile(rf"{_OPENAI}|^(?:FetchError|AxiosError|ConnectTimeoutError|SocketError)$"),
    assertions=re.compile(r"(?:^|\.)(?:Jest)?AssertionError$"),
    frame=re.compile(
        r" +(?:(?:at|❯) )?(?:.*\()?(?:file://)?(?P<file>(?:[A-Za-z]:|node:)?[^()\s:]+?)"
        r":(?P<line>\d+):\d+\)?(?: {)?$",
        re.M,
    ),
)

JAVA = Language(
    "Java",
    (
        Header(
            re.compile(rf'(?:Exception in thread "[^"]*" |\[ERROR\] +)?{_TYPE}(?:: (?P<message>.*))?$', re.M)
        ),
    ),
    sdk=re.compile(r"^(?:com\.(?:openai|azure)|java\.net|javax\.net|okhttp3)\.|^java\.io\.IOException$"),
    assertions=re.compile(
        r"\b(?:AssertionError|AssertionFailedError|ComparisonFailure|MultipleFailuresError)$"
    ),
    frame=re.compile(r"\s+at .*\((?P<file>[\w$]+\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)"),
)

GO = Language(
    "Go",
    (
        Header(re.compile(r'.*(?P<message>\b[A-Z]{3,6} "https?://[^"]*": .*)'), "openai.Error"),
        Header(re.compile(r'.*(?P<message>\b[A-Z][a-z]+ "https?://[^"]*": .*)'), "url.Error"),
        Header(re.compile(r"panic: (?P<message>.*)"), "panic"),
        Header(re.compile(r" +(?P<file>\w+_test\.go):(?P<line>\d+): (?P<message>.*)"), "testing.Failed"),
    ),
    sdk=re.compile(r"^(?:openai|url)\.Error$"),
    assertions=re.compile(r"^testing\.Failed$"),
    frame=re.compile(r"\s+(?P<file>\S+\.go):(?P<line>\d+)"),
)

DOTNET = Language(
    ".NET",
    (
        Header(re.compile(r" *(?P<message>Assert\.\w+\(\) Failure.*)"), "Xunit.Sdk.XunitException"),
        Header(
            re.compile(rf" *(?:Unhandled exception\. )?{_TYPE}(?: \([^)]*\))?(?: ?: (?P<message>.*))?$", re.M)
        ),
    ),
    sdk=re.compile(r"^(?:System\.ClientModel|System\.Net|OpenAI|Azure)\."),
    assertions=re.compile(r"^Xunit\.|^NUnit\.|AssertFailedException$"),
    frame=re.compile(r" +at .* in (?P<file>.+):line (?P<line>\d+)"),
)

RUBY = Language(
    "Ruby",
    (
        Header(
            re.compile(
                r"(?P<file>[^\s:]+\.rb):(?P<line>\d+):in .*?: (?P<message>.*) \((?P<type>[A-Z][\w:]*)\)$",
                re.M,
            )
        ),
        Header(
            re.compile(r" *(?P<message>Failure/Error: .*\b(?:expect|assert).*)"), "ExpectationNotMetError"
        ),
        Header(
            re.compile(r"(?: *\d+\) )?Failure:\n.*?\[(?P<file>[^\s:]+):(?P<line>\d+)\]:\n(?P<message>.*)"),
            "Minitest::Assertion",
        ),
        Header(re.compile(rf" *{_TYPE}:(?: (?P<message>.*))?$", re.M)),
    ),
    sdk=re.compile(r"^(?:OpenAI|Faraday|Net|Errno|HTTP)::|^SocketError$"),
    assertions=re.compile(r"^Minitest::Assertion$|ExpectationNotMetError$"),
    frame=re.compile(r"\s*(?:from |# )?(?P<file>[^\s:]+\.rb):(?P<line>\d+):in "),
)

LANGUAGES = (PYTHON, NODE, JAVA, GO, DOTNET, RUBY)
"""All that are known."""
