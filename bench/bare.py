"""`python -m bench.bare LOOP PATH`: a Starlette route that renders the object on standard input every time.

What is POSTed to it is parsed and forgotten. The server around it is configured as
`mockserver.server` configures its own.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

BACKLOG = 2048


def application(path: str, answer: Any) -> Starlette:
    """One route, one object: decoded once, rendered by JSONResponse for every request."""

    async def endpoint(request: Request) -> JSONResponse:
        if request.method == "POST":
            await request.json()
        return JSONResponse(answer)

    return Starlette(routes=[Route(path, endpoint, methods=["GET", "POST"])])


def main(loop: str, path: str) -> None:
    """Serve until terminated; the first line printed is the address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    config = uvicorn.Config(
        application(path, json.load(sys.stdin)),
        loop=cast("Any", loop),
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        lifespan="on",
    )
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
