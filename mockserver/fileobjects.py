"""What files, uploads and vector stores look like: constructors in wire order, each of the full form.

Members whose names begin with `_` are the world's own and never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.blobs import Content

Object = dict[str, Any]

FILE, UPLOAD, PART = "file", "upload", "upload.part"
VECTOR_STORE, STORE_FILE, BATCH = "vector_store", "vector_store.file", "vector_store.file_batch"
"""The kinds of objects here, as their `object` member names them."""

UPLOAD_SECONDS = 3600
"""An upload expires this long after it was created (recorded 2025)."""

DAY = 86_400
COUNTED = ("in_progress", "completed", "failed", "cancelled")
"""The statuses of a vector store's files, in the order of `file_counts`."""

DEFAULT_CHUNKS: Mapping[str, Any] = {
    "type": "static",
    "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
}
"""What `auto` means and is answered as."""


def file(
    object_id: str, at: int, filename: str, purpose: str, size: int, expires_at: int | None = None
) -> Object:
    """A file as it is answered at once; `size` in bytes, `at` and `expires_at` in Unix seconds.

    Its content is for the caller to add: as `_digest`, or as `_data` in base64, which the world puts away.
    """
    return {
        "object": FILE,
        "id": object_id,
        "purpose": purpose,
        "filename": filename,
        "bytes": size,
        "created_at": at,
        "expires_at": expires_at,
        "status": "processed",
        "status_details": None,
    }


def upload(object_id: str, at: int, request: Mapping[str, Any]) -> Object:
    """An upload that waits for its parts; the finished one shows its `file` as well."""
    return {
        "id": object_id,
        "object": UPLOAD,
        "bytes": request["bytes"],
        "created_at": at,
        "filename": request["filename"],
        "purpose": request["purpose"],
        "status": "pending",
        "expires_at": at + UPLOAD_SECONDS,
        "_expires_after": request.get("expires_after"),
    }


def part(object_id: str, at: int, upload_id: str, content: Content) -> Object:
    """A part of an upload."""
    return {
        "id": object_id,
        "object": PART,
        "created_at": at,
        "upload_id": upload_id,
        "_bytes": content.size,
        "_digest": content.digest,
    }


def vector_store(
    object_id: str, at: int, request: Mapping[str, Any], expires_after: Mapping[str, Any] | None = None
) -> Object:
    """An empty vector store, which is completed; `expires_after` is for one that was asked for without."""
    expires_after = request.get("expires_after") or expires_after
    return {
        "id": object_id,
        "object": VECTOR_STORE,
        "created_at": at,
        "name": request.get("name"),
        "description": request.get("description"),
        "usage_bytes": 0,
        "file_counts": dict.fromkeys((*COUNTED, "total"), 0),
        "status": "completed",
        "expires_after": dict(expires_after) if expires_after else None,
        "expires_at": expiry(at, expires_after),
        "last_active_at": at,
        "metadata": request.get("metadata") or {},
    }


def expiry(active_at: int, expires_after: Mapping[str, Any] | None) -> int | None:
    """When a store that was last active then expires, in Unix seconds."""
    return active_at + expires_after["days"] * DAY if expires_after else None


def store_file(
    file_id: str,
    at: int,
    store_id: str,
    chunking: Mapping[str, Any] | None,
    attributes: Mapping[str, Any] | None,
) -> Object:
    """A file on its way into a vector store."""
    chosen = DEFAULT_CHUNKS if chunking is None or chunking["type"] == "auto" else chunking
    return {
        "id": file_id,
        "object": STORE_FILE,
        "usage_bytes": 0,
        "created_at": at,
        "vector_store_id": store_id,
        "status": "in_progress",
        "last_error": None,
        "chunking_strategy": {"type": "static", "static": dict(chosen["static"])},
        "attributes": dict(attributes or {}),
    }


def batch(object_id: str, at: int, store_id: str) -> Object:
    """A batch of files on their way into a vector store; its files are counted as they come."""
    return {
        "id": object_id,
        "object": BATCH,
        "created_at": at,
        "status": "in_progress",
        "vector_store_id": store_id,
        "file_counts": dict.fromkeys((*COUNTED, "total"), 0),
    }


def file_deleted(file_id: str) -> Object:
    """The answer to the deletion of a file, which is no `file.deleted` (recorded 2026)."""
    return {"object": FILE, "deleted": True, "id": file_id}


def search_page(queries: Sequence[str], results: Sequence[Mapping[str, Any]]) -> Object:
    """The answer to a search of a vector store."""
    return {
        "object": "vector_store.search_results.page",
        "search_query": list(queries),
        "data": list(results),
        "has_more": False,
        "next_page": None,
    }


def content_page(texts: Sequence[str]) -> Object:
    """The text of a vector store's file, by its chunks."""
    return {
        "object": "vector_store.file_content.page",
        "data": [{"type": "text", "text": text} for text in texts],
        "has_more": False,
        "next_page": None,
    }
