"""The door of extraction: what is read, what is refused, and that nothing else ever comes out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.extraction import SEARCHABLE, UnreadableError, confined, extract
from mockserver.extraction.format import Format
from mockserver.extraction.formats import discover
from tests.extraction.documents import doc, docx, pdf, said, shown, stream
from tests.extraction.reading import BROKEN, NO_TEXT, TOO_LARGE, refusal, text
from tests.properties import law

DOCUMENTED = (
    ".c .cpp .cs .css .doc .docx .go .html .java .js .json .md .pdf .php .pptx .py .rb .sh .tex .ts .txt"
)


def test_searchable_are_the_documented_suffixes() -> None:
    assert frozenset(DOCUMENTED.split()) == SEARCHABLE


def test_no_two_formats_claim_a_suffix() -> None:
    forms: list[Format] = list({id(form): form for form in discover().values()}.values())
    claimed = [suffix for form in forms for suffix in form.suffixes]
    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize("filename", ["data.csv", "sheet.xlsx", "noise", "", ".txt", "a.txt/b", "a.pdf.zip"])
def test_other_suffixes_are_not_supported(filename: str) -> None:
    assert refusal(filename, b"words") == ("unsupported_file", "The file type is not supported.")


@pytest.mark.parametrize("filename", ["NOTES.TXT", "a.b.Txt", "folder/a.txt", "é ü.txt"])
def test_the_suffix_decides_whatever_its_case(filename: str) -> None:
    assert text(filename, b"words") == "words"


def test_reading_begins_at_the_beginning() -> None:
    content = io.BytesIO(b"all of it")
    content.seek(4)
    assert extract("a.txt", content) == "all of it"


@pytest.mark.parametrize("suffix", sorted(SEARCHABLE))
def test_an_empty_file_is_refused(suffix: str) -> None:
    code, message = refusal(f"a{suffix}", b"")
    assert code == "invalid_file"
    assert message in {BROKEN, NO_TEXT}


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".pdf", ".doc"])
def test_text_under_the_name_of_a_document_is_refused(suffix: str) -> None:
    assert refusal(f"a{suffix}", b"only words") == ("invalid_file", BROKEN)


@pytest.mark.parametrize(
    ("suffix", "extra", "module"), [(".pdf", "pdf", "pypdfium2"), (".doc", "doc", "olefile")]
)
def test_without_its_extra_a_format_says_which(
    monkeypatch: pytest.MonkeyPatch, suffix: str, extra: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    document = pdf(stream(shown("words"))) if extra == "pdf" else doc("words")
    code, message = refusal(f"a{suffix}", document)
    assert code == "unsupported_file"
    assert f"pip install 'assistants-mock[{extra}]'" in message


def test_the_libraries_of_extras_stay_out_of_the_server() -> None:
    """They are looked for, and loaded only where they are confined."""
    found = subprocess.run(
        [sys.executable, "-c", "import sys, mockserver.extraction; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"pypdfium2", "olefile"} & set(found.stdout.split())


def test_a_file_of_half_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(512_000_000)
    for suffix in sorted(SEARCHABLE - {".pdf", ".doc"}):
        with path.open("rb") as content, pytest.raises(UnreadableError) as caught:
            extract(f"a{suffix}", content)
        assert caught.value.message in {TOO_LARGE, BROKEN}
        assert caught.value.code == "invalid_file"


def test_a_file_that_fails_to_be_read_is_refused() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("bad sector")

    with pytest.raises(UnreadableError):
        extract("a.txt", Failing(b"words"))


def test_a_process_that_cannot_be_started_is_the_servers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdfium2", reason="reads PDF: the extra `pdf` is not installed")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert refusal("a.pdf", pdf(stream(shown("words"))))[0] == "server_error"


def test_a_library_that_cannot_be_loaded_is_the_servers_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("olefile", reason="reads .doc: the extra `doc` is not installed")
    (tmp_path / "olefile.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert refusal("a.doc", doc("words"))[0] == "server_error"


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypdfium2", reason="reads PDF: the extra `pdf` is not installed")
    monkeypatch.setattr(confined, "TIMEOUT_SECONDS", 0.001)
    assert refusal("a.pdf", pdf(stream(shown("words")))) == ("invalid_file", TOO_LARGE)


def test_temporary_copies_are_gone_afterwards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("olefile", reason="reads .doc: the extra `doc` is not installed")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert text("a.doc", doc("words")) == "words"
    assert not list(tmp_path.iterdir())


def outcome(filename: str, document: bytes) -> None:
    """There is text in it that can be stored, or an error that can be shown."""
    try:
        found = text(filename, document)
    except UnreadableError as refused:
        known = {"invalid_file", "unsupported_file"}
        assert refused.code in known and refused.message.endswith(".")  # noqa: PT017, PT018 - both are right
        return
    assert found.encode().strip()


@given(
    suffix=st.sampled_from(sorted(SEARCHABLE)),
    document=st.binary(max_size=2000)
    | st.text(max_size=500).map(str.encode)
    | st.text(max_size=500).map(lambda words: words.encode("utf-16", errors="replace"))
    | st.recursive(st.none(), lambda inner: st.lists(inner, max_size=3)).map(
        lambda it: json.dumps(it).encode()
    ),
)
@example(suffix=".html", document=b"&#" + b"9" * 5000 + b";")
@example(suffix=".html", document=b"<![if x]>a<![endif]><!DOCTYPE")
@example(suffix=".docx", document=b"PK\x05\x06" + b"\0" * 18)
@example(suffix=".txt", document=b"\xff\xfe\x00")
@law(200)
def test_anything_under_any_suffix_is_text_or_refused(suffix: str, document: bytes) -> None:
    outcome(f"a{suffix}", document)


@given(place=st.integers(0, 2000), garbage=st.binary(min_size=1, max_size=8))
@law(100)
def test_a_damaged_package_is_text_or_refused(place: int, garbage: bytes) -> None:
    document = bytearray(docx(said("some", "words")))
    place %= len(document)
    document[place : place + len(garbage)] = garbage
    outcome("a.docx", bytes(document))
