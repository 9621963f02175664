"""Routes of the v1 Assistants API, which the service answered with the way to v2 (reported 2025-07)."""

from __future__ import annotations

from typing import NoReturn

from mockserver import errors
from mockserver.operations import Call, operation


@operation("v1.assistants.files.list", "GET", "/assistants/{assistant_id}/files")
@operation("v1.assistants.files.create", "POST", "/assistants/{assistant_id}/files")
@operation("v1.assistants.files.retrieve", "GET", "/assistants/{assistant_id}/files/{file_id}")
@operation("v1.assistants.files.delete", "DELETE", "/assistants/{assistant_id}/files/{file_id}")
@operation("v1.messages.files.list", "GET", "/threads/{thread_id}/messages/{message_id}/files")
@operation("v1.messages.files.retrieve", "GET", "/threads/{thread_id}/messages/{message_id}/files/{file_id}")
def refuse(call: Call) -> NoReturn:
    """Gone with v1, whatever the header says."""
    raise errors.V1_PATH_RETIRED()
