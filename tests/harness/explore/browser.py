"""A Chromium for tests of pages: where it is, how it is started, and how one is had (`make browser`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VARIABLE = "CHROME_BIN"
"""Names the browser to use; without it, it is looked for."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What it is called on the PATH; after those comes the one playwright brings along."""

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How it is started: it shows nothing, and asks nobody for anything."""

HOW = f"no Chromium found: `make browser` gets one where it can, or set {VARIABLE} to the path of one"


def find() -> str | None:
    """The path of a browser, or None where there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None) or _brought()


def _brought() -> str | None:
    """Playwright's own, if it was downloaded."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def started(path: str) -> Iterator[Browser]:
    """A browser with a new, empty profile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def get() -> int:
    """Get a browser if there is none: from Debian where that is allowed, else from playwright.

    Returns 0 in any case: where none can be had, the tests that need one are skipped.
    """
    ways: list[Sequence[str]] = []
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        ways.append(("apt-get", "install", "--yes", "--quiet", "chromium"))
    ways.append((sys.executable, "-m", "playwright", "install", "chromium"))
    for way in ways:
        if find() is not None:
            break
        print(f"getting a browser: {' '.join(way)}")
        try:
            subprocess.run(way, check=False, timeout=600, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            print("that took too long")
    print(f"browser: {find() or HOW}")
    return 0


if __name__ == "__main__":
    sys.exit(get())
