"""The picture a script gets that brings none."""

from __future__ import annotations

import struct
import zlib

from mockserver.pictures import SIZE, blank


def chunks(picture: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG, each with a checksum that is right."""
    signature, rest = picture[:8], picture[8:]
    assert signature == b"\x89PNG\r\n\x1a\n"
    found = []
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, data, checksum = rest[4:8], rest[8 : 8 + length], rest[8 + length : 12 + length]
        assert struct.unpack(">I", checksum) == (zlib.crc32(kind + data),)
        found.append((kind, data))
        rest = rest[12 + length :]
    return found


def test_a_blank_picture_is_a_whole_png_of_one_grey() -> None:
    header, pixels, end = chunks(blank())
    assert header == (b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0))
    assert end == (b"IEND", b"")
    assert pixels[0] == b"IDAT"
    data = zlib.decompress(pixels[1])
    rows = [data[at : at + SIZE + 1] for at in range(0, len(data), SIZE + 1)]
    assert len(rows) == SIZE
    assert {row[0] for row in rows} == {0}  # no filter: what follows are the pixels themselves
    assert len({pixel for row in rows for pixel in row[1:]}) == 1


def test_it_is_the_same_every_time() -> None:
    assert blank() == blank()
    assert len(blank()) < 200
