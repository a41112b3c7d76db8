# SPDX-License-Identifier: Apache-2.0
"""Laws of redaction.

Rules: texts are built from parts that stand close to what detectors look for, so that
overlaps and glued neighbours are the normal case.
Not here: single examples (`tests/unit/redaction`).
"""

import random
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities, known_identities
from agent.redaction.tags import TAG_PATTERN
from agent.redaction.text import Scrubber
from wire.stand_ins import PREFIXED

KEY = bytes(range(32))
PARTS = [
    *(text for detector in detectors() for text, _ in detector.hits),
    *(text for detector in detectors() for text in detector.misses),
    *(gone for detector in detectors() for _, gone in detector.hits),
    *("amelie", "ws7", "turing", "user=", "password=", "for user ", " from ", "://"),
    *("<user_0123abcd>", "<secret-removed>", "<", ">", "@", "\\", "/", ":", ".", "-"),
    *(
        "=",
        '"',
        "'",
        ",",
        " ",
        "\n",
        "\t",
        "1",
        "a",
        "é",
        "\x1b[0m",
        "\u200b",
        "[",
        "(",
    ),
]
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=6).map("".join)
NAMES = st.lists(
    st.sampled_from(
        [
            ("user", "amelie"),
            ("host", "ws7"),
            ("host", "turing"),
            ("person", "Eve Roux"),
        ]
    ),
    max_size=3,
)
ANY_TAG = re.compile(TAG_PATTERN.decode())
"""Of any form."""
TAG = re.compile(r"<[a-z]+(?:-removed|_[0-9a-hjkmnp-tv-z]{8})>")


def _kept(text: str, names: list[tuple[str, str]], count: int) -> list[str]:
    """Return what the first detectors leave of a text, piece by piece."""
    scrubber = Scrubber(Identities(names), None, using=detectors()[:count])
    return TAG.split(str(scrubber.scrub(text)))


@settings(max_examples=300, deadline=None)
@given(TEXTS, NAMES)
@pytest.mark.slow
def test_scrubbing_twice_changes_nothing(
    text: str, names: list[tuple[str, str]]
) -> None:
    """A scrubbed text is clean."""
    scrubber = Scrubber(Identities(names), KEY)
    once = scrubber.scrub(text)
    assert isinstance(once, str)
    assert scrubber.scrub(once) == once


@settings(max_examples=300, deadline=None)
@given(TEXTS, NAMES)
@pytest.mark.slow
def test_what_keeps_prefixes_removes_the_same(
    text: str, names: list[tuple[str, str]]
) -> None:
    """Only tags of addresses differ, and a text with such tags is clean as well."""
    plain = Scrubber(Identities(names), KEY)
    keeping = Scrubber(Identities(names), KEY).keeping(PREFIXED)  # has learned nothing
    without, kept = str(plain.scrub(text)), str(keeping.scrub(text))
    assert ANY_TAG.split(kept) == ANY_TAG.split(without)
    assert keeping.scrub(kept) == plain.scrub(kept) == kept


@settings(max_examples=300, deadline=None)
@given(TEXTS.filter(lambda text: "<" not in text), NAMES, NAMES, st.data())
@pytest.mark.slow
def test_more_rules_remove_more(
    text: str,
    names: list[tuple[str, str]],
    more: list[tuple[str, str]],
    data: st.DataObject,
) -> None:
    """Adding identities and detectors never brings a letter back."""
    few = data.draw(st.integers(0, len(detectors())))
    many = data.draw(st.integers(few, len(detectors())))
    rest = _kept(text, names, few)
    at = place = 0
    for piece in _kept(text, names + more, many):
        while at < len(rest) and rest[at].find(piece, place) < 0:
            at, place = at + 1, 0
        assert at < len(rest)
        place = rest[at].find(piece, place) + len(piece)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, max_size=5))
@pytest.mark.slow
def test_blocks_change_nothing(texts: list[str]) -> None:
    """A text is scrubbed the same alone and among others."""
    scrubber = Scrubber(Identities([("user", "amelie")]), KEY)
    assert scrubber.scrub_many(texts) == [scrubber.scrub(text) for text in texts]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@pytest.mark.slow
def test_any_text_comes_back_as_text(text: str) -> None:
    """No short text is ever withheld, whatever it is made of."""
    assert isinstance(Scrubber(Identities(), KEY).scrub(text), str)


def _variants(name: str) -> list[str]:
    """Return spellings in which logs carry a name."""
    return [
        name,
        name.upper(),
        name.title(),
        quote(name, safe=""),
        f"{name}$",
        f"_{name}_",
    ]


FRAMES = [
    "job of {} done",
    "[{}]",
    '{{"who": "{}"}}',
    "who={};x",
    "/srv/x/{}/y",
    r"C:\x\{}\y",
    r"json \t{}\n",
    "mailto:{}@example.net",
    "x%40{}%20y",
    "<{}>",
    "'{}'",
    "{}: said",
    "(re){}",
]


def test_honeytokens_never_survive() -> None:
    """Planted names are gone in every frame and spelling, some hundreds of them."""
    generator = random.Random(7)  # noqa: S311 - repeatable, not secret
    names = ["".join(generator.choices("bcdfgklmnprst", k=8)) for _ in range(8)]
    scrubber = Scrubber(known_identities(users=names), KEY)
    planted = [
        (name, frame.format(variant))
        for name in names
        for variant in _variants(name)
        for frame in FRAMES
    ]
    scrubbed = scrubber.scrub_many(text for _, text in planted)
    survivors = [
        text
        for (name, _), text in zip(planted, scrubbed, strict=True)
        if name in str(text).lower()
    ]
    assert len(planted) > 500
    assert survivors == []
