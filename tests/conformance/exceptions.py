"""The tests of the SDKs' suites that cannot pass, why, and what their failures must say.

A test is named by its file and what it calls, in all its forms: sync and async, loose and strict, raw and
streamed. A failure is excused only by an excuse that fits both its name and its text; any other text is a
failure. An excuse that covers nothing, or whose tests pass, is stale, and a failure too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Evidence = Literal["recorded", "documented", "inferred"]


@dataclass(frozen=True)
class Excuse:
    """Tests that fail rightly: `tests` fits their names, `says` the text of the exception they end with."""

    tests: str
    says: str
    evidence: Evidence
    reason: str
    versions: tuple[str, ...] = ()
    """The SDKs it is for; all if none is named."""

    def names(self, name: str, version: str) -> bool:
        """Whether it is about this test of this SDK."""
        return self.holds(version) and re.fullmatch(self.tests, name) is not None

    def holds(self, version: str) -> bool:
        """Whether it is for this SDK."""
        return not self.versions or version in self.versions

    def excuses(self, name: str, version: str, text: str) -> bool:
        """Whether the test may fail in these words."""
        return self.names(name, version) and re.search(self.says, text) is not None


_NEW = ("2.54.0", "3.54.0")
_OBJECT_SAYS = (
    r"at response\.object: assert 'vector_store\.file_batch' in \('vector_store\.files_batch',\)"
    r"|1 validation error for VectorStoreFileBatch\nobject\n +Input should be 'vector_store\.files_batch'"
)

EXCEPTIONS: tuple[Excuse, ...] = (
    Excuse(
        r"beta/threads/test_messages\.py::(create|retrieve|update)(_with_all_params)?",
        r"at response\.status: assert None in|1 validation error for Message\nstatus\n +Field required",
        "recorded",
        "wants message.status, which 51 of 51 recorded messages lack outside streams (errata: MessageObject)",
    ),
    Excuse(
        r"test_vector_stores\.py::(create|retrieve|update)",
        r"at response\.name: assert False\n.*isinstance\(None, str\)"
        r"|at response\.name: assert isinstance\(None, str\)"
        r"|1 validation error for VectorStore\nname\n +Input should be a valid string",
        "recorded",
        "wants a name of a store made without one, which is recorded as null (errata: VectorStoreObject)",
    ),
    Excuse(
        r"vector_stores/test_file_batches\.py::(retrieve|cancel)",
        _OBJECT_SAYS,
        "recorded",
        "wants vector_store.files_batch; 8 of 8 recorded batches say file_batch (errata: its object)",
    ),
    Excuse(
        r"vector_stores/test_file_batches\.py::create(_with_all_params)?",
        _OBJECT_SAYS,
        "recorded",
        "as above; this SDK alone sends a body that is taken",
        ("1.109.1",),
    ),
    Excuse(
        r"beta/threads/test_runs\.py::submit_tool_outputs_overload_[12]",
        r"400 - .*Missing required parameter: 'tool_outputs\[0\]\.tool_call_id'",
        "recorded",
        "sends an output without tool_call_id; the real API refused it, in 2023's words (E-65)",
    ),
    Excuse(
        r"vector_stores/test_file_batches\.py::create",
        r"400 - .*Missing required parameter: 'file_ids'",
        "documented",
        "sends neither file_ids nor files; one is required (anyOf of CreateVectorStoreFileBatchRequest)",
        _NEW,
    ),
    Excuse(
        r"vector_stores/test_file_batches\.py::create_with_all_params",
        r"400 - .*only providing one of: 'file_ids' or 'files'",
        "documented",
        "sends file_ids and files, each described as mutually exclusive with the other",
        _NEW,
    ),
    Excuse(
        r"beta/test_(assistants|threads)\.py::create(_and_run)?_with_all_params(_overload_[12])?",
        r"400 - .*only providing one of: 'vector_store_ids' or 'vector_stores'",
        "documented",
        "sends vector_store_ids and vector_stores; one or the other (oneOf of file_search)",
    ),
    Excuse(
        r".*::list(_files)?_with_all_params",
        r"400 - .*Invalid 'limit': integer below minimum value\. Expected a value >= 1, but got 0",
        "inferred",
        "sends limit=0; documented as 1 to 100, files 1 to 10,000; the upper bound is enforced (E-70, E-71)",
    ),
    Excuse(
        r"test_(files|uploads)\.py::create(_with_all_params)?",
        r"400 - .*Invalid extension \. Supported formats: ",
        "inferred",
        "sends purpose assistants and a name without extension; only a closed list is taken (E-113)",
    ),
    Excuse(
        r"test_uploads\.py::complete_with_all_params",
        r"400 - .*The md5 checksum of the uploaded parts does not match",
        "inferred",
        "sends md5='md5'; documented to verify the bytes (CompleteUploadRequest), so what differs is refused",
    ),
    Excuse(
        r"beta/test_(assistants|threads)\.py::update_with_all_params",
        r"404 - .*No vector store found with id 'string'",
        "inferred",
        "names a file and a vector store by the one id 'string'; no two recorded objects share an id",
    ),
    Excuse(
        r"beta/threads/test_runs\.py::create_with_all_params_overload_[12]",
        r"400 - .*Unsupported parameter: 'temperature' is not supported with this model",
        "inferred",
        "sends temperature to gpt-5.6-sol; refused on reasoning models (E-36, reported of the o family)",
        ("2.54.0",),
    ),
)


def of(version: str) -> Iterator[Excuse]:
    """The exceptions for this SDK."""
    return (one for one in EXCEPTIONS if one.holds(version))
