"""A file of 512 MB on its way in: how fast it comes, and how much memory that takes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from bench.figures import Figure
from bench.processes import KEY, Running, form, mock
from bench.rounds import alternate, ratio

BOUNDARY = "----bench"
BLOCK = b"0123456789abcdef" * 65_536
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nvision\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="film.png"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


def measure(quick: bool) -> list[Figure]:
    """Megabytes a second and the peak of memory, by turns with Starlette's own way to take a form."""
    rounds, megabytes = (2, 128) if quick else (4, 512)
    with mock() as ours, form() as plain:
        before = ours.megabytes(), plain.megabytes()
        fast, usual = alternate(rounds, lambda: _speed(ours, megabytes), lambda: _speed(plain, megabytes))
        grown = ours.peak_megabytes() - before[0]
        usually = plain.peak_megabytes() - before[1]
    how = f"{megabytes} MB in one form, {rounds} rounds by turns; kept on disk under its SHA-256"
    return [
        Figure("upload", "throughput", median(fast), "MB/s", how=how),
        Figure("upload", "against request.form()", ratio(fast, usual), "x", how="a bare Starlette route"),
        Figure(
            "upload", "memory at its peak", grown, "MB", at_most=100, how="beyond that before, all rounds"
        ),
        Figure("upload", "memory of the bare route", usually, "MB", how="for comparison"),
    ]


def _speed(server: Running, megabytes: int) -> float:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    length = len(HEAD) + megabytes * len(BLOCK) + len(TAIL)
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
    }
    began = perf_counter()
    connection.request("POST", "/v1/files", _body(megabytes), headers)
    answer = json.loads(connection.getresponse().read())
    took = perf_counter() - began
    if answer["bytes"] != megabytes * len(BLOCK):
        raise RuntimeError(f"the upload was answered {answer}")
    if "id" in answer:  # so that the disk does not fill
        connection.request("DELETE", f"/v1/files/{answer['id']}", headers={"Authorization": f"Bearer {KEY}"})
        connection.getresponse().read()
    connection.close()
    return megabytes / took


def _body(megabytes: int) -> Iterator[bytes]:
    yield HEAD
    for _ in range(megabytes):
        yield BLOCK
    yield TAIL
