"""Office Open XML packages: parts in a zip file that refer to each other, read as a stream within limits.

Nothing here is built up as a tree, so what a part may cost is the text its reader keeps. Zip bombs, entity
expansion, deep nesting and endless tags run into one of the limits.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass
from typing import BinaryIO, Protocol
from xml.parsers import expat

from mockserver.extraction import unreadable

UNPACKED_MAX = 100_000_000
"""So many bytes of XML are unpacked from one package, pictures not counted: they stay packed."""

NODES_MAX = 3_000_000
"""So many elements and attributes are looked at in one package; a thousand full pages have less."""

READS_MAX = 10_000
"""So many times a part of one package is read; thousands of slides may refer to the same one."""

DEPTH_MAX = 256
"""How deep elements may nest; Word's own tables in tables in text boxes stay below a hundred."""

NAMES_MAX = 5_000
"""So many names elements and attributes of one part may have, because the parser remembers each of them. The
whole vocabulary of the standard is smaller."""

_DIRECTORY_MAX = 2_000_000
_TOKEN_MAX = 1_000_000
_STRETCH = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Attributes = dict[str, str]


class Reader(Protocol):
    """What is told of a part: names come without their namespaces."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, piece: str) -> None:
        """Some characters of the innermost element."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference from one part to another: `kind` is the last word of its type, such as `slide`."""

    id: str
    kind: str
    target: str


class Package:
    """A package that is open for reading."""

    def __init__(self, content: BinaryIO) -> None:
        """Read the directory. Raises UnreadableError when it is too long, others when there is none."""
        self._zip = zipfile.ZipFile(_Paced(content))
        self._reads = 0
        self._unpacked = 0
        self._nodes = 0

    def main(self) -> str:
        """The part that everything starts from."""
        for relation in self.relations(""):
            if relation.kind == "officeDocument":
                return relation.target
        raise unreadable.broken()

    def relations(self, part: str) -> list[Relation]:
        """What a part refers to within the package, in the order of writing."""
        folder, name = posixpath.split(part)
        listed = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        found = _Relations(folder)
        if self.has(listed):
            self.read(listed, found)
        return found.relations

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._zip.NameToInfo

    def read(self, part: str, reader: Reader) -> None:
        """Tell the reader what the part says, from its beginning to its end."""
        entry = self._zip.getinfo(part)
        if entry.compress_type not in _METHODS:  # the standard knows no others; theirs take memory at will
            raise unreadable.broken()
        self._reads += 1
        if self._reads > READS_MAX:
            raise unreadable.too_large()
        parser = self._parser(reader)
        fed = 0
        with self._zip.open(entry) as unpacked:
            while stretch := unpacked.read(_STRETCH):
                self._unpacked += len(stretch)
                fed += len(stretch)
                if self._unpacked > UNPACKED_MAX:
                    raise unreadable.too_large()
                parser.Parse(stretch)
                if fed - parser.CurrentByteIndex > _TOKEN_MAX:
                    raise unreadable.too_large()
        parser.Parse(b"", True)

    def _parser(self, reader: Reader) -> expat.XMLParserType:
        # Without a dictionary of its own the binding keeps no names; see NAMES_MAX for what expat keeps.
        parser = expat.ParserCreate(namespace_separator=" ", intern=None)
        parser.buffer_text = True
        parser.buffer_size = _STRETCH
        depth = 0
        local: dict[str, str] = {}
        known: set[str] = set()

        def start(name: str, attributes: Attributes) -> None:
            nonlocal depth
            depth += 1
            if depth > DEPTH_MAX:
                raise unreadable.broken()
            self._nodes += 1
            if attributes:
                self._nodes += len(attributes)
                known.update(attributes)
            if self._nodes > NODES_MAX or len(known) + len(local) > NAMES_MAX:
                raise unreadable.too_large()
            if name not in local:
                # Strict and transitional documents differ in nothing but the namespaces.
                local[name] = name.rpartition(" ")[2]
            reader.start(local[name], attributes)

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            reader.end(local[name])

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        return parser


class _Relations:
    """Collects the relations of the parts of one folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.relations: list[Relation] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", self._folder, attributes["Target"])).lstrip("/")
            self.relations.append(Relation(attributes["Id"], posixpath.basename(attributes["Type"]), target))

    def end(self, name: str) -> None:
        pass

    def text(self, piece: str) -> None:
        pass


class _Paced(io.BufferedIOBase):
    """A file of which nobody takes more at once than a zip file's directory may need."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = _DIRECTORY_MAX + 1
        if size > _DIRECTORY_MAX + 1:
            raise unreadable.too_large()
        taken = self._content.read(size)
        if len(taken) > _DIRECTORY_MAX:
            raise unreadable.too_large()
        return taken

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        return self._content.tell()

    def seekable(self) -> bool:
        return True


def _refuse_doctype(*declared: object) -> None:
    # The standard forbids it, and it is where entities that expand without end are declared.
    raise unreadable.broken()
