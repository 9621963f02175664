"""`python -m bench.form LOOP`: a Starlette route that takes a form the usual way and answers its size."""

from __future__ import annotations

import socket
import sys
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def receive(request: Request) -> JSONResponse:
    """The form is parsed to its end; Starlette keeps larger files in a temporary one."""
    async with request.form() as form:
        file = form["file"]
        return JSONResponse({"bytes": file.size if isinstance(file, UploadFile) else 0})


def main(loop: str) -> None:
    """Serve until terminated; the first line printed is the address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    application = Starlette(routes=[Route("/v1/files", receive, methods=["POST"])])
    config = uvicorn.Config(application, loop=cast("Any", loop), http="httptools", log_level="warning")
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
