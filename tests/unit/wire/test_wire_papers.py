# SPDX-License-Identifier: Apache-2.0
"""The keeper's papers: what is signed is what is read, and no more is claimed.

Rules: keys and times are those of `tests/vectors/paper_world.py`.
Not here: each failure class (`tests/vectors/papers-*.json`), laws
(`tests/property/test_papers.py`).
"""

import pytest

from tests.vectors import paper_world as papers
from tests.vectors import world
from wire import trust
from wire.errors import SchemaError
from wire.papers.certificate import State, sign_certificate, verify_certificate
from wire.papers.decision import read_decided
from wire.papers.scope import Comparison, Rule
from wire.values import Value

DIGEST = trust.root_digest(world.root())


def test_a_certificate_is_read_as_it_was_signed() -> None:
    """With the root digest alone, a proof gives back what the keeper signed."""
    assert papers.certificate() == verify_certificate(papers.proof(), DIGEST)


def test_no_keeper_signs_more_than_is_true() -> None:
    """A final certificate cannot be made while a copy lives."""
    claimed = papers.certificate(copies=(papers.backup(world.NOW + 1),))
    with pytest.raises(SchemaError, match="state is not what its copies say"):
        sign_certificate(claimed, world.signing(papers.KEEPER))


def test_a_pending_certificate_says_until_when() -> None:
    """It waits for the last of the copies."""
    last = world.NOW + 9
    pending = papers.certificate(
        state=State.PENDING,
        until=last,
        copies=(papers.backup(last), papers.backup(last - 1)),
    )
    paper = sign_certificate(pending, world.signing(papers.KEEPER))
    read = verify_certificate(papers.proof(paper), DIGEST)
    assert (State.PENDING, last) == (read.state, read.until)


def test_a_decision_in_a_paper_is_who_said_what() -> None:
    """A carried decision gives back person, role and matter."""
    read = read_decided(papers.decided(), world.TENANT)
    assert papers.decision() == read


@pytest.mark.parametrize(
    ("rule", "cell", "holds"),
    [
        (Rule("c", Comparison.EQUAL, ("5",)), 5, True),
        (Rule("c", Comparison.EQUAL, ("5",)), 5.0, False),
        (Rule("c", Comparison.EQUAL, ("5.0",)), 5.0, True),
        (Rule("c", Comparison.EQUAL, ("true",)), True, True),
        (Rule("c", Comparison.EQUAL, ("1",)), True, False),
        (Rule("c", Comparison.EQUAL, ("",)), None, False),
        (Rule("c", Comparison.AMONG, ("a", "b")), "b", True),
        (Rule("c", Comparison.AMONG, ("a", "b")), "B", False),
        (Rule("c", Comparison.AT_LEAST, ("5",)), 5, True),
        (Rule("c", Comparison.AT_LEAST, ("5.5",)), 5, False),
        (Rule("c", Comparison.AT_LEAST, ("5",)), "9", False),
        (Rule("c", Comparison.BELOW, ("-1",)), -2.5, True),
        (Rule("c", Comparison.BELOW, ("5",)), 5, False),
        (Rule("c", Comparison.BELOW, ("5",)), None, False),
        (Rule("c", Comparison.BELOW, ("5",)), True, False),
    ],
)
def test_a_rule_holds_for_its_cells_only(
    rule: Rule, cell: Value, *, holds: bool
) -> None:
    """A rule takes the cells that its page says, and no other."""
    assert holds is rule.holds(cell)
