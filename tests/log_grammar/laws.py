# SPDX-License-Identifier: Apache-2.0
"""Laws of redaction, tried on pairs of lines: how many break one.

Rules: a pair is a line redacted in two ways that have to agree; nothing is compared
with what the product itself says is right.
Not here: single examples (`tests/unit/redaction`).
"""

import base64
import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from urllib.parse import quote

from agent.redaction.detectors import detectors
from agent.redaction.identities import known_identities
from agent.redaction.text import Scrubber
from tests.log_grammar.grammar import WRAPS, lines, templates
from tests.log_grammar.values import IDENTITIES

_TAG = re.compile(r"<[a-z_]+-(?:removed|[0-9a-z.-]+)>")
_BATCH = 5_000
_RULE_SETS = 6
_SECONDS = 600.0
"""Of a block: no law is about time, which a busy machine has less of."""

Broken = dict[str, tuple[int, int]]
"""Pairs that were tried and pairs that broke it, by law."""


def broken(seed: int, pairs: int) -> Broken:
    """Try every law.

    Args:
        seed: of all that is drawn.
        pairs: how many, over all laws.
    """
    found: Broken = {}
    share = pairs // len(_LAWS)
    for name, law in _LAWS.items():
        tried = wrong = 0
        while tried < share:
            count = min(_BATCH, share - tried)
            wrong += law(seed + tried, count)
            tried += count
        found[name] = (tried, wrong)
    return found


def _more_rules_reveal(seed: int, count: int) -> int:
    """Redact with some rules and names, then with more of both."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    made = list(lines(seed, count, 60))
    texts = [line.text for line in made]
    names = [
        value for line in made[:40] for kind, value in line.planted if kind == "user"
    ]
    wrong = 0
    share = len(texts) // _RULE_SETS + 1
    for start in range(0, len(texts), share):
        part = texts[start : start + share]
        some = random.sample(detectors(), random.randrange(len(detectors())))
        few = Scrubber(
            known_identities(users=names[:3]), None, using=some, seconds=_SECONDS
        )
        many = Scrubber(known_identities(users=names), None, seconds=_SECONDS)
        for one, two in zip(few.scrub_many(part), many.scrub_many(part), strict=True):
            wrong += reveals(str(one), str(two))
    return wrong


def reveals(few: str, many: str) -> bool:
    """Tell whether a text that was redacted with more rules shows more.

    Args:
        few: with some rules, every tag a fixed one.
        many: with these and more.
    """
    rest = _TAG.split(few)
    at = place = 0
    for piece in _TAG.split(many):
        while at < len(rest) and rest[at].find(piece, place) < 0:
            at, place = at + 1, 0
        if at == len(rest):
            return True
        place = rest[at].find(piece, place) + len(piece)
    return False


def _twice_changes(seed: int, count: int) -> int:
    """Redact what is redacted already."""
    known = known_identities(users=["amelie"])
    scrubber = Scrubber(known, bytes(range(32)), seconds=_SECONDS)
    once = scrubber.scrub_many([line.text for line in lines(seed, count, 60)])
    twice = scrubber.scrub_many(list(map(str, once)))
    return sum(one != two for one, two in zip(once, twice, strict=True))


def _known_survive(seed: int, count: int) -> int:
    """Wrap and encode names that are known."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    names = [IDENTITIES["account"](random) for _ in range(20)]
    hosts = [IDENTITIES["host"](random) for _ in range(20)]
    known = known_identities(users=names, host_names=hosts)
    scrubber = Scrubber(known, None, seconds=_SECONDS)
    clean = templates("clean")
    made: list[tuple[str, str]] = []
    for _ in range(count):
        name = random.choice(names + hosts)
        spelled = random.choice(ENCODINGS)(name)
        _, frame = random.choice(clean)
        text = random.choice(WRAPS)(f"{frame} {random.choice(_FRAMES)}")
        made.append((name, text.replace("{}", spelled)))
    output = scrubber.scrub_many([text for _, text in made])
    return sum(
        survives(name, str(text)) for (name, _), text in zip(made, output, strict=True)
    )


def _wrapping_reveals(seed: int, count: int) -> int:
    """Redact lines of which nothing is known, alone and inside of another format."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    made = list(lines(seed, count, wrapped=0))
    scrubber = Scrubber(known_identities(), None, seconds=_SECONDS)
    alone = scrubber.scrub_many([line.text for line in made])
    inside = scrubber.scrub_many([random.choice(WRAPS)(line.text) for line in made])
    return sum(
        any(value in str(two) and value not in str(one) for _, value in line.planted)
        for line, one, two in zip(made, alone, inside, strict=True)
    )


_FRAMES = (
    "of {}",
    "[{}]",
    '"who": "{}"',
    "argv=['run', '--as', '{}']",
    "LOGNAME={}",
    "https://x.example/a?b={}&c=1",
    "/srv/{}/y",
    '["a","{}","b"]',
    "{}: said",
)


def _split(mark: str) -> Callable[[str], str]:
    return lambda name: mark.join((name[:3], name[3:]))


def _in_base64(lead: str) -> Callable[[str], str]:
    return lambda name: base64.b64encode(f"{lead}{name}:x".encode()).decode()


ENCODINGS: Sequence[Callable[[str], str]] = (
    str,
    str.upper,
    str.title,
    lambda name: json.dumps(json.dumps(name))[3:-3],
    lambda name: quote(f" {name}@"),
    lambda name: "".join(f"%{ord(letter):02X}" for letter in name),
    lambda name: "".join(f"\\u{ord(letter):04x}" for letter in name),
    lambda name: html.escape(f"<{name}>"),
    "\x00".join,
    lambda name: name.encode("utf-16-le").decode("latin-1"),
    _split("\u200b"),
    _split("\u00ad"),
    _split("\x1b[31m"),
    _in_base64(""),
    _in_base64("a"),
    _in_base64("ab"),
    lambda name: name.encode().hex(),
)


def survives(name: str, text: str) -> bool:
    """Tell whether a name can still be read from a text, in any of these spellings."""
    lowered = re.sub(
        r"\x1b\[[0-9;]*m|[^\x20-\x7e]", "", text.replace("\0", "")
    ).casefold()
    if name.casefold() in lowered:
        return True
    spelled = (
        name.encode().hex(),
        "".join(f"%{ord(letter):02x}" for letter in name.casefold()),
        "".join(f"\\u{ord(letter):04x}" for letter in name),
    )
    if any(spelling in lowered for spelling in spelled):
        return True
    return any(
        base64.b64encode(f"{lead}{name}".encode()).decode()[4 * bool(lead) : -4] in text
        for lead in ("", "a", "ab")
    )


_LAWS: Mapping[str, Callable[[int, int], int]] = {
    "more rules and names never show more": _more_rules_reveal,
    "redacting twice changes nothing": _twice_changes,
    "a value found alone is found in a wrapped line": _wrapping_reveals,
    "a known name never survives wrapping or encoding": _known_survive,
}
