"""What each Python SDK runs: every check with the synchronous client, then with the asynchronous one.

OPENAI_BASE_URL=http://127.0.0.1:8000/v1 OPENAI_API_KEY=k python -m tests.sdks.program [NAME ...]

Only the SDK is installed where this runs. The server must keep virtual time. One line for each check; the
last line counts them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
import warnings
from collections import Counter
from typing import Any

import openai

from tests.sdks.checks import Check, discover
from tests.sdks.sdk import Sdk, Skip, got

TIMEOUT_SECONDS = 20.0


def main(names: list[str]) -> int:
    """Run the named checks, or all; 1 if one failed."""
    # Every method of this API is deprecated, and says so at each call.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    checks = {name: run for name, run in discover().items() if not names or name in names}
    total: Counter[str] = Counter()
    for kind in (openai.OpenAI, openai.AsyncOpenAI):
        total += asyncio.run(_run(kind, checks))
    print(f"{total['ok']} passed, {total['FAIL']} failed, {total['skip']} skipped")
    return 1 if total["FAIL"] else 0


async def _run(kind: type[Any], checks: dict[str, Check]) -> Counter[str]:
    base_url, key = os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]
    client = kind(base_url=base_url, api_key=key, max_retries=0, timeout=TIMEOUT_SECONDS)
    sdk = Sdk(client, base_url, key, os.environ.get("LOCKED_BASE_URL", ""))
    total: Counter[str] = Counter()
    for name, run in checks.items():
        outcome = await _outcome(sdk, run)
        total[outcome.split(":")[0]] += 1
        mode = "async" if sdk.asynchronous else "sync"
        print(f"{outcome.split(':')[0]} {mode} {name}{outcome.partition(':')[2]}")
    for note in sdk.notes:
        print(f"note {note}")
    await got(client.close())
    return total


async def _outcome(sdk: Sdk, run: Check) -> str:
    """`ok`, `skip: why` or `FAIL: traceback`."""
    try:
        sdk.new_world()
        await run(sdk)
    except Skip as reason:
        return f"skip: {reason}"
    except Exception:
        return f"FAIL:\n{traceback.format_exc()}"
    return "ok"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
