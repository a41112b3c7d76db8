# SPDX-License-Identifier: Apache-2.0
"""The catalogue of tokens: its own form, and that each shape is found.

Rules: tokens are drawn from the catalogue's shapes, so that no real one is here.
Not here: single examples (`agent/redaction/detectors/token_prefixes.py`).
"""

import re
from functools import lru_cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.redaction.detectors import detectors, token_prefixes
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from agent.redaction.token_rows import rows
from agent.redaction.token_shapes.catalogue import CATALOGUE, LISTS, SHAPES

ROWS = list(rows())
SHAPED = list(token_prefixes.shapes())
LINES = [line for line in (CATALOGUE + SHAPES).splitlines() if line]
FRAMES = [
    "{}",
    "x {} y",
    '{{"a":"{}"}}',
    "a={};",
    "({})",
    r"\t{}\n",
    "a%3D{}%26",
    r"\u003d{}",
    "https://x.example/{}?a",
    "{}: refused",
    "task-{}, next",
]
KINDS = 400
"""Kinds of tokens that the catalogue promises."""
CONFIRMED = 8
"""Of ten lines, how many were read somewhere else at least."""


@lru_cache(maxsize=1)
def _scrubber() -> Scrubber:
    using = [one for one in detectors() if one.name == "token_prefixes"]
    return Scrubber(Identities(), None, using=using)


def _letters(body: bytes) -> bool:
    """Tell whether a drawn body is none that the detector takes for an example."""
    return len(set(body)) >= 5 and not re.search(
        rb"(?i)example|x{6}|your|redacted|placeholder|0{12}|1234567890ab", body
    )


def test_catalogue_has_a_kind_shape_and_source_for_each_token() -> None:
    """Every line is complete, and stands below the vendor's own page."""
    source = ""
    for line in LINES:
        if line.startswith("@"):
            source = line
            assert re.fullmatch(r"@ https://[a-z0-9.-]+/[\w./~+#-]*", line), line
        else:
            assert source, line
            assert re.match(r"[a-z0-9-]+(?: \S+){3,4}\Z", line), line


def test_catalogue_covers_the_best_known_kinds() -> None:
    """The catalogue knows some four hundred prefixes of two hundred vendors."""
    assert len({row.prefix for row in ROWS}) + len(SHAPED) >= KINDS
    assert CATALOGUE.count("\n@ https://") >= KINDS // 2


def test_lines_tell_where_their_shape_was_read() -> None:
    """A line ends in an entry of a public list, or owns that there is none."""
    seen = [line.rsplit(" ", 1)[1] for line in LINES if not line.startswith("@")]
    lists = "|".join(LISTS)
    assert [
        one for one in seen if not re.fullmatch(rf"(?:{lists}):\S+|code|\?", one)
    ] == []
    assert sum(one != "?" for one in seen) >= len(seen) * CONFIRMED // 10


def test_prefixes_are_long_enough_to_be_looked_up() -> None:
    """A prefix has two bytes, begins a word, and its shape is a pattern."""
    start = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.+/-]")
    assert [row for row in ROWS if start.match(row.prefix) is None] == []
    assert {re.compile(row.rest).groups for row in ROWS} == {0}


@settings(max_examples=100, deadline=None)
@given(st.data())
@pytest.mark.slow
def test_tokens_of_every_shape_are_found(data: st.DataObject) -> None:
    """A token drawn from a shape is gone from every frame."""
    row = data.draw(st.sampled_from(ROWS))
    body = data.draw(st.from_regex(re.compile(row.rest, re.ASCII), fullmatch=True))
    assume(_letters(body) and not body.endswith((b"EXAMPLE", b"XXXXXX")))
    token = (row.prefix + body).decode("ascii")
    frame = data.draw(st.sampled_from(FRAMES))
    scrubbed = _scrubber().scrub(frame.format(token))
    assert (body.decode("ascii") if row.shown else token) not in str(scrubbed)


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.slow
def test_shapes_without_a_prefix_are_found(data: st.DataObject) -> None:
    """A token without a prefix is gone from every frame."""
    shape = data.draw(st.sampled_from(SHAPED))
    body = data.draw(st.from_regex(re.compile(shape.exact, re.ASCII), fullmatch=True))
    assume(_letters(body) and body[:1].isalnum() and body[-1:].isalnum())
    frame = data.draw(st.sampled_from(FRAMES))
    token = body.decode("ascii")
    assert token not in str(_scrubber().scrub(frame.format(token)))


def test_a_prefix_alone_stays() -> None:
    """A prefix is no token, and neither is a word that begins with it."""
    prefixes = [row.prefix.decode("ascii") for row in ROWS]
    texts = [f"{one}{end}" for one in prefixes for end in ("", "list of", "a-b.c")]
    assert _scrubber().scrub_many(texts) == texts
