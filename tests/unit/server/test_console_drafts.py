# SPDX-License-Identifier: Apache-2.0
"""Requests that wait for signatures: what is put beside them, and what is forgotten."""

from dataclasses import replace
from pathlib import Path

import pytest
from authorise_room import request
from console_room import ConsoleRoom

from server.access.actions import Role
from server.console.bounds import DRAFT_SECONDS, DRAFTS_OF_ONE
from server.console.diagnostics import in_utc
from server.console.drafts import Draft, Drafts
from wire.crypto.signing import SigningKey
from wire.orders import challenge, write_order, write_request
from wire.proofs import sign_request

KEYS = [SigningKey.generate() for _ in range(2)]


def drafted(
    person: str = "ann", *, sensitive: bool = False, **changes: object
) -> Draft:
    """Return the draft of somebody."""
    octets = write_request(request(**changes))
    return Draft(octets, person, "A service", sensitive, (), "http://localhost:8347")


def signed(octets: bytes, people: int = 1) -> bytes:
    """Return an order that so many have signed."""
    proofs = [sign_request(key, challenge(octets)) for key in KEYS[:people]]
    return write_order(octets, proofs)


def test_an_order_is_put_beside_its_own_draft() -> None:
    """What carries the very octets is taken; all else is dropped, and what is late."""
    drafts, draft = Drafts(), drafted()
    now = draft.request.issued
    name = drafts.keep(draft, now)
    other = write_request(replace(draft.request, rows=1))
    for wrong in (b"", b"\xa0", draft.octets, signed(other), signed(drafted().octets)):
        assert drafts.put(wrong) == ""
    assert drafts.put(signed(draft.octets)) == name
    found = drafts.find(name)
    assert found is not None
    assert (found.whole, found.waits) == (True, False)
    drafts.note_sent(name)
    assert drafts.put(signed(draft.octets)) == ""
    assert drafts.waiting(now) == []


def test_a_sensitive_one_waits_for_two() -> None:
    """One signature is half of it; what did not count is signed anew."""
    drafts, draft = Drafts(), drafted(sensitive=True)
    name = drafts.keep(draft, draft.request.issued)
    for people, state in ((1, (False, True)), (2, (True, False))):
        drafts.put(signed(draft.octets, people))
        found = drafts.find(name)
        assert found is not None
        assert (found.whole, found.waits) == state
    drafts.unsign(name)
    found = drafts.find(name)
    assert found is not None
    assert (found.order, found.whole, found.waits) == (b"", False, False)


def test_nobody_takes_the_room_of_others() -> None:
    """Of one person's many the oldest give way, and nobody else's."""
    drafts, bo = Drafts(), drafted("bo")
    now = bo.request.issued
    kept = drafts.keep(bo, now)
    names = [drafts.keep(drafted(), now) for _ in range(DRAFTS_OF_ONE + 1)]
    assert drafts.find(kept) == bo
    assert drafts.find(names[0]) is None
    assert drafts.find(names[1]) is not None


def test_what_is_over_is_forgotten() -> None:
    """A draft ends with its request; one that was sent, a day later."""
    drafts, one, other = Drafts(), drafted(), drafted()
    until = one.request.expires
    names = [drafts.keep(draft, one.request.issued) for draft in (one, other)]
    drafts.note_sent(names[0])
    assert drafts.waiting(until + 60) == []
    assert (drafts.find(names[0]) is None, drafts.find(names[1])) == (False, None)
    drafts.waiting(until + DRAFT_SECONDS + 60)
    assert drafts.find(names[0]) is None


def test_what_was_signed_outlives_an_office_that_is_away(tmp_path: Path) -> None:
    """While nobody takes it, and while a second has to sign, signatures stay."""
    room = ConsoleRoom(tmp_path)
    browser = room.browser(Role.TECHNICIAN)
    for sensitive, status, proofs in ((False, 503, 1), (True, 400, 1)):
        draft = drafted(sensitive=sensitive, issued=room.now, expires=room.now + 3_600)
        name = room.site.drafts.keep(draft, room.now)
        room.site.drafts.put(signed(draft.octets))
        form = {"order": name, "token": browser.token()}
        assert browser.form("/diagnostic/send", form).status == status
        kept = room.site.drafts.find(name)
        assert kept is not None
        assert kept.proofs == proofs
    room.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-24T09:30", "2026-11-24T09:30:00Z"),
        ("2026-11-24T09:30:05", "2026-11-24T09:30:05Z"),
        ("2026-11-24T09:30+01:00", "2026-11-24T09:30+01:00"),
        ("now", "now"),
        ("<b>", "<b>"),
    ],
)
def test_a_time_of_a_field_is_meant_in_utc(typed: str, meant: str) -> None:
    """A field says no offset; what has one keeps it, what is no time stays as it is."""
    assert in_utc(typed) == meant
