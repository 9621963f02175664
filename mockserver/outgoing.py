"""The fields of `fields` as the API shows them: defaults filled in, keys in wire order.

What a request left out is answered as the API answers it (recorded 2025-10 unless said otherwise). Everything
here takes fields that have passed their shapes, and makes new objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Wire = dict[str, Any]
"""A JSON object as it stands on the wire."""

RANKER = "default_2024_08_21"
"""The ranker shown where none was chosen."""


def tools_out(tools: Sequence[Mapping[str, Any]] | None) -> list[Wire]:
    """The tools of an assistant or run."""
    return [_tool(tool) for tool in tools or ()]


def _tool(tool: Mapping[str, Any]) -> Wire:
    match tool["type"]:
        case "function":
            return {"type": "function", "function": _function(tool["function"])}
        case "file_search":
            return {"type": "file_search", "file_search": _file_search(tool.get("file_search") or {})}
        case kind:
            return {"type": kind}


def _function(function: Mapping[str, Any]) -> Wire:
    # A description that was not given stays away: it is published as a string, and its absence was not seen.
    description = function.get("description")
    parameters = function.get("parameters")
    return {
        "name": function["name"],
        **({} if description is None else {"description": description}),
        "parameters": {"type": "object", "properties": {}} if parameters is None else parameters,
        "strict": bool(function.get("strict")),
    }


def _file_search(options: Mapping[str, Any]) -> Wire:
    results = options.get("max_num_results")
    ranking = options.get("ranking_options") or {}
    ranker = ranking.get("ranker")
    return {
        **({} if results is None else {"max_num_results": results}),
        "ranking_options": {
            # "auto" is what leaving it out means, so it is shown the same way (inferred).
            "ranker": RANKER if ranker in (None, "auto") else ranker,
            "score_threshold": ranking.get("score_threshold", 0.0),
            "hybrid_search": ranking.get("hybrid_search"),
        },
    }


def ranking_of(run: Mapping[str, Any]) -> Wire:
    """The ranking options that a file search step of this run shows."""
    options = search_options(run)["ranking_options"]
    return {"ranker": options["ranker"], "score_threshold": options["score_threshold"]}


def search_options(run: Mapping[str, Any]) -> Wire:
    """The options of a run's file search tool, the defaults for a run without one."""
    for tool in run["tools"]:
        if tool["type"] == "file_search":
            options: Wire = tool["file_search"]
            return options
    return _file_search({})


def content_out(content: str | Sequence[Mapping[str, Any]]) -> list[Wire]:
    """The content of a message; a string is one text part, and texts carry no annotations yet."""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [_part(part) for part in parts]


def _part(part: Mapping[str, Any]) -> Wire:
    match part["type"]:
        case "text":
            return {"type": "text", "text": {"value": part["text"], "annotations": []}}
        case kind:
            # `detail` was seen filled in for addresses; for files it is the published default.
            return {"type": kind, kind: {**part[kind], "detail": part[kind].get("detail") or "auto"}}


def attachments_out(attachments: Sequence[Mapping[str, Any]] | None) -> list[Wire]:
    """The attachments of a message, as sent; none are an empty list."""
    return [dict(attachment) for attachment in attachments or ()]


def tool_resources_out(resources: Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]] = ()) -> Wire:
    """The resources of an assistant or thread: what was given, and the code interpreter's even if empty.

    An assistant with the code interpreter shows `{"code_interpreter": {"file_ids": []}}` without being given
    any. New vector stores (`vector_stores`) are the caller's to make and to name by `vector_store_ids`.
    """
    given = resources or {}
    shown: Wire = {}
    code, search = given.get("code_interpreter"), given.get("file_search")
    if code is not None or any(tool["type"] == "code_interpreter" for tool in tools):
        shown["code_interpreter"] = {"file_ids": list((code or {}).get("file_ids") or ())}
    if search is not None:
        shown["file_search"] = {"vector_store_ids": list(search.get("vector_store_ids") or ())}
    return shown


def truncation_out(strategy: Mapping[str, Any] | None) -> Wire:
    """The truncation strategy of a run: `auto` where none was given, `last_messages` always there."""
    given = strategy or {}
    return {"type": given.get("type", "auto"), "last_messages": given.get("last_messages")}
