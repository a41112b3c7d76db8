# SPDX-License-Identifier: Apache-2.0
"""Promises of the policy that the reader goes by: signed, whole, or refused in words.

Rules: statements of a real installation, altered as its disk or a backup would.
Not here: publishing (`test_authority_server.py`), who reads by it (`test_access.py`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from authority_acts import NOW

from server import configuration
from server.errors import TrustError
from server.layout import Layout
from server.reader.standing import policy_in_force
from server.statements import Statements
from wire.signed import SignedKind

DAMAGED = "not signed by its role: restore the authority"


@pytest.fixture
def statements(layout: Layout) -> Iterator[Statements]:
    """Return what the installation signed."""
    with closing(Statements(layout.authority / "statements.sqlite")) as opened:
        yield opened


def put(layout: Layout, octets: bytes) -> None:
    """Put other octets in place of the newest policy."""
    with closing(sqlite3.connect(layout.authority / "statements.sqlite")) as held, held:
        kind = SignedKind.POLICY.value
        held.execute("UPDATE statements SET octets = ? WHERE kind = ?", (octets, kind))


def test_a_whole_one_is_returned(layout: Layout, statements: Statements) -> None:
    """What was signed at the installation is in force."""
    tenant = configuration.read(layout).tenant
    found = policy_in_force(statements, tenant, NOW)
    assert (found.policy.name, found.version) == ("standard", 1)


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_a_broken_one_is_refused(
    layout: Layout, statements: Statements, cut: int
) -> None:
    """Octets that are no policy are told as damage, not as a failure of ours."""
    tenant = configuration.read(layout).tenant
    octets = statements.newest(tenant, SignedKind.POLICY)
    assert octets is not None
    put(layout, octets[:cut])
    with pytest.raises(TrustError, match=DAMAGED):
        policy_in_force(statements, tenant, NOW)


def test_an_altered_one_is_refused(layout: Layout, statements: Statements) -> None:
    """One octet of what was signed that is another is told in the same words."""
    tenant = configuration.read(layout).tenant
    octets = statements.newest(tenant, SignedKind.POLICY)
    assert octets is not None
    put(layout, octets.replace(b"standard", b"standerd", 1))
    with pytest.raises(TrustError, match=DAMAGED):
        policy_in_force(statements, tenant, NOW)


def test_none_is_told(statements: Statements) -> None:
    """Of a tenant for which nothing was signed it is said what to do."""
    with pytest.raises(TrustError, match="publish one with discreet-server policy"):
        policy_in_force(statements, bytes(16), NOW)
