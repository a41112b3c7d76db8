# SPDX-License-Identifier: Apache-2.0
"""Texts made of the ends of others: no detector fails on any.

Rules: what a detector raises withholds the whole text, so it is asked here without what
catches that; texts are the detectors' own examples, cut, joined and changed by chance.
Not here: what is found (`test_redaction.py`).
"""

import random
from collections.abc import Iterator

import pytest

from agent.redaction.detectors import detectors
from agent.redaction.direct import Direct
from agent.redaction.scanning import compile_pattern

TEXTS = 40_000
LINES = 50
SIGNS = "0123456789abcdefABCDEFxXnrt:.-/_ %#@\\\"'=,;()[]{}<>+~$&|\u00e9\u0660\u00b2"


def spliced(seed: int, count: int) -> Iterator[bytes]:
    """Yield texts, the same for a seed."""
    pool = [text for one in detectors() for text, _ in one.hits]
    pool += [text for one in detectors() for text in (*one.misses, one.worst)]
    chance = random.Random(seed)  # noqa: S311 - the same texts each time
    for _ in range(count):
        first, second = chance.choices(pool, k=2)
        text = [*first[: chance.randint(0, len(first))]]
        text += second[chance.randint(0, len(second)) :]
        for _ in range(chance.randrange(4)):
            place = chance.randint(0, len(text))
            text[place : place + chance.randrange(2)] = chance.choice(SIGNS)
        yield "".join(text).replace("\n", " ").encode()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_no_detector_fails(seed: int) -> None:
    """Whatever stands before, in and behind a match, each has a verdict."""
    direct = Direct(detectors(), compile_pattern)
    texts = list(spliced(seed, TEXTS))
    found = 0
    for start in range(0, TEXTS, LINES):
        found += len(direct.find(texts[start : start + LINES], lambda: None, None))
    assert found > TEXTS // 2
