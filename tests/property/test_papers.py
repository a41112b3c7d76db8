# SPDX-License-Identifier: Apache-2.0
"""Laws of the keeper's papers, over drawn certificates and damage.

Rules: no octet of a proof can be changed; a certificate is final exactly when no copy
that it names outlives it.
Not here: chosen cases (`tests/unit/wire/test_wire_papers.py`).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vectors import (
    families_extracts,
    first_opener,
    generate,
    second_opener,
    world,
)
from tests.vectors import paper_world as papers
from tests.vectors.forms import input_of
from wire import trust
from wire.errors import WireError
from wire.papers import extract, remainder
from wire.papers.certificate import (
    State,
    sign_certificate,
    state_of,
    verify_certificate,
)
from wire.papers.matter import MATTER, matter_digest

DIGEST = trust.root_digest(world.root())
PROOF = papers.proof(
    sign_certificate(
        papers.certificate(decisions=(papers.decided(),)), world.signing(papers.KEEPER)
    )
)


def kept(family: str) -> bytes:
    """Return the usual one of a family of vectors."""
    vectors = generate.read(generate.HERE / f"papers-{family}.json")
    usual = "as the keeper makes it"
    return next(input_of(vector) for vector in vectors if vector["name"] == usual)


EXTRACT, REMAINDER = kept("extracts"), kept("remainders")
MATTER_OCTETS = MATTER.encode(papers.matter())
some = settings(max_examples=60, deadline=None)


@some
@given(st.integers(0, len(PROOF) - 1), st.integers(1, 255))
def test_no_octet_of_a_proof_can_be_changed(place: int, change: int) -> None:
    """Whatever octet is another, the proof is refused."""
    changed = bytearray(PROOF)
    changed[place] ^= change
    with pytest.raises(WireError):
        verify_certificate(bytes(changed), DIGEST)


@some
@given(st.integers(0, len(EXTRACT) - 1), st.integers(1, 255))
def test_no_octet_of_an_extract_can_be_changed(place: int, change: int) -> None:
    """Whatever octet is another, the extract is refused before it is opened."""
    changed = bytearray(EXTRACT)
    changed[place] ^= change
    with pytest.raises(WireError):
        extract.read(bytes(changed), families_extracts.KEEPER.public)


@some
@given(st.integers(0, len(REMAINDER) - 1), st.integers(1, 255))
def test_no_octet_of_a_remainder_can_be_changed(place: int, change: int) -> None:
    """Whatever octet is another, the remainder is refused before it is opened."""
    changed = bytearray(REMAINDER)
    changed[place] ^= change
    with pytest.raises(WireError):
        remainder.read(bytes(changed), families_extracts.KEEPER.public)


@given(st.integers(0, len(MATTER_OCTETS) - 1), st.integers(1, 255))
def test_another_matter_is_another_digest(place: int, change: int) -> None:
    """No octet of a matter can change under a decision."""
    changed = bytearray(MATTER_OCTETS)
    changed[place] ^= change
    assert matter_digest(MATTER_OCTETS) != matter_digest(bytes(changed))


@some
@given(st.lists(st.integers(-5, 5), max_size=4))
def test_final_is_what_no_copy_outlives(ends: list[int]) -> None:
    """Both openers take the state that the copies leave, and refuse the other one."""
    copies = tuple(papers.backup(world.NOW + end) for end in ends)
    lives = max(ends, default=0) > 0
    state, until = state_of(copies, world.NOW)
    assert (State.PENDING if lives else State.FINAL) is state
    assert (world.NOW + max(ends) if lives else None) == until
    certificate = papers.certificate(state=state, until=until, copies=copies)
    paper = sign_certificate(certificate, world.signing(papers.KEEPER))
    vector = {
        "kind": "certificate",
        "input": papers.proof(paper).hex(),
        "digest": DIGEST.hex(),
    }
    first, second = first_opener.judge(vector), second_opener.judge(vector)
    assert ("ok", first[1]) == first == second
