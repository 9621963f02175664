"""The part of the error catalogue that speaks of files, uploads and vector stores; see also `errors`."""

from __future__ import annotations

from mockserver.apierror import ApiError, Entry

# Files.

FILE_NOT_FOUND = Entry(
    "FILE_NOT_FOUND",
    "No such File object: {id}",
    status=404,
    param="id",
    rows=("E-32",),
    note="recorded 2026; no full stop",
)
FILES_NOT_FOUND = Entry(
    "FILES_NOT_FOUND",
    "Files {ids} were not found",
    evidence="inferred",
    rows=("E-33",),
    note="of a thread's or message's unknown files only the last three words are known; give a list of str",
)
EXTENSION_NOT_UPLOADABLE = Entry(
    "EXTENSION_NOT_UPLOADABLE",
    "Invalid extension {extension}. Supported formats: {supported}",
    rows=("E-113",),
    note="reported 2024-10",
)
PURPOSE = Entry(
    "PURPOSE",
    "'{purpose}' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals']"
    " - 'purpose'",
    param="purpose",
    rows=("E-114",),
    note="recorded 2026",
)
NOT_DOWNLOADABLE = Entry(
    "NOT_DOWNLOADABLE",
    "Not allowed to download files of purpose: {purpose}",
    rows=("E-115",),
    note="raw in many reports 2025-2026",
)
FILE_EMPTY = Entry("FILE_EMPTY", "File is empty.", rows=("E-116",), note="reported 2025-06 and 2026-08")
FILE_TOO_LARGE = Entry("FILE_TOO_LARGE", "File is too large.", rows=("E-117",), note="raw, for a batch file")
STORAGE_FULL = Entry(
    "STORAGE_FULL",
    "You have exceeded your file storage quota. Projects are limited to 2.5 TB of files. Please reduce the"
    " file size or contact support.",
    evidence="documented",
    rows=("E-118",),
    note="text of a help page; status inferred",
)
FILE_PROCESSING = Entry(
    "FILE_PROCESSING",
    "File is still processing. Check back later.",
    status=409,
    rows=("E-119",),
    note="asserted by a client's live test; that it is fine-tuning files that take their time is inferred",
)

# Uploads.

UPLOAD_NOT_FOUND = Entry(
    "UPLOAD_NOT_FOUND",
    "No upload found with id '{id}'.",
    status=404,
    evidence="inferred",
    note="family wording",
)
UPLOAD_PURPOSE = Entry(
    "UPLOAD_PURPOSE",
    "'{purpose}' is not one of ['assistants', 'batch', 'fine-tune', 'vision'] - 'purpose'",
    param="purpose",
    evidence="inferred",
    note="the sentence of E-114 with the purposes published for uploads",
)
UPLOAD_OVER = Entry(
    "UPLOAD_OVER",
    "Upload '{id}' has status '{status}'; only a pending upload can be changed.",
    evidence="inferred",
    note="parts, completion or cancelling after the end: that it is refused is documented, the words are not",
)
UPLOAD_TOO_LARGE = Entry(
    "UPLOAD_TOO_LARGE",
    "Invalid 'bytes': integer above maximum value. Expected a value <= {max}, but got {bytes} instead.",
    param="bytes",
    code="integer_above_max_value",
    evidence="inferred",
    note="8 GB is documented, the words are the validator's",
)
PART_TOO_LARGE = Entry(
    "PART_TOO_LARGE",
    "Part is too large. A part has at most {max} bytes.",
    evidence="inferred",
    note="64 MB is documented, the words are not",
)
TOO_MANY_PARTS = Entry(
    "TOO_MANY_PARTS",
    "Upload '{id}' has {max} parts already, and cannot have more.",
    evidence="inferred",
    note="no such limit was ever seen; this server has one",
)
PART_NOT_FOUND = Entry(
    "PART_NOT_FOUND",
    "No part found with id '{id}' in upload '{upload}'.",
    param="part_ids",
    evidence="inferred",
    note="no wording was found",
)
UPLOAD_SIZE = Entry(
    "UPLOAD_SIZE",
    "The parts have {got} bytes in all, but the upload was created for {expected} bytes.",
    evidence="inferred",
    note="that it is refused is documented, the words are not",
)
UPLOAD_MD5 = Entry(
    "UPLOAD_MD5",
    "The md5 checksum of the uploaded parts does not match the one given.",
    param="md5",
    evidence="inferred",
    note="no wording was found",
)

# Vector stores.

STORE_NOT_FOUND = Entry(
    "STORE_NOT_FOUND",
    "No vector store found with id '{id}'.",
    status=404,
    rows=("E-25",),
    note="from a client's rules",
)
STORE_FILE_NOT_FOUND = Entry(
    "STORE_FILE_NOT_FOUND",
    "No file found with id '{id}' in vector store '{store}'.",
    status=404,
    rows=("E-26",),
    note="the beginning is from a client's rules, the store inferred",
)
BATCH_NOT_FOUND = Entry(
    "BATCH_NOT_FOUND",
    "No file batch found with id '{id}' in vector store '{store}'.",
    status=404,
    evidence="inferred",
    note="family wording",
)
STORE_EXPIRED = Entry(
    "STORE_EXPIRED",
    "Vector store '{id}' has expired",
    rows=("E-84",),
    note="from a client's rules; status by family",
)
STORE_EXPIRED_FOR_RUN = Entry(
    "STORE_EXPIRED_FOR_RUN",
    "Vector store {id} is expired",
    rows=("E-83",),
    note="from a client's rules; status by family",
)
NOT_SEARCHABLE = Entry(
    "NOT_SEARCHABLE",
    "Files with extensions [{extensions}] are not supported for retrieval. See"
    " https://platform.openai.com/docs/assistants/tools/file-search/supported-files",
    param="file_ids",
    code="unsupported_file",
    rows=("E-110", "E-111", "E-112"),
    note="raw 2026-08 and 2026-09, refused at once",
)
AZURE_NOT_SEARCHABLE = Entry(
    "AZURE_NOT_SEARCHABLE",
    "{message} Supported file types include: [.c, .cpp, .cs, .css, .doc, .docx, .go, .html, .java, .js,"
    " .json, .md, .pdf, .php, .pptx, .py, .rb, .sh, .tex, .ts, .txt].",
    param="file_ids",
    code="unsupported_file",
    rows=("Z-05",),
    note="reported on Azure: the sentence of E-110 goes on; one space between is assumed",
)
STORE_FULL = Entry(
    "STORE_FULL",
    "Vector store '{id}' has exceeded the maximum number of files ({max}).",
    evidence="inferred",
    note="10,000 files are documented, the words are not",
)
CHUNK_OVERLAP = Entry(
    "CHUNK_OVERLAP",
    "Invalid '{path}': integer above maximum value. Expected a value <= {max}, but got {value} instead.",
    param="{path}",
    code="integer_above_max_value",
    evidence="inferred",
    note="at most half the chunk is documented, the words are the validator's",
)


def on_azure(error: ApiError) -> ApiError:
    """The same error as Azure's door words it."""
    if error.entry != NOT_SEARCHABLE.name:
        return error
    reworded = AZURE_NOT_SEARCHABLE(message=error.message)
    reworded.headers = error.headers
    return reworded
