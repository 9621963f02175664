"""HTML: what is shown and how it is laid out, and pages made to hurt."""

from __future__ import annotations

import pytest

from tests.extraction.reading import BADLY_ENCODED, NO_TEXT, TOO_LARGE, refusal, text


def page(source: str) -> str:
    """What a page says."""
    return text("a.html", source.encode())


def test_a_whole_page() -> None:
    assert (
        page(
            """<!DOCTYPE html>
            <html><head><meta charset="utf-8"><title>A &amp; B</title>
            <style>p { color: red }</style><script>if (a < b) alert("<p>no</p>")</script></head>
            <body><h1>Heading</h1>
            <p>One <b>bold</b>ly
               broken&nbsp;line.<br>Second line</p>
            <ul><li>first</li><li>second</li></ul>
            <!-- nothing > to <b>see</b> -->
            <table><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2</td></tr></table>
            <pre>  kept
    as it is</pre></body></html>"""
        )
        == "A & B\n\nHeading\n\nOne boldly broken\xa0line.\nSecond line\n\nfirst\nsecond\n\nk\tv\n1\t2\n\n"
        "  kept\n    as it is"
    )


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a <b> b</b> <i>c</i>", "a b c"),
        ("un<b>believ</b>able", "unbelievable"),
        ("1 < 2 & 3 > 2 &lt;tag&gt; &notaref; &copy", "1 < 2 & 3 > 2 <tag> ¬aref; ©"),
        ("<a title='x>y' href=\"a>b\">link</a>", "link"),
        ('<p class=a"b>text', "text"),
        ("<title>a<b>c</title>d", "a<b>c\n\nd"),
        ("<SCRIPT>no</ScRiPt >yes", "yes"),
        ("<script>no</scripted>no</script>yes", "yes"),
        ("a<!--x-->b<!-->c<!--->d<!DOCTYPE e>f<?g?>h<![CDATA[i]]>j", "abcdfhj"),
        ("text<!-- open <p>no", "text"),
        ("text<script>no", "text"),
        ("text<p class='open>more", "text\n\nmore"),
        ("text<p class='open", "text"),
        ("text</p", "text"),
        ("&#xD800;&#0;&#x110000;ok", "���ok"),
        ("<div><div><div>a</div></div></div><p><p>b", "a\n\nb"),
        ("<pre>a\n\n\n b</pre></pre>c  d", "a\n\n\n b\n\nc d"),
    ],
)
def test_markup(source: str, shown: str) -> None:
    assert page(source) == shown


def test_long_text_keeps_its_words() -> None:
    words = "word " * 100_000
    assert page(f"<p>{words}</p>") == words.strip()
    assert page("x" * 200_000) == "x" * 200_000


@pytest.mark.parametrize("source", ["<p></p>", "<script>x</script>", "<!-- x -->", "<p>  &#32; </p>"])
def test_a_page_that_shows_nothing(source: str) -> None:
    assert refusal("a.html", source.encode()) == ("invalid_file", NO_TEXT)


def test_encodings_are_the_documented_ones() -> None:
    assert text("a.html", "<p>é".encode("utf-16")) == "é"
    assert refusal("a.html", "<meta charset=latin-1>é".encode("latin-1")) == ("invalid_file", BADLY_ENCODED)


def test_nesting_may_be_deep() -> None:
    assert page("<div>" * 100_000 + "bottom") == "bottom"


@pytest.mark.parametrize(
    "opening", ["<a ", "<!--", "<script>", "<!", "</", "<a b='", "<title>", "<a/", "<![CDATA["]
)
def test_what_is_left_open_again_and_again_costs_no_more_than_once(opening: str) -> None:
    """Where each opening is tried to the end of the page, this takes minutes."""
    assert page("text" + opening * 200_000).startswith("text")


def test_a_tag_with_a_million_attributes() -> None:
    assert page("<a" + ' b="c"' * 1_000_000 + ">text") == "text"


def test_too_many_tags_are_too_large() -> None:
    assert refusal("a.html", b"<b>x" * 1_600_000) == ("invalid_file", TOO_LARGE)
