"""What the last words of programs say, language by language."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.explore.endings import failure_of_program
from harness.explore.processes import Ended

FOLDER = Path("/src/bot")

PYTHON = """
Traceback (most recent call last):
  File "/src/bot/app/bot.py", line 12, in ask
    return client.beta.threads.create().id
  File "/usr/lib/python3/site-packages/openai/_base_client.py", line 1047, in request
    raise self._make_status_error_from_response(err.response) from None
openai.InternalServerError: Error code: 500 - {'error': 'x'}
"""

CHAINED = f"""{PYTHON}
The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/src/bot/main.py", line 3, in <module>
    ask()
  File "/src/bot/app/bot.py", line 14, in ask
    raise BotUnavailable("try later") from error
app.bot.BotUnavailable: try later
"""

PYTEST = """
test_bot.py:12: in test_answer
    assert ask("x") == "Paris."
E   AssertionError: assert 'x' == 'Paris.'
E
=========== short test summary info ===========
FAILED test_bot.py::test_answer - AssertionError: assert 'x' == 'Paris.'
"""

NODE = """
/src/bot/node_modules/openai/core/error.js:66
            return new InternalServerError(status, error, message, headers);
                   ^

InternalServerError: 500 The server had an error
    at APIError.generate (/src/bot/node_modules/openai/core/error.js:66:20)
    at process.processTicksAndRejections (node:internal/process/task_queues:103:5)
    at async ask (file:///src/bot/src/ask.mjs:6:37) {
  status: 500,
  cause: TypeError: fetch failed
      at node:internal/deps/undici/undici:15270:13
}

Node.js v22.23.3
"""

WRAPPED = """
/src/bot/ask.mjs:6
    throw new BotUnavailable('try later', { cause: error });
    ^

BotUnavailable [Error]: try later
    at ask (file:///src/bot/ask.mjs:6:120) {
  [cause]: APIConnectionError: Connection error.
      at OpenAI.makeRequest (/src/bot/node_modules/openai/client.js:935:19)
}
npm ERR! Lifecycle script `test` failed with error:
"""

ASSERT = """
AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

