"""The socket a server listens on: made here, or made by whoever started the program."""

from __future__ import annotations

import os
import socket
from errno import EINVAL, ENOTSOCK

BACKLOG = 2048

# Made with IPPROTO_TCP, or accepted connections keep Nagle on (40 ms a call).
_KIND = (socket.SOCK_STREAM, socket.IPPROTO_TCP)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at this address; port 0 takes a free one. Raises OSError when it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, *_KIND)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        return _ready(listener)
    except BaseException:
        listener.close()
        raise


def adopt(fd: int) -> socket.socket:
    """The TCP socket that this process inherited as `fd`, bound already; from now on it listens.

    Who made it knows the address before the server runs, and connections that come before wait for it. It is
    not passed on to processes started from here. Raises OSError for anything else.
    """
    try:
        given = socket.socket(fileno=fd)
    except OSError as error:
        reason = os.strerror(error.errno or ENOTSOCK)
        raise OSError(error.errno, f"not an inherited socket: {reason}") from error
    family, kind = given.family, given.type
    given.detach()
    if family not in (socket.AF_INET, socket.AF_INET6) or kind != socket.SOCK_STREAM:
        raise OSError(EINVAL, "not a TCP socket")
    listener = socket.socket(family, *_KIND, fileno=fd)
    try:
        if not listener.getsockname()[1]:
            raise OSError(EINVAL, "not bound to an address")
        listener.set_inheritable(False)
        return _ready(listener)
    except BaseException:
        listener.detach()  # it is still whose it was
        raise


def _ready(listener: socket.socket) -> socket.socket:
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
