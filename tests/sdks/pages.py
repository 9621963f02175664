"""The JavaScript programs on the pages of `docs/errors`, run with the Node SDKs.

Each stands alone in a new world in virtual time; `node/sleepless.mjs` makes its sleeping move the clock.
"""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping

from docs.pages import Program, Runner, run_alone
from tests.sdks.environments import HERE, ROOT, SDKS, Environment, NodeSdk

PAGES = ROOT / "docs" / "errors"
SLEEPLESS = HERE / "node" / "sleepless.mjs"
SECONDS = 60

NODE = next(sdk for sdk in reversed(SDKS) if isinstance(sdk, NodeSdk))
"""The newest Node SDK: what it prints is what the pages say."""


def node_runner(sdk: NodeSdk) -> Runner:
    """What runs a program with this SDK. Raises UnavailableError when that cannot be set up."""
    return runner(sdk.prepare())


def runner(environment: Environment) -> Runner:
    """What runs a program beside the SDK, where Node looks for it; AssertionError for one that fails."""

    def run(code: str, variables: Mapping[str, str]) -> str:
        file = environment.folder / f"page-{uuid.uuid4().hex}.mjs"
        file.write_text(code, encoding="utf-8")
        try:
            done = subprocess.run(
                [*environment.command, "--import", SLEEPLESS.as_uri(), str(file)],
                capture_output=True,
                text=True,
                encoding="utf-8",
                env={**os.environ, **variables},
                timeout=SECONDS,
                check=False,
            )
        finally:
            file.unlink()
        if done.returncode:
            raise AssertionError(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    return run


def complaints(environment: Environment, base_url: str) -> Iterator[str]:
    """For every JavaScript program of the pages what is wrong with it, an empty text if nothing is."""
    for page in sorted(PAGES.glob("[0-9][0-9]-*.md")):
        text = page.read_text(encoding="utf-8")
        try:
            printed = run_alone(text, base_url, {"js": runner(environment)})
        except (AssertionError, subprocess.TimeoutExpired) as error:
            yield f"{page.relative_to(ROOT)}: {error}"
            continue
        for program, output in printed.items():
            wrong = _wrong(program, output)
            yield f"{page.relative_to(ROOT)}: {wrong}" if wrong else ""


def _wrong(program: Program, output: str) -> str:
    if program.printed is None:
        return "the page does not say what its program prints; `make docs ARGS=--node` writes it"
    if program.printed != output:
        return f"the program prints\n{output}and the page says\n{program.printed}"
    return ""
