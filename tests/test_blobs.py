"""Contents of files: kept once under their digest, never half, and nothing a client says is a path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blobs import BLOCK, Blobs, Content

STEADY = settings(derandomize=True, deadline=None, database=None)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "contents")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Blobs:
    return Blobs(tmp_path_factory.mktemp("shared"))


def read(blobs: Blobs, digest: str) -> bytes:
    return b"".join(blobs.pieces(digest))


def names(blobs: Blobs) -> list[str]:
    return sorted(path.name for path in blobs.folder.iterdir())


@STEADY
@given(st.lists(st.binary(max_size=20)))
def test_what_comes_in_pieces_is_found_by_the_digest_of_the_whole(shared: Blobs, pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    content = shared.put(pieces)
    assert content == Content(hashlib.sha256(whole).hexdigest(), len(whole))
    assert read(shared, content.digest) == whole
    with shared.open(content.digest) as file:
        file.seek(len(whole) // 2)
        assert file.read() == whole[len(whole) // 2 :]


def test_what_is_still_coming_cannot_be_found_yet(blobs: Blobs) -> None:
    incoming = blobs.receive()
    incoming.write(b"half")
    incoming.write(memoryview(b" a content")[:2])
    digest = hashlib.sha256(b"half a").hexdigest()
    assert incoming.size == 6
    with pytest.raises(FileNotFoundError):
        blobs.open(digest)
    assert incoming.keep() == Content(digest, 6)
    assert read(blobs, digest) == b"half a"


def test_the_same_content_is_kept_once(blobs: Blobs) -> None:
    first = blobs.put([b"same"])
    second = blobs.receive()
    second.write(b"same")
    assert second.keep() == first
    assert names(blobs) == [first.digest]


def test_what_is_discarded_leaves_nothing(blobs: Blobs) -> None:
    incoming = blobs.receive()
    incoming.write(b"never mind")
    incoming.discard()
    incoming.discard()
    assert names(blobs) == []


def test_discarding_what_was_kept_takes_nothing_away(blobs: Blobs) -> None:
    incoming = blobs.receive()
    incoming.write(b"kept")
    content = incoming.keep()
    incoming.discard()
    assert read(blobs, content.digest) == b"kept"


def test_a_content_whose_source_fails_leaves_nothing(blobs: Blobs) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        blobs.put(pieces())
    assert names(blobs) == []


def test_a_large_content_is_read_block_by_block(blobs: Blobs) -> None:
    content = blobs.put([b"x" * 700_000] * 3)
    sizes = [len(piece) for piece in blobs.pieces(content.digest)]
    assert sizes == [BLOCK, BLOCK, 2_100_000 - 2 * BLOCK]


def test_a_removed_content_is_gone(blobs: Blobs) -> None:
    content = blobs.put([b"x"])
    blobs.remove(content.digest)
    blobs.remove(content.digest)
    with pytest.raises(FileNotFoundError):
        blobs.open(content.digest)


@pytest.mark.parametrize(
    "name", ["", "../store", "/etc/passwd", "a" * 63, "A" * 64, "a" * 65, "a" * 64 + "\n", f"../{'a' * 61}"]
)
def test_only_a_digest_leads_anywhere(blobs: Blobs, name: str) -> None:
    for use in (blobs.path, blobs.open, blobs.remove):
        with pytest.raises(ValueError, match="no SHA-256"):
            use(name)


def test_everything_unwanted_is_swept(blobs: Blobs) -> None:
    wanted, unwanted = blobs.put([b"wanted"]).digest, blobs.put([b"unwanted"]).digest
    blobs.receive().write(b"half")
    blobs.sweep({wanted, unwanted[::-1]})
    assert names(blobs) == [wanted]


def test_sweeping_makes_no_folder(tmp_path: Path) -> None:
    Blobs(tmp_path / "nowhere").sweep(set())
    Blobs().sweep(set())
    assert not (tmp_path / "nowhere").exists()


def test_a_temporary_folder_goes_with_its_contents_and_comes_again() -> None:
    blobs = Blobs()
    blobs.close()  # nothing to give back yet
    first = blobs.path(blobs.put([b"x"]).digest)
    blobs.close()
    assert not first.parent.exists()
    second = blobs.path(blobs.put([b"y"]).digest)
    assert second.parent not in (first.parent, None)
    assert second.read_bytes() == b"y"
    blobs.close()


def test_a_folder_of_somebodys_own_stays(blobs: Blobs) -> None:
    content = blobs.put([b"x"])
    blobs.close()
    assert read(blobs, content.digest) == b"x"
