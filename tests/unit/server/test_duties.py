# SPDX-License-Identifier: Apache-2.0
"""What the holder of keys does unasked: holes that nobody can fill, pseudonym keys.

Rules: a real installation; time is passed in.
Not here: marks, keys on their way (`tests/e2e/test_agent_network.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from reader_fixture import Site, Speaker, make_site

from server.errors import StateError
from server.ledger import SqliteLedger
from server.reader.duties import (
    ALL_SECONDS,
    Served,
    give_up_holes,
    send_pseudonym_keys,
    sign_marks,
)
from server.reader.standing import policy_in_force
from server.statements import Statements
from server.store.chains import Heard
from wire.cbor import Plain
from wire.envelope import Gap
from wire.purposes import Purpose

DAY = 86_400


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


def restored(site: Site) -> Speaker:
    """Return a device that has marks for what a restored store does not have."""
    speaker = site.enrol()
    gap = Gap(1, 0, 0, "source-lost")
    sent = [speaker.gap(Purpose.SUPPORT, gap, site.now) for _ in range(5)]
    for octets in (sent[0], sent[4]):
        site.put(octets)
    whose = site.tenant, speaker.device
    said = Heard(*whose, "0.1.0", "Linux", speaker.incarnation, 5, 4)
    site.store.heard([said], site.now)
    return speaker


def test_a_restored_store_goes_on_after_a_day_and_says_so(site: Site) -> None:
    """The hole is in the ledger, then marks go on over it."""
    speaker = restored(site)
    ledger = SqliteLedger(site.layout.ledger)
    assert give_up_holes(site.store, ledger, site.now + DAY - 1) == 0
    assert give_up_holes(site.store, ledger, site.now + DAY) == 1
    assert give_up_holes(site.store, ledger, site.now + DAY + 1) == 0
    ledger.close()
    last = site.acts()[-1]
    told = {"device": speaker.device, "holes": 1, "numbers": 3}
    assert (last.act, last.body) == ("store-lost", told)
    assert [end.sequence for end in site.store.unmarked()] == [5]
    assert sign_marks(site.store, site.keyring.store_role_key(), site.now) == 1


class FullLedger:
    """A ledger on a disk that is full."""

    def add(self, act: str, body: Mapping[str, Plain], now: int) -> object:
        """Refuse."""
        del act, body, now
        msg = "full"
        raise StateError(msg)


def test_nothing_is_given_up_that_is_not_written_down(site: Site) -> None:
    """Where the ledger cannot be written the chain stays as it is."""
    restored(site)
    with pytest.raises(StateError):
        give_up_holes(site.store, FullLedger(), site.now + DAY)
    assert [end.sequence for end in site.store.unmarked()] == [1]


def test_keys_are_left_once_and_anew_when_they_are_due(site: Site) -> None:
    """A new device has its keys at the next look; all have others for a new policy."""
    role, served = site.keyring.store_role_key(), Served()
    with closing(Statements(site.layout.authority / "statements.sqlite")) as held:
        policy = policy_in_force(held, site.tenant, site.now)

    def sent(issued: int, now: int) -> int:
        told = replace(policy, issued=issued)
        return send_pseudonym_keys(site.store, site.keyring, role, told, now, served)

    first = site.enrol()
    assert sent(policy.issued, site.now) == 1
    assert sent(policy.issued, site.now + 1) == 0
    site.enrol()
    assert sent(policy.issued, site.now + 2) == 1
    assert sent(site.now + 3, site.now + 3) == 2
    site.store.set_pseudonyms(site.tenant, first.device, b"damaged")
    assert sent(site.now + 3, site.now + 4) == 0
    assert sent(site.now + 3, site.now + 4 + ALL_SECONDS) == 1
    assert sent(site.now + 3, site.now) == 0
