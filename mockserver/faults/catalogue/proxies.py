"""Answers of somebody on the way: sign-in pages, half answers, other JSON, all with status 200."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver.faults.answers import begun, collected, foreign
from mockserver.faults.contract import Fault, Occasion, fault
from mockserver.faults.parameters import choice, flag
from mockserver.frames import JSON_TYPE, Frames

HTML_TYPE = "text/html; charset=utf-8"
PAGE = (
    b"<!DOCTYPE html>\n<html>\n<head><title>Sign in</title></head>\n"
    b"<body><h1>Sign in to use this network</h1></body>\n</html>\n"
)
"""What the gateway of a hotel, an office or a tunnel answers to everything until somebody has signed in."""

TYPES = {"list": b"[]", "null": b"null", "text": b'"ok"', "number": b"1", "object": b'{"status": "ok"}'}
"""JSON that is no object of this API."""

DONE = "whether the operation was done before"
SOURCE = "a general property of proxies; what openai-python 3.57 makes of it was tried"


@fault(
    "html_200",
    group="proxy",
    wire="a page of HTML with status 200, without the API's own headers",
    client="checks what it got: openai-python returns the page as a str where an object is expected, and a"
    " stream without a single event",
    evidence="observed",
    source=SOURCE,
    performed="as asked",
    definite=False,
)
@dataclass(frozen=True)
class Html200(Fault):
    """A gateway answers with a page of its own, and says that all is well."""

    done: bool = flag(False, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The page."""
        if self.done:
            yield from begun(upstream)
        yield from foreign(200, PAGE, HTML_TYPE)


@fault(
    "bad_json",
    group="proxy",
    wire="the first half of the JSON, with a Content-Length that fits it and status 200",
    client="takes it for a lost answer; openai-python raises no error of its own here",
    evidence="inferred",
    source=SOURCE,
    performed="as asked",
    definite=False,
    except_for=("files.content",),
    needs="an answer that is no stream",
)
@dataclass(frozen=True)
class BadJson(Fault):
    """A gateway hands on half of an answer, as if that were all of it."""

    done: bool = flag(True, f"{DONE}; otherwise the half answer is the gateway's own")

    def fits(self, occasion: Occasion) -> bool:
        """Whether the answer is going to be JSON."""
        return not occasion.streams

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """Half the answer."""
        status, content = 200, TYPES["object"]
        if self.done:
            head, content = yield from collected(upstream)
            if head is None:
                return
            status = head.status
        yield from foreign(status, content[: len(content) // 2], JSON_TYPE)


@fault(
    "wrong_type",
    group="proxy",
    wire="valid JSON that is no object of this API, with status 200",
    client="checks what it got: openai-python hands it on without a word, and it breaks where it is used",
    evidence="inferred",
    source=SOURCE,
    performed="as asked",
    definite=False,
    explored=("wrong_type(object)",),
)
@dataclass(frozen=True)
class WrongType(Fault):
    """A gateway answers with JSON of another kind."""

    kind: str = choice(*TYPES, about="what the JSON is")
    done: bool = flag(False, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The other JSON."""
        if self.done:
            yield from begun(upstream)
        yield from foreign(200, TYPES[self.kind], JSON_TYPE)


@fault(
    "empty_200",
    group="proxy",
    wire="status 200, Content-Type application/json, and no body",
    client="takes it for a lost answer; openai-python raises no error of its own here",
    evidence="inferred",
    source=SOURCE,
    performed="as asked",
    definite=False,
    alike="bad_json",
)
@dataclass(frozen=True)
class Empty200(Fault):
    """The answer arrives without its body."""

    done: bool = flag(True, DONE)

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The head alone."""
        if self.done:
            yield from begun(upstream)
        yield from foreign(200, b"", JSON_TYPE)
