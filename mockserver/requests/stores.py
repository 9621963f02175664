"""The request fields of vector stores and uploads, which no other resource shares.

Numbers of files are not bounds here: they are settings of the world, and looked at where it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockserver import complaints
from mockserver.fileobjects import COUNTED
from mockserver.requests.fields import CHUNKING, FILE_ID, LIST, METADATA, Metadata
from mockserver.requests.forms import Numeral
from mockserver.requests.queries import Page, Query
from mockserver.requests.shapes import (
    AnyOf,
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    OneOf,
    Shape,
    Tagged,
    Text,
    required,
)


class Scalar(Shape):
    """A string, a number or a boolean: what an attribute may be."""

    noun = "string"

    @property
    def expected(self) -> str:
        """What a complaint calls it (inferred from the family)."""
        return "one of a string, number, or boolean"

    def __init__(self, text_max: int | None = None) -> None:
        self.text = Text(max=text_max)

    def accepts(self, value: Any) -> bool:
        """Anything that is neither null nor made of others."""
        return isinstance(value, str | int | float | bool)

    def inside(self, value: Any, path: str) -> Any:
        """A string is not too long."""
        return self.text.inside(value, path) if isinstance(value, str) else value


class Attributes(Metadata):
    """Attributes of a file: keys as in metadata, values strings up to 512 characters, numbers or booleans.

    How many there may be is a limit of the world; see `check_attributes`.
    """

    pairs_max = 1_000_000
    value = Scalar(Metadata.value_max)


ATTRIBUTES = Attributes()


def check_attributes(attributes: dict[str, Any] | None, most: int, path: str = "attributes") -> None:
    """Raises ApiError for more pairs than a world allows (documented: 16)."""
    if attributes is not None and len(attributes) > most:
        raise complaints.TOO_MANY_PROPERTIES(path=path, max=most, length=len(attributes))


class Condition(Tagged):
    """A filter on attributes: a comparison, or `and` and `or` of filters, nested freely."""

    def __init__(self) -> None:
        comparison = Object(key=required(Text()), value=required(Scalar()))
        membership = Object(key=required(Text()), value=required(Array(Scalar())))
        combination = Object(filters=required(Array(self)))
        super().__init__(
            **dict.fromkeys(("eq", "ne", "gt", "gte", "lt", "lte"), comparison),
            **dict.fromkeys(("in", "nin"), membership),
            **dict.fromkeys(("and", "or"), combination),
        )


EXPIRES_AFTER = Object(anchor=required(OneOf("last_active_at")), days=required(Integer(min=1, max=365)))


def _file_expiry(number: type[Integer]) -> Object:
    return Object(anchor=required(OneOf("created_at")), seconds=required(number(min=3_600, max=2_592_000)))


FILE_EXPIRES_AFTER = _file_expiry(Integer)
FORM_EXPIRES_AFTER = _file_expiry(Numeral)
"""The same in a form, where numbers are digits."""

CREATE = Object(
    name=Text(),
    description=Text(),
    file_ids=Array(FILE_ID),
    expires_after=EXPIRES_AFTER,
    chunking_strategy=CHUNKING,
    metadata=METADATA,
)
MODIFY = Object(name=Text(), expires_after=EXPIRES_AFTER, metadata=METADATA)
ATTACH = Object(file_id=required(FILE_ID), chunking_strategy=CHUNKING, attributes=ATTRIBUTES)
MODIFY_FILE = Object(attributes=ATTRIBUTES)


class _Batch(Object):
    """Files by their ids, or each with attributes and chunks of its own; published as one or the other."""

    def inside(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        """Field by field, then whether exactly one of the two was given."""
        batch = super().inside(value, path)
        if batch.get("file_ids") is not None and batch.get("files") is not None:
            raise complaints.MUTUALLY_EXCLUSIVE(
                path=f"{path}.files" if path else "files", names="'file_ids' or 'files'"
            )
        if batch.get("file_ids") is None and batch.get("files") is None:
            raise complaints.MISSING_PARAMETER(path="file_ids")
        return batch


CREATE_BATCH = _Batch(
    file_ids=Array(FILE_ID, nonempty=True),
    files=Array(ATTACH, nonempty=True),
    chunking_strategy=CHUNKING,
    attributes=ATTRIBUTES,
)
SEARCH = Object(
    query=required(AnyOf(Text(), Array(Text(), nonempty=True))),
    rewrite_query=Boolean(),
    max_num_results=Integer(min=1, max=50),
    filters=Condition(),
    ranking_options=Object(
        ranker=OneOf("none", "auto", "default-2024-11-15"), score_threshold=Number(min=0, max=1)
    ),
)
CREATE_UPLOAD = Object(
    filename=required(Text()),
    purpose=required(Text()),
    bytes=required(Integer(min=0)),
    mime_type=required(Text()),
    expires_after=FILE_EXPIRES_AFTER,
)
COMPLETE_UPLOAD = Object(part_ids=required(Array(Text())), md5=Text())


@dataclass(frozen=True, slots=True)
class StoreFilePage(Page):
    """Part of the files of a store or batch, maybe only those of one status."""

    filter: str | None = None


LIST_FILES = Query(StoreFilePage, **LIST.parameters, filter=OneOf(*COUNTED))
