"""What may be called about files and uploads; each answer is held against the model."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.properties.documents import DOCUMENTS, Document
from tests.properties.forms import FormDoor, form
from tests.properties.held import ModelFile, ModelUpload
from tests.properties.holdings import GONE, LATENCY, LIMITS, Holdings
from tests.properties.inspection import Inspector

Object = dict[str, Any]

DOCUMENT = st.sampled_from(DOCUMENTS)
WHICH = st.integers(0, GONE)


class Filing(RuleBasedStateMachine):
    """Calls about files and uploads, at a server that may stop and begin again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.door = FormDoor(Path(self.folder.name) / "store", latency=LATENCY, limits=LIMITS)
        self.held = Holdings()
        self.inspector = Inspector(self.door, self.held)
        self.expect = self.inspector.expect

    def teardown(self) -> None:
        try:
            self.inspector.delete_everything()
        finally:
            self.door.__exit__(None, None, None)
            self.folder.cleanup()

    # Files

    @precondition(lambda self: len(self.held.files) < 8)
    @rule(document=DOCUMENT, hours=st.integers(0, 1))
    def upload(self, document: Document, hours: int) -> None:
        allowed = self.held.has_room(document)
        before = self.inspector.before()
        more = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"} if hours else {}
        answer = self.door.upload(document.name, document.data, **more)
        self.inspector.check(answer, allowed, before)
        if allowed:
            expires = (self.held.now // 1000 + 3600) * 1000 if hours else None
            self.held.keep_file(ModelFile(answer.json["id"], document, expires))

    @rule(which=WHICH)
    def delete_file(self, which: int) -> None:
        file = self.held.file(which)
        allowed = self.held.is_there(file)
        self.expect(allowed, "DELETE", f"/v1/files/{file.id}")
        if allowed:
            self.held.delete_file(file)

    @rule(document=DOCUMENT, leaves=st.booleans())
    def upload_in_vain(self, document: Document, leaves: bool) -> None:
        """A purpose there is not, or a client that leaves when most of it has come."""
        if leaves:
            whole = form({"purpose": "assistants"}, ("file", document.name, document.data))
            self.door.send("/v1/files", whole[:-9], leaves=True)
        else:
            before = self.inspector.before()
            answer = self.door.upload(document.name, document.data, "something")
            self.inspector.check(answer, False, before)

    # Uploads

    @precondition(lambda self: sum(upload.pending for upload in self.held.uploads.values()) < 3)
    @rule(document=DOCUMENT)
    def begin_upload(self, document: Document) -> None:
        body: Object = {"purpose": "assistants", "mime_type": "text/plain"}
        body |= {"filename": document.name, "bytes": len(document.data)}
        made = self.expect(True, "POST", "/v1/uploads", body).json
        upload = ModelUpload(made["id"], document, (self.held.now // 1000 + 3600) * 1000)
        assert made["expires_at"] * 1000 == upload.expires
        self.held.uploads[upload.id] = upload

    @rule(which=WHICH, half=st.integers(0, 1))
    def add_part(self, which: int, half: int) -> None:
        upload = self.held.upload(which)
        before = self.inspector.before()
        answer = self.door.add_part(upload.id, upload.document.halves[half])
        self.inspector.check(answer, upload.pending, before)
        if upload.pending:
            upload.parts.append((half, answer.json["id"]))

    @rule(which=WHICH, md5=st.sampled_from(["none", "right", "right", "wrong"]), missing=st.booleans())
    def complete_upload(self, which: int, md5: str, missing: bool) -> None:
        upload = self.held.upload(which)
        if upload.pending and not missing:
            for half in {0, 1}.difference(half for half, _ in upload.parts):
                self.add_part(which, half)
        known = dict(upload.parts)
        body: Object = {"part_ids": [known[half] for half in sorted(known)]}
        if md5 != "none":
            data = upload.document.data if md5 == "right" else b"something else"
            body["md5"] = hashlib.md5(data, usedforsecurity=False).hexdigest()
        allowed = known.keys() == {0, 1} and md5 != "wrong" and self.held.has_room(upload.document)
        answer = self.expect(allowed, "POST", f"/v1/uploads/{upload.id}/complete", body)
        if allowed:
            self.held.end_upload(upload)
            self.held.keep_file(ModelFile(answer.json["file"]["id"], upload.document))

    @rule(which=WHICH)
    def cancel_upload(self, which: int) -> None:
        upload = self.held.upload(which)
        self.expect(upload.pending, "POST", f"/v1/uploads/{upload.id}/cancel")
        self.held.end_upload(upload)

    @rule(kill=st.booleans())
    def restart(self, kill: bool) -> None:
        if kill:
            self.door.kill()
        else:
            self.door.restart()

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        self.inspector.look()
