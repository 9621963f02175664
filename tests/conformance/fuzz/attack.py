"""Generated requests against a server, each answer held against the laws; needs schemathesis.

    python attack.py DOCUMENT URL SEED REQUESTS SECONDS RESULT

Positive data fits the description, negative does not. Each generated request is sent as it is, and with ids
that answers have shown in place of invented ones, and several times with few of its optional fields, so that
requests come past the 404s and the first complaint. What came of each is written at once, as a line of JSON.
Equal arguments send equal requests.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import requests
import schemathesis
from furniture import Known, furnish
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from laws import EVENTS, JSON, Laws, events
from schemathesis import GenerationMode
from schemathesis.core.errors import InvalidSchema

EXAMPLES = 8
"""So many generated requests of one operation and kind come one after the other."""

WORLD_REQUESTS = 300
"""So many requests meet one world; operations that use something up begin with a fresh one."""

WORN_REQUESTS = 15
"""From then on it is left as soon as nothing is in it that the next request could name."""

FEW_BODIES, FEW_PATHS = 5, 1
"""So many forms with few fields each request has, with a body and without; generating one costs far more."""

KEPT_FIELDS = 0.3
HANG_SECONDS = 20


class EnoughError(Exception):
    """All requests are sent, or the time is over."""


class Attack:
    """One run: what was sent, and what came of it."""

    def __init__(
        self, document: dict[str, Any], url: str, seeded: int, wanted: int, seconds: float, result: Path
    ) -> None:
        self.schema = schemathesis.openapi.from_dict(document)
        self.schema.config.output.sanitization.update(enabled=False)  # the key is part of what reproduces
        self.url = url
        self.seed = seeded
        self.wanted = wanted
        self.until = time.monotonic() + seconds
        self.document = document
        self.laws = Laws(document)
        self.random = Random(seeded)
        self.known = Known(self.random)
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers = {"Authorization": f"Bearer sk-fuzz-{seeded}", "OpenAI-Beta": "assistants=v2"}
        self.session.headers.update(self.headers)
        self.sent = 0
        self.worn = WORLD_REQUESTS
        self.result = result.open("w", encoding="utf-8")

    def run(self) -> None:
        """Round after round over all operations, each with data that fits and data that does not."""
        operations = [result.ok() for result in self.schema.get_all_operations()]
        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
        strategies = [
            (one.as_strategy(generation_mode=mode), one)
            for one in operations
            for mode in modes
            # Of a bare path nothing can be made that does not fit: any text is an id.
            if mode is GenerationMode.POSITIVE or list(one.body) or list(one.query)
        ]
        # What is made by one is there for the others; what deletes comes last.
        strategies.sort(key=lambda strategy: strategy[1].method.upper() == "DELETE")
        turn = 0
        try:
            while True:
                for strategy, _ in strategies:
                    turn += 1
                    self._some(strategy, self.seed * 100_003 + turn)
        except EnoughError:
            pass

    def _some(self, strategy: Any, seeded: int) -> None:
        @seed(seeded)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def each(case: Any) -> None:
            self._send(case)

        try:
            each()
        except (InvalidSchema, Unsatisfiable):
            pass  # the generator found no way on; the other operations have their turn
        except BaseExceptionGroup as group:
            raise (group.exceptions[0]) from None

    def _send(self, case: Any) -> None:
        """One generated request in its forms: as it is, naming what exists, and so with few fields."""
        self._once(case)
        path, query, body = dict(case.path_parameters or {}), dict(case.query or {}), case.body
        has_body = isinstance(body, dict)
        if not path and not query and not has_body:
            return
        self._aim(case, path, query, body, few=False)
        self._once(case)
        for _ in range(FEW_BODIES if has_body else FEW_PATHS):
            self._aim(case, path, query, body, few=True)
            self._once(case)

    def _aim(self, case: Any, path: dict[str, Any], query: dict[str, Any], body: Any, *, few: bool) -> None:
        """Put ids that exist in place of invented ones; `few` leaves out most optional fields as well."""
        method, template = case.operation.method.upper(), case.operation.path
        lacking = self.known.fitting_path(method, template) == []
        if self.worn >= WORLD_REQUESTS or (lacking and self.worn >= WORN_REQUESTS):
            self._freshen()
        if path:
            case.path_parameters = self.known.path(method, template, path)
        if query:
            case.query = self.known.query(template, query)
        if isinstance(body, dict):
            if few:
                needed = self._needed(case)
                body = {
                    name: part
                    for name, part in body.items()
                    if name in needed or self.random.random() < KEPT_FIELDS
                }
            body = self.known.body(body, 0.95 if few else 0.7)
            case.body = self.known.fitting(body, case.path_parameters or {}) if few else body

    def _needed(self, case: Any) -> list[str]:
        """The fields a body cannot do without, by one of the alternatives there are."""
        described = self.document["paths"][case.operation.path][case.operation.method.lower()]
        (content,) = described["requestBody"]["content"].values()
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        schema = self.document["components"]["schemas"].get(name, {})
        needed: list[str] = list(schema.get("required", []))
        if alternatives := [one for one in schema.get("anyOf", []) if "required" in one]:
            needed += self.random.choice(alternatives)["required"]
        return needed

    def _freshen(self) -> None:
        furnish(self.session, self.url, self.known)
        self.worn = 0

    def _once(self, case: Any) -> None:
        if self.sent >= self.wanted or time.monotonic() > self.until:
            raise EnoughError
        if self.worn >= WORLD_REQUESTS:
            self._freshen()
        self.worn += 1
        self.sent += 1
        method, path = case.operation.method, case.operation.path
        family, objection = "none", None
        try:
            # Not `case.call`, which leaves long streams and sends again when a connection is dropped.
            written = case.as_transport_kwargs(base_url=f"{self.url}/v1", headers=self.headers)
            answer = self.session.request(**{**written, "timeout": HANG_SECONDS, "allow_redirects": False})
            family = f"{answer.status_code // 100}xx"
            objection = self.laws.objection(method, path, answer.status_code, _media(answer), answer.content)
            if answer.status_code == 200 and objection is None:
                objection = self._told(case, answer)
        except requests.Timeout:
            objection = f"no answer within {HANG_SECONDS} s"
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            objection = f"the connection was dropped: {error}"[:200]
        line: dict[str, Any] = {"operation": f"{method.upper()} {path}", "family": family}
        if objection is not None:
            curl = case.as_curl_command(headers=self.headers, base_url=f"{self.url}/v1")
            line |= {"objection": objection, "curl": curl}
        self.result.write(json.dumps(line) + "\n")
        self.result.flush()

    def _told(self, case: Any, answer: requests.Response) -> str | None:
        """Remember what an answer shows; a content is as long as its file says."""
        media = _media(answer)
        if media == JSON:
            self.known.learn(json.loads(answer.content))
        elif media == EVENTS:
            self.known.learn([data for _, data in events(answer.content)])
        else:
            name = (case.path_parameters or {}).get("file_id")
            files = [one for one in self.known.objects.get("file", []) if one["id"] == name]
            if files and files[0]["bytes"] != len(answer.content):
                return f"a content of {len(answer.content)} bytes where the file says {files[0]['bytes']}"
        return None


def _media(answer: requests.Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip()


def main(arguments: list[str]) -> None:
    """Attack, and write down what came of it."""
    document, url, seeded, wanted, seconds, result = arguments
    described = json.loads(Path(document).read_text())
    Attack(described, url, int(seeded), int(wanted), float(seconds), Path(result)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
