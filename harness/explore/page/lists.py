"""The lists below a matrix: what was found, the worst first, and variants with several faults."""

from __future__ import annotations

from collections.abc import Sequence

from harness.explore.page.marks import Variant, broken, button, is_new, rank, safe, sifted, symbol
from harness.reports.words import counted

_FIRST = 25
"""Findings of a test that are shown at once."""

_FEW = 12
"""Deeper variants that need not be folded."""


def findings(number: int, variants: Sequence[Variant]) -> str:
    """Weaknesses with their reasons and how to see them again; new ones before accepted ones."""
    found = [(index, each) for index, each in enumerate(variants) if each["severity"] in ("fail", "warn")]
    found.sort(key=lambda pair: (rank(pair[1]["verdict"]), not is_new(pair[1])))
    items = [_finding(number, index, each) for index, each in found]
    if not items:
        return ""
    rest = "".join(items[_FIRST:])
    folded = (
        f"<details><summary>{len(items) - _FIRST} more</summary><ol>{rest}</ol></details>" if rest else ""
    )
    return (
        f'<section class="findings"><h3>Worst first</h3><ol>{"".join(items[:_FIRST])}</ol>{folded}</section>'
    )


def deeper(number: int, variants: Sequence[Variant]) -> str:
    """Variants with several faults: the further ones met the client on its way back from the first."""
    several = [(index, each) for index, each in enumerate(variants) if len(each["faults"]) > 1]
    if not several:
        return ""
    several.sort(key=lambda pair: rank(pair[1]["verdict"]))
    lines = "".join(
        f"<li{sifted(each)}>{symbol(each['verdict'], each['severity'])}<div>{_opens(number, index, each)} "
        f'<span class="soft">{safe(each["verdict"])}</span></div></li>'
        for index, each in several
    )
    opened = " open" if len(several) <= _FEW else ""
    return (
        f'<details class="deeper"{opened}><summary><h3>{counted(len(several), "variant")} with several '
        f"faults: the next ones on the way back from the first</h3></summary><ul>{lines}</ul></details>"
    )


def _finding(number: int, index: int, variant: Variant) -> str:
    accepted = variant["accepted"]
    badge = "" if accepted is None else f'<span class="soft">· accepted: {safe(accepted)}</span>'
    badge += '<span class="badge">new</span>' if is_new(variant) else ""
    again = safe(variant["reproduce"])
    return (
        f"<li{sifted(variant)}>{symbol(variant['verdict'], variant['severity'])}<div>"
        f'{_opens(number, index, variant)} <span class="soft">{safe(variant["verdict"])}</span> {badge}'
        f'<p>{safe(variant["reason"])}</p><p class="again"><code>{again}</code> <button type="button" '
        f'class="copy" data-copy="{again}" aria-label="copy the command">copy</button></p></div></li>'
    )


def _opens(number: int, index: int, variant: Variant) -> str:
    return button(number, index, variant, "plain", f"<code>{broken(variant['id'])}</code>")
