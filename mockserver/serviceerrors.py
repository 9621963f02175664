"""The part of the error catalogue that speaks of trouble with the service itself; see also `errors`.

They do not depend on what a call asks, and only faults answer with them.
"""

from __future__ import annotations

from mockserver.apierror import Entry

BAD_REQUEST = Entry(
    "BAD_REQUEST",
    "Your request could not be processed.",
    evidence="inferred",
    note="a refusal that names nothing; real ones say what they mean",
)
CONFLICT = Entry(
    "CONFLICT",
    "The resource was updated by another request.",
    status=409,
    evidence="documented",
    note="how the published list of SDK errors explains a 409; a body was never seen",
)
CONTENT_TOO_LARGE = Entry(
    "CONTENT_TOO_LARGE",
    "Maximum content size limit ({limit}) exceeded ({bytes} bytes read)",
    status=413,
    type="server_error",
    note="raw from the audio route in public reports of 2023 to 2025; no full stop",
)
DAILY_REQUEST_RATE = Entry(
    "DAILY_REQUEST_RATE",
    "Rate limit reached for {whom} on requests per day (RPD): Limit {limit}, Used {used}, Requested"
    " {requested}. Please try again in {wait}. Visit https://platform.openai.com/account/rate-limits to learn"
    " more.",
    status=429,
    type="requests",
    code="rate_limit_exceeded",
    note="raw from model routes in public reports of 2024 and 2026",
)
QUOTA_EXCEEDED = Entry(
    "QUOTA_EXCEEDED",
    "You exceeded your current quota, please check your plan and billing details. For more information on"
    " this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
    status=429,
    type="insufficient_quota",
    code="insufficient_quota",
    rows=("E-132",),
    note="raw in several reports",
)
OVERLOADED = Entry(
    "OVERLOADED",
    "Our servers are currently overloaded. Please try again later.",
    status=503,
    type="service_unavailable_error",
    code="server_is_overloaded",
    rows=("E-135",),
    note="raw from a stream of the Responses API in public reports of 2026-08 and 2026-09",
)
