# SPDX-License-Identifier: Apache-2.0
"""Whether a value has one stand-in of its own, wherever it stands.

Rules: a stand-in counts where it stands exactly in the place of a value; spellings that
name the same (case, separators of a MAC address) have the same one, and that is asked.
A name in an address of mail or account is a domain, whatever it is elsewhere (ADR 7).
The labelled lines' own scorer takes each spelling for a value of its own, so that
AA-BB-CC-DD-EE-FF and AA:BB:CC:DD:EE:FF, which have one stand-in, count as two that
share it.
Not here: what is left (`redaction_scores.py`), which also prints the scorer's links.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from bench.redaction_lines import KNOWN, LABELLED
from tests.log_grammar.grammar import lines

OWN_LINES = 10_000
_KEY = bytes(range(32))
_TAG = re.compile(r"<[a-z][a-z0-9]*[_-][^<> ]+>")
_LISTS = {"hostnames": "host", "usernames": "user"}
_PAIR = re.compile(r"[0-9a-f]{1,2}")
Spans = list[tuple[int, int, str]]


class Link(NamedTuple):
    """How a class is linked.

    Attributes:
        values: with a stand-in exactly in their place more than once.
        whole: those with one stand-in, which is no other value's.
        places: in which values stand.
        exact: those with a stand-in in the place of all of the value, and no more.
    """

    values: int
    whole: int
    places: int
    exact: int


def links(scrubbed: Iterable[tuple[str, str, Spans]]) -> dict[str, Link]:
    """Return how each class is linked.

    Args:
        scrubbed: a line, what it became, and where values of which class stand in it.
    """
    kept: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for line, after, spans in scrubbed:
        standing = _standing(line, after)
        for start, end, kind in spans:
            tag = standing.get((start, end), "")
            kept[kind][_folded(kind, line[start:end])][tag] += 1
    return {kind: _link(values) for kind, values in sorted(kept.items())}


def _link(values: dict[str, Counter[str]]) -> Link:
    owners = Counter(tag for tags in values.values() for tag in tags if tag)
    many = [tags for tags in values.values() if tags.total() - tags[""] > 1]
    whole = sum(
        len(exact) == 1 and owners[next(iter(exact))] == 1
        for exact in ({tag for tag in tags if tag} for tags in many)
    )
    places = sum(tags.total() for tags in values.values())
    exact = places - sum(tags[""] for tags in values.values())
    return Link(len(many), whole, places, exact)


def _standing(line: str, after: str) -> dict[tuple[int, int], str]:
    """Return which stand-in stands in which place of a line, also of two together."""
    tags = [tag for tag in _TAG.finditer(after) if tag[0] not in line]
    at = 0
    pattern = ""
    for tag in tags:
        between = after[at : tag.start()]
        pattern += ("." if between == "+" else re.escape(between)) + "(.+?)"
        at = tag.end()
    found = re.fullmatch(pattern + re.escape(after[at:]), line, re.DOTALL)
    if found is None:
        return {}
    places = {found.span(number): tag[0] for number, tag in enumerate(tags, 1)}
    joined = {
        (first[0], last[1]): f"{places[first]}{line[first[1] : last[0]]}{places[last]}"
        for first, last in pairwise(list(places))
        if last[0] == first[1] + 1
    }
    return joined | places


def _folded(kind: str, value: str) -> str:
    """Return a value in the spelling that all its spellings share."""
    folded = value.lower()
    if "mac" not in kind:
        return folded
    return "".join(pair.zfill(2) for pair in _PAIR.findall(folded))


def own_lines() -> Iterator[tuple[str, str, Spans]]:
    """Yield lines of the grammar, of one network, scrubbed."""
    scrubber = Scrubber(Identities(), _KEY)
    for line in lines(14, OWN_LINES, KNOWN):
        spans: Spans = []
        for kind, value in line.planted:
            if line.text.count(value) == 1:
                start = line.text.index(value)
                spans.append((start, start + len(value), kind))
        yield line.text, str(scrubber.scrub(line.text)), spans


def labelled_lines() -> Iterator[tuple[str, str, Spans]]:
    """Yield labelled real lines, scrubbed with what their machine knows."""
    folder = Path(LABELLED, "labelled")
    known = json.loads((folder / "identities.json").read_text("utf-8"))
    scrubbers: dict[str, Scrubber] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            name = row["source"] if row["source"] in known else ""
            if name not in scrubbers:
                own = [
                    (_LISTS[listed], value)
                    for listed, values in known.get(name, {}).items()
                    for value in values
                ]
                scrubbers[name] = Scrubber(Identities(own), _KEY, learning=True)
            spans = [
                (start, end, kind)
                for start, end, kind in row["spans"]
                if not kind.startswith("?")
            ]
            yield row["line"], str(scrubbers[name].scrub(row["line"])), spans
