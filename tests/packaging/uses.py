"""What an installed server is used for: by its commands, over a socket, and for what an extra brings.

A `Use` of an extra gives what a user reads. Where the extra is missing, that names it.
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai
import openpyxl

from tests.packaging.interpreters import Installed, clean

CSV = b"region,units\nnorth,3\nsouth,4\n"
PDF = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R
/Resources<</Font<</F1 <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj
4 0 obj <</Length 43>> stream
BT /F1 12 Tf 20 50 Td (Thirty days.) Tj ET
endstream endobj
trailer <</Root 1 0 R>>
"""
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048)
"""It begins as a Word 97 document does, and is none: that is what the parser is to say."""
FAULTS = "- fault: lost_ack\n  at: messages.create\n"
INTERCEPT = """
import httpx
from harness.network.intercept import intercepting
with intercepting("http://127.0.0.1:9/v1"):
    print("intercepted")
"""
KEY = "packaging"


@dataclass(frozen=True)
class Use:
    """Something that needs an extra; `read` is what the user reads, `good` is in it where the extra is there.

    `beside` is what else has to be installed for the user to meet it.
    """

    extra: str
    read: Callable[[Installed], str]
    good: str
    beside: tuple[str, ...] = ()

    def missing(self, installed: Installed) -> str:
        """What is wrong where the extra is not installed; nothing if the user is told what to install."""
        said = self.read(installed)
        named = rf"pip install '?assistants-mock(\[\w+\]', or )?\[{self.extra}\]"
        told = re.search(named, " ".join(said.split()))
        if told is None:
            return f"[{self.extra}] missing, its use says: {said.strip()[-400:] or 'nothing'}"
        return f"[{self.extra}] missing, and a traceback is shown" if "\nTraceback" in f"\n{said}" else ""

    def present(self, installed: Installed) -> str:
        """What is wrong where it is installed."""
        said = self.read(installed)
        return "" if self.good in said else f"[{self.extra}] installed, its use says: {said.strip()[-400:]}"


@contextmanager
def serving(installed: Installed, *options: str) -> Iterator[str]:
    """The installed server; its base URL. Raises RuntimeError with what it says if it does not start."""
    command = [installed.script("assistants-mock"), "serve", "--port", "0", "--clock", "virtual", *options]
    with subprocess.Popen(
        command,
        cwd=installed.work,
        env=clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            found = re.search(r"(http://\S+)", said)
            if found is None:
                process.terminate()
                raise RuntimeError(said + process.stdout.read())
            yield found[1]
        finally:
            process.terminate()


def answers(base_url: str) -> str:
    """What is wrong with the first answer of a server."""
    request = urllib.request.Request(f"{base_url}/models", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        said = answer.read().decode()
    return "" if '"gpt-4o"' in said else f"GET /models: {said[:200]}"


def _indexed(name: str, content: bytes) -> Callable[[Installed], str]:
    """What becomes of a document in a vector store."""

    def read(installed: Installed) -> str:
        with serving(installed) as base_url, _client(base_url) as client:
            file = client.files.create(file=(name, content), purpose="assistants")
            store = client.vector_stores.create()
            done = client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id)
            return done.last_error.message if done.last_error else done.status

    return read


def _computed(name: str, content: Callable[[], bytes], question: str) -> Callable[[Installed], str]:
    """What the code interpreter answers about a file."""

    def read(installed: Installed) -> str:
        with serving(installed) as base_url, _client(base_url) as client:
            file = client.files.create(file=(name, content()), purpose="assistants")
            threads: Any = client.beta.threads
            tools: Any = [{"type": "code_interpreter"}]
            helper = client.beta.assistants.create(model="gpt-4o", tools=tools)
            attached = [{"file_id": file.id, "tools": tools}]
            thread = threads.create(messages=[{"role": "user", "content": question, "attachments": attached}])
            threads.runs.create_and_poll(thread_id=thread.id, assistant_id=helper.id)
            parts = threads.messages.list(thread.id).data[0].content
            return " ".join(part.text.value if part.type == "text" else part.type for part in parts)

    return read


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("region", "units"), ("north", 3), ("south", 4)):
        book.worksheets[0].append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _with_a_file(name: str, text: str, *command: str) -> Callable[[Installed], str]:
    """What a command says about a file."""

    def read(installed: Installed) -> str:
        (installed.work / name).write_text(text, encoding="utf-8")
        return installed.run(installed.script(command[0]), *command[1:])[1]

    return read


def _served_faults(installed: Installed) -> str:
    """What the server says to a faults file in YAML."""
    (installed.work / "faults.yaml").write_text(FAULTS, encoding="utf-8")
    try:
        with serving(installed, "--faults", "faults.yaml") as base_url:
            return answers(base_url) or "served"
    except RuntimeError as error:
        return str(error)


def _printed(text: str) -> Callable[[Installed], str]:
    """The last words of a program; of an exception, its message."""

    def read(installed: Installed) -> str:
        return installed.program(text)[1].strip().splitlines()[-1]

    return read


def _demo(installed: Installed) -> str:
    return installed.run(str(installed.python), "-W", "ignore", "-m", "harness.demo")[1]


def _uvloop(installed: Installed) -> str:
    code, said = installed.program("import uvloop; print(uvloop.__version__)")
    with contextlib.suppress(RuntimeError), serving(installed) as base_url:
        return answers(base_url) or ("served" if code == 0 else said)
    return "no server"


SCENARIO = "version: 1\nscenarios:\n- name: greeting\n  steps:\n  - threads.create: {}\n"
_SCENARIO = "greeting.assistants.yaml"
USES = (
    Use("pdf", _indexed("a.pdf", PDF), "completed"),
    Use("doc", _indexed("a.doc", DOC), "could not be parsed"),
    Use("xlsx", _computed("a.xlsx", _workbook, "What is the total of units?"), "units is 7"),
    Use("charts", _computed("a.csv", lambda: CSV, "Draw a chart of units by region"), "image_file"),
    Use("yaml", _served_faults, "served"),
    Use("yaml", _with_a_file(_SCENARIO, SCENARIO, "assistants-mock", "validate", _SCENARIO), "1 scenario"),
    Use("pytest", _with_a_file(_SCENARIO, SCENARIO, "assistants-mock", "run", _SCENARIO), "passed"),
    Use("hypothesis", _printed("from harness import strategies; print(strategies.texts)"), "function texts"),
    Use("intercept", _printed(INTERCEPT), "intercepted", beside=("httpx",)),
    Use("demo", _demo, "completed"),
)
"""Every message about a missing extra, and what is there with it."""
SPEED = Use("speed", _uvloop, "served")
"""Nobody misses it."""


def _client(base_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=base_url, api_key=KEY, max_retries=0, timeout=60)
