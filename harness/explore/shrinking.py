"""Variants with several faults made as small as they can be, and still come to the same verdict.

Delta debugging: one fault after the other is left out, until none is left that can be. What is to be run for
that is asked for in rounds, for all variants at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from harness.explore.variants import Variant

Judge = Callable[[Sequence[Variant]], Mapping[Variant, str]]
"""Runs variants, and says the verdict of each; those it has not come to are left out."""

_Search = Generator[Sequence[Variant], Mapping[Variant, str], Variant]


def shrink(found: Mapping[Variant, str], judge: Judge) -> dict[Variant, Variant]:
    """For each of these variants one with the same verdict, in which no fault can be left out.

    `found` are their verdicts. No variant is judged twice. A variant of which less than all was judged is
    as small as was seen.
    """
    known = dict(found)
    searches = {variant: _search(variant, verdict) for variant, verdict in found.items()}
    smallest: dict[Variant, Variant] = {}
    wanted: dict[Variant, Sequence[Variant]] = {}
    for variant, search in searches.items():
        _step(variant, search, None, wanted, smallest)
    while wanted:
        asked = dict.fromkeys(each for several in wanted.values() for each in several if each not in known)
        if asked:
            known |= {variant: verdict for variant, verdict in judge(list(asked)).items() if variant in asked}
        wanted_before, wanted = wanted, {}
        for variant, several in wanted_before.items():
            verdicts = {each: known[each] for each in several if each in known}
            _step(variant, searches[variant], verdicts, wanted, smallest)
    return {variant: smallest[variant] for variant in found}


def _step(
    variant: Variant,
    search: _Search,
    verdicts: Mapping[Variant, str] | None,
    wanted: dict[Variant, Sequence[Variant]],
    smallest: dict[Variant, Variant],
) -> None:
    """Tell a search what it has asked for; it asks for more, or has ended."""
    try:
        wanted[variant] = next(search) if verdicts is None else search.send(verdicts)
    except StopIteration as end:
        smallest[variant] = end.value


def _search(variant: Variant, verdict: str) -> _Search:
    """Ask for the verdicts of smaller variants; the smallest in the end."""
    while variant.depth > 1:
        verdicts = yield [variant.without(index) for index in range(variant.depth)]
        idle = [index for index in range(variant.depth) if verdicts.get(variant.without(index)) == verdict]
        if not idle:
            break
        smaller = variant.without(idle[-1])
        if 1 < len(idle) < variant.depth:
            # Mostly those that can be left out alone can be left out together, which saves rounds.
            least = variant.without(*idle)
            verdicts = yield [least]
            if verdicts.get(least) == verdict:
                smaller = least
        variant = smaller
    return variant
