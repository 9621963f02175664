"""The part of the error catalogue that is said at the gate, before anything of the API; see also `errors`.

The real API has no such refusals, or their words are not known, so these are our own and say what to do.
"""

from __future__ import annotations

from mockserver.apierror import Entry

UNKNOWN_HOST = Entry(
    "UNKNOWN_HOST",
    "this server is not known as '{host}', and a web page could have brought that name here:"
    " start it with --allow-host {host} if it is yours",
    status=403,
    code="unknown_host",
    evidence="documented",
    note="our own, against DNS rebinding",
)
CROSS_SITE = Entry(
    "CROSS_SITE",
    "the control door takes no request from a page of another site ({origin})",
    status=403,
    code="cross_site",
    evidence="documented",
    note="our own",
)
NO_TOKEN = Entry(
    "NO_TOKEN",
    "the control door and faults by header are for those who bring this server's token: X-Mock-Token",
    status=401,
    code="no_control_token",
    evidence="documented",
    note="our own",
)
HEAD_TOO_LARGE = Entry(
    "HEAD_TOO_LARGE",
    "The request line and headers are longer than {limit} bytes.",
    status=431,
    code="request_too_large",
    evidence="inferred",
    note="that there is a limit; the real service's is not known",
)
