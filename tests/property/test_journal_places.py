# SPDX-License-Identifier: Apache-2.0
"""Places of erased rows come out of the journal as they went in.

Not here: lines that are refused (`tests/vectors/papers-journal.json`).
"""

from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import paper_world, world
from wire import limits
from wire.papers.journal import packed_places, places_of, read_line, sign_line

PLACES = st.sets(st.integers(0, limits.BODY_ROWS - 1), min_size=1, max_size=60)


@given(PLACES | PLACES.map(lambda some: {*range(min(some), max(some) + 1)}))
def test_places_are_told_whole(places: set[int]) -> None:
    """Whatever rows an erasure took, its line is read, and tells these and no other."""
    assert places_of(packed_places(places)) == tuple(sorted(places))
    key = world.signing(paper_world.KEEPER)
    line = paper_world.erasure_line(*places)
    assert read_line(sign_line(line, key), [key.public]) == line
