"""Plain text, source code, Markdown, TeX and JSON: their text is the file.

JSON too is taken as it stands, so it need not even be valid, and no depth of nesting matters.
"""

from __future__ import annotations

from mockserver.extraction.encodings import decode
from mockserver.extraction.format import Format

FORMAT = Format(
    suffixes=(
        ".c",
        ".cpp",
        ".cs",
        ".css",
        ".go",
        ".java",
        ".js",
        ".json",
        ".md",
        ".php",
        ".py",
        ".rb",
        ".sh",
        ".tex",
        ".ts",
        ".txt",
    ),
    read=decode,
)