'x' !== 'Paris.'

    at file:///src/bot/ask.test.mjs:7:91 {
  generatedMessage: true,
  code: 'ERR_ASSERTION'
}
"""

TAP = """
TAP version 13
not ok 1 - answers
  ---
  location: '/src/bot/ask.test.mjs:7:1'
  failureType: 'testCodeFailure'
  error: |-
    Expected values to be strictly equal:

    'x' !== 'Paris.'

  code: 'ERR_ASSERTION'
  name: 'AssertionError'
  expected: 'Paris.'
  stack: |-
    TestContext.<anonymous> (file:///src/bot/ask.test.mjs:7:26)
    Test.run (node:internal/test_runner/test:1047:25)
  ...
"""

TAP_ERROR = """
not ok 1 - answers
  ---
  failureType: 'testCodeFailure'
  error: '500 The server had an error'
  code: 'ERR_TEST_FAILURE'
  stack: |-
    APIError.generate (/src/bot/node_modules/openai/core/error.js:66:20)
    async TestContext.<anonymous> (file:///src/bot/ask.test.mjs:6:25)
  ...
"""

JEST = """
  ● answers

    expect(received).toBe(expected) // Object.is equality

    Expected: "Paris."
    Received: "x"

      10 | test('answers', async () => {
    > 11 |   expect(await ask('x')).toBe('Paris.');

      at Object.<anonymous> (ask.test.js:11:26)
"""

JEST_ERROR = """
  ● answers

    InternalServerError: 500 The server had an error

      10 | test('answers', async () => {
    > 11 |   expect(await ask('x')).toBe('Paris.');

      at APIError.generate (node_modules/openai/core/error.js:66:20)
      at ask (ask.js:4:3)
"""

VITEST = """
 FAIL  ask.test.ts > answers
\x1b[31mAssertionError: expected 'x' to be 'Paris.' // Object.is equality\x1b[39m

 ❯ ask.test.ts:11:26
"""

UNDEFINED = """
TypeError: Cannot read properties of undefined (reading 'text')
    at ask (file:///src/bot/ask.mjs:9:30)
"""

JAVA = """
Exception in thread "main" com.openai.errors.RateLimitException: 429: too fast
\tat com.openai.core.handlers.ErrorHandler.handle(ErrorHandler.kt:40)
\tat org.example.Bot.ask(Bot.java:31)
Caused by: java.io.IOException: closed
"""

JUNIT = """
[ERROR] org.opentest4j.AssertionFailedError: expected: <Paris.> but was: <x>
\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)
\tat org.example.BotTest.answers(BotTest.java:12)
"""

GO = """
2026/01/02 10:00:00 POST "http://127.0.0.1:1/v1/threads": 500 Internal Server Error {"message": "x"}
exit status 1
"""

GO_TEST = """
--- FAIL: TestAnswer (0.02s)
    bot_test.go:14: got "x", want "Paris."
FAIL
"""

GO_PANIC = """
panic: runtime error: index out of range [0] with length 0

goroutine 1 [running]:
main.ask(...)
\t/src/bot/main.go:21 +0x1d
"""

DOTNET = """
Unhandled exception. System.ClientModel.ClientResultException: HTTP 500 (server_error)
   at OpenAI.ClientPipelineExtensions.ProcessMessageAsync(ClientPipeline pipeline) in /_/src/Pipe.cs:line 9
   at Bot.Ask(String question) in /src/bot/Bot.cs:line 18
"""

XUNIT = """
  Error Message:
   Assert.Equal() Failure: Strings differ
Expected: "Paris."
Actual:   "x"
  Stack Trace:
     at BotTests.Answers() in /src/bot/BotTests.cs:line 12
"""

RUBY = """
bot.rb:9:in 'Object#ask': 500 The server had an error (OpenAI::Errors::InternalServerError)
\tfrom bot.rb:20:in '<main>'
"""

MINITEST = """
  1) Failure:
BotTest#test_answer [bot_test.rb:7]:
Expected: "Paris."
  Actual: "x"
"""

ENDINGS = {
    "python": (PYTHON, "sdk", "openai.InternalServerError", "Error code: 500", "app/bot.py:12"),
    "chained": (CHAINED, "declared", "app.bot.BotUnavailable", "try later", "app/bot.py:14"),
    "pytest": (PYTEST, "assertion", "AssertionError", "assert 'x' == 'Paris.'", "test_bot.py:12"),
    "node": (NODE, "sdk", "InternalServerError", "500 The server had an error", "src/ask.mjs:6"),
    "wrapped": (WRAPPED, "declared", "BotUnavailable", "try later", "ask.mjs:6"),
    "assert": (ASSERT, "assertion", "AssertionError", "'x' !== 'Paris.'", "ask.test.mjs:7"),
    "tap": (TAP, "assertion", "AssertionError", "'x' !== 'Paris.'", "ask.test.mjs:7"),
    "tap-error": (TAP_ERROR, "sdk", "OpenAIError", "500 The server had an error", "ask.test.mjs:6"),
    "jest": (JEST, "assertion", "AssertionError", 'Received: "x"', "ask.test.js:11"),
    "jest-error": (JEST_ERROR, "sdk", "InternalServerError", "500 The server had", "ask.js:4"),
    "vitest": (VITEST, "assertion", "AssertionError", "expected 'x' to be 'Paris.'", "ask.test.ts:11"),
    "undefined": (UNDEFINED, "other", "TypeError", "Cannot read properties", "ask.mjs:9"),
    "java": (JAVA, "sdk", "com.openai.errors.RateLimitException", "429: too fast", "Bot.java:31"),
    "junit": (JUNIT, "assertion", "org.opentest4j.AssertionFailedError", "<Paris.>", "BotTest.java:12"),
    "go": (GO, "sdk", "openai.Error", "500 Internal Server Error", ""),
    "go-test": (GO_TEST, "assertion", "testing.Failed", 'got "x", want "Paris."', "bot_test.go:14"),
    "go-panic": (GO_PANIC, "other", "panic", "index out of range", "main.go:21"),
    "dotnet": (DOTNET, "sdk", "System.ClientModel.ClientResultException", "HTTP 500", "Bot.cs:18"),
    "xunit": (XUNIT, "assertion", "Xunit.Sdk.XunitException", 'Actual:   "x"', "BotTests.cs:12"),
    "ruby": (RUBY, "sdk", "OpenAI::Errors::InternalServerError", "500 The server", "bot.rb:9"),
    "minitest": (MINITEST, "assertion", "Minitest::Assertion", 'Expected: "Paris."', "bot_test.rb:7"),
    "quiet": ("loading\nSorry, I cannot answer.\nnpm ERR! code 1\n", "other", "exit code 1", "Sorry", ""),
}
"""Outputs, and what they are: kind, type, a part of the message, where."""


@pytest.mark.parametrize("name", ENDINGS)
def test_last_words(name: str) -> None:
    output, kind, type_, message, where = ENDINGS[name]
    failure = failure_of_program(Ended(1, output), declared=["BotUnavailable"], folder=FOLDER)
    assert failure is not None
    assert (failure.kind, failure.type, failure.where) == (kind, type_, where)
    assert message in failure.message


def test_ends_without_an_error() -> None:
    assert failure_of_program(Ended(0, PYTHON), declared=(), folder=FOLDER) is None
    hung = failure_of_program(Ended(None, PYTHON, "it waits in vain"), declared=(), folder=FOLDER)
    assert hung is not None
    assert (hung.kind, hung.message) == ("hung", "it waits in vain")
    killed = failure_of_program(Ended(-11, ""), declared=(), folder=FOLDER)
    by_shell = failure_of_program(Ended(139, ""), declared=(), folder=FOLDER)
    assert killed is not None
    assert (killed.kind, killed.type) == ("other", "SIGSEGV")
    assert by_shell == killed
    meant = failure_of_program(Ended(3, "Sorry."), declared=["exit code 3"], folder=FOLDER)
    assert meant is not None
    assert (meant.kind, meant.message) == ("declared", "Sorry.")


def test_a_failed_assertion_counts_before_other_errors() -> None:
    """Of a suite whose tests fail in several ways: a wrong answer is the worst."""
    failure = failure_of_program(Ended(1, ASSERT + NODE), declared=(), folder=FOLDER)
    assert failure is not None
    assert failure.kind == "assertion"
