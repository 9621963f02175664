"""The part of the error catalogue that speaks of rates; see also `errors`.

All are recorded on the model routes or built from those: no 429 of an Assistants route was ever seen with its
body. In what they say, `{whom}` is `gpt-4o in organization org-…` where a model is known.
"""

from __future__ import annotations

from mockserver.apierror import Entry

ORGANIZATION_ID = "org-assistants-mock"
"""How these errors name the organization: by its id, while the header names it by a word."""

_FULL = "Limit {limit}, Used {used}, Requested {requested}. Please try again in {wait}."
_SEE = "Visit https://platform.openai.com/account/rate-limits to learn more."
_CODE = "rate_limit_exceeded"

REQUEST_RATE = Entry(
    "REQUEST_RATE",
    f"Rate limit reached for {{whom}} on requests per min (RPM): {_FULL} {_SEE}",
    status=429,
    type="requests",
    code=_CODE,
    rows=("E-131",),
    note="raw from a model route; a call without a model is inferred to name the organization alone",
)
TOKEN_RATE = Entry(
    "TOKEN_RATE",
    f"Rate limit reached for {{whom}} on tokens per min (TPM): {_FULL} {_SEE}",
    status=429,
    type="tokens",
    code=_CODE,
    rows=("E-130",),
    note="raw from a model route",
)
TOO_MANY_TOKENS = Entry(
    "TOO_MANY_TOKENS",
    "Request too large for {whom} on tokens per min (TPM): Limit {limit}, Requested {requested}. The input or"
    f" output tokens must be reduced in order to run successfully. {_SEE}",
    status=429,
    type="tokens",
    code=_CODE,
    note="raw from model routes, 2024 to 2026: more than the limit at once, so waiting is no help",
)
STORE_RATE = Entry(
    "STORE_RATE",
    f"Rate limit reached for vector store {{store}} in {{whom}} on requests per min (RPM): {_FULL} {_SEE}",
    status=429,
    type="requests",
    code=_CODE,
    evidence="inferred",
    rows=("E-121",),
    note="300 a minute for each vector store are documented, a body was never seen; the form of E-131",
)
ATTACHED_FILES_RATE = Entry(
    "ATTACHED_FILES_RATE",
    f"Rate limit reached for {{whom}} on attached files per min: {_FULL} {_SEE}",
    status=429,
    type="requests",
    code=_CODE,
    evidence="inferred",
    rows=("E-121",),
    note="2,000 a minute for an organization are documented, a body was never seen; the form of E-131",
)
TOO_MANY_ATTACHED_FILES = Entry(
    "TOO_MANY_ATTACHED_FILES",
    "Request too large for {whom} on attached files per min: Limit {limit}, Requested {requested}."
    f" {_SEE}",
    status=429,
    type="requests",
    code=_CODE,
    evidence="inferred",
    rows=("E-121",),
    note="more files in one call than the limit, which only a lowered one can meet",
)
UPLOAD_RATE = Entry(
    "UPLOAD_RATE",
    f"Rate limit reached for {{whom}} on file uploads per min: {_FULL} {_SEE}",
    status=429,
    type="requests",
    code=_CODE,
    evidence="inferred",
    rows=("E-121",),
    note="1,000 a minute are documented, a body was never seen; the form of E-131",
)
