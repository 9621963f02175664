"""Files, and uploads in parts."""

from __future__ import annotations

from harness.apioperations import arguments as a
from harness.apioperations.operation import operation
from harness.scenarios.shapes import listing, text, whole, word

_ONE_FILE = {"file_id": a.FILE_ID}
_ONE_UPLOAD = {"upload_id": a.UPLOAD_ID}

FILES = (
    operation(
        "files.create",
        "Upload a file.",
        "files.create",
        needed={"file": a.FILE, "purpose": a.PURPOSE},
        optional={"expires_after": a.FILE_EXPIRES_AFTER},
        files=("file",),
        creates="file",
        deleted_by="files.delete",
    ),
    operation("files.retrieve", "Read what is known of a file.", "files.retrieve", path=_ONE_FILE),
    operation(
        "files.content",
        "Download a file: {bytes: n, text: …}, or base64 when it is no text.",
        "files.content",
        path=_ONE_FILE,
        in_query=True,
    ),
    operation(
        "files.list",
        "List files.",
        "files.list",
        optional={"purpose": a.PURPOSE, **{key: a.PAGE[key] for key in ("limit", "order", "after")}},
        in_query=True,
    ),
    operation("files.delete", "Delete a file.", "files.delete", path=_ONE_FILE),
    operation(
        "uploads.create",
        "Begin an upload in parts.",
        "uploads.create",
        needed={
            "filename": word("The file's name."),
            "purpose": a.PURPOSE,
            "bytes": whole("How many bytes it will have.", 0),
            "mime_type": word("Its type: text/plain."),
        },
        optional={"expires_after": a.FILE_EXPIRES_AFTER},
        creates="upload",
        deleted_by="uploads.cancel",
    ),
    operation(
        "uploads.parts.create",
        "Send a part of an upload.",
        "uploads.parts.create",
        path=_ONE_UPLOAD,
        needed={"data": a.FILE},
        files=("data",),
        creates="upload.part",
    ),
    operation(
        "uploads.complete",
        "End an upload; the file is in the answer.",
        "uploads.complete",
        path=_ONE_UPLOAD,
        needed={"part_ids": listing(word(), "The parts in their order.")},
        optional={"md5": text("Checks that everything arrived.")},
        creates="file",
        deleted_by="files.delete",
    ),
    operation("uploads.cancel", "Break off an upload.", "uploads.cancel", path=_ONE_UPLOAD),
)
