"""`python -m bench.mock LOOP [OPTION]...`: the mock server on a free port, with the event loop chosen."""

from __future__ import annotations

import sys

if sys.argv[1] == "asyncio":
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # importing it fails then, as if it were not there

from mockserver.serve import serve

serve(["--port", "0", *sys.argv[2:]], prog_name="python -m bench.mock")
