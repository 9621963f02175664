"""The pages that gateways send of their own accord, in place of the API's answers.

`html` and `json` were reported as they came from before the API: the page in n3d1117/chatgpt-telegram-bot#637
(2024-09), the JSON with its number for a code in stanfordnlp/dspy#203 (2023-11). `plain` is what Envoy says,
seen in openai/openai-python#1626 (2024-08). For other statuses than theirs they are inferred.
"""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.faults.answers import foreign
from mockserver.frames import JSON_TYPE, Frames

TITLES = {
    413: "413 Request Entity Too Large",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}
_JSON = {502: ("Bad gateway.", "cf_bad_gateway"), 504: ("Gateway timeout.", "cf_gateway_timeout")}
_RESET = "upstream connect error or disconnect/reset before headers. reset reason: "
_PLAIN = {
    502: _RESET + "protocol error",
    503: _RESET + "connection failure",
    504: "upstream request timeout",
}


def page(status: int, look: str, headers: Mapping[str, str] | None = None) -> Frames:
    """A gateway's answer with this status: `html`, `json` or `plain`."""
    match look:
        case "html":
            title = TITLES[status]
            lines = (
                *(
                    "<html>",
                    f"<head><title>{title}</title></head>",
                    "<body>",
                    f"<center><h1>{title}</h1></center>",
                ),
                *("<hr><center>cloudflare</center>", "</body>", "</html>", ""),
            )
            return foreign(status, "\r\n".join(lines).encode(), "text/html", headers)
        case "json":
            message, kind = _JSON[status]
            text = f'{{"error":{{"code":{status},"message":"{message}","param":null,"type":"{kind}"}}}}'
            return foreign(status, text.encode(), JSON_TYPE, headers)
        case _:
            return foreign(status, _PLAIN[status].encode(), "text/plain", headers)
