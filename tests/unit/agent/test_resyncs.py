# SPDX-License-Identifier: Apache-2.0
"""A resync makes one state be sent whole, once, and nothing else can.

Rules: a real spool that remembers states; each forgery is wrong in one thing.
Not here: how it comes with a poll (`test_polling.py`), the whole way (`tests/e2e`).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import Installation

from agent.delivery.resyncs import newest_resync, take_resync
from agent.device import Device
from agent.identity import load
from agent.spool.change import Snapshot
from agent.spool.spool import open_spool
from wire import cbor, limits, signed
from wire.crypto.signing import SigningKey
from wire.errors import (
    DecodeError,
    IdentityError,
    NotYetValidError,
    SignatureError,
    WireError,
)
from wire.ledger import verify
from wire.messages import MARK, RESYNC, Mark, Resync
from wire.purposes import Purpose
from wire.signed import SignedKind

HELD = Snapshot(b"k" * 16, b"p" * 32, b"s" * 32, 1, bytes(36))
SENT = (("security", "software"), ("security", "sessions"), ("support", "software"))
HOUR = limits.RESYNC_SECONDS


@contextmanager
def a_device(directory: Path, installation: Installation) -> Iterator[Device]:
    """Open a device that has sent three states."""
    state = enrolled(directory, installation)
    spool = open_spool(state.spool, 0)
    with spool.transaction() as change:
        for pair in SENT:
            change.set_snapshot(*pair, HELD)
    try:
        yield Device(state, load(state), spool)
    finally:
        spool.close()


@pytest.fixture
def device(tmp_path: Path, installation: Installation) -> Iterator[Device]:
    """Return a device that has sent three states."""
    with a_device(tmp_path / "state", installation) as made:
        yield made


def resync(
    holder: Device,
    installation: Installation,
    key: SigningKey | None = None,
    **lies: object,
) -> bytes:
    """Return a resync of software for security, issued at second 1,000,000."""
    who = holder.who
    true = Resync(
        who.tenant,
        who.device,
        holder.spool.incarnation(),
        Purpose.SECURITY,
        "software",
        1_000_000,
    )
    payload = RESYNC.encode(replace(true, **lies))  # type: ignore[arg-type]  # names of its fields
    return signed.sign(SignedKind.RESYNC, payload, [key or installation.roles.store])


def states(device: Device) -> set[tuple[str, str]]:
    """Return the states that are remembered."""
    return {pair for pair in SENT if device.spool.snapshot(*pair) is not None}


def acts(device: Device) -> list[object]:
    """Return the bodies of the ledger's entries."""
    entries, head = device.spool.ledger()
    verify(entries, head)
    return [cbor.decode(body) for _, body, _ in entries if body is not None]


def test_a_resync_forgets_the_state_that_it_names(
    device: Device, installation: Installation
) -> None:
    """One state of one purpose is forgotten, and the ledger says at whose word."""
    octets = resync(device, installation)
    assert take_resync(octets, device, installation.root, 1_000_000)
    assert states(device) == {("security", "sessions"), ("support", "software")}
    assert acts(device) == [
        {"purpose": "security", "dataset": "software", "issued": 1_000_000}
    ]
    assert newest_resync(device.spool) == 1_000_000


def test_a_resync_is_obeyed_once(device: Device, installation: Installation) -> None:
    """The same one, or an older one, does nothing however often and late it comes."""
    octets = resync(device, installation)
    older = resync(device, installation, dataset="sessions", issued=999_999)
    take_resync(octets, device, installation.root, 1_000_000)
    with device.spool.transaction() as change:
        change.set_snapshot("security", "software", HELD)
    for later in (0, 60, HOUR, 100 * HOUR):
        for replayed in (octets, older):
            now = 1_000_000 + later
            assert not take_resync(replayed, device, installation.root, now)
    assert len(states(device)) == 3
    assert len(acts(device)) == 1


def test_a_state_is_sent_again_once_an_hour_at_most(
    device: Device, installation: Installation
) -> None:
    """New resyncs of one state within the hour are taken and not obeyed."""
    obeyed = []
    for later in (0, 1, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR):
        with device.spool.transaction() as change:
            change.set_snapshot("security", "software", HELD)
        now = 1_000_000 + later
        octets = resync(device, installation, issued=now)
        obeyed.append(take_resync(octets, device, installation.root, now))
    assert obeyed == [True, False, False, True, False, True]
    other = resync(device, installation, purpose=Purpose.SUPPORT, issued=2_000_000)
    assert take_resync(other, device, installation.root, 2_000_000)


@pytest.mark.parametrize(
    ("purpose", "dataset"),
    [
        (Purpose.SECURITY, "services"),
        (Purpose.SECURITY, "no_such_dataset"),
        (Purpose.PROVISION, "software"),
        (Purpose.COMMUNICATION, "software"),
    ],
)
def test_what_was_not_sent_cannot_be_asked_for(
    device: Device, installation: Installation, purpose: Purpose, dataset: str
) -> None:
    """A dataset or purpose that the plan does not have is not collected by asking."""
    octets = resync(device, installation, purpose=purpose, dataset=dataset)
    assert not take_resync(octets, device, installation.root, 1_000_000)
    assert len(states(device)) == 3
    assert acts(device) == []


LIES: list[tuple[dict[str, object], type[WireError]]] = [
    ({"device": bytes(16)}, IdentityError),
    ({"tenant": bytes(16)}, IdentityError),
    ({"incarnation": bytes(16)}, IdentityError),
    ({"issued": 1_000_000 + limits.CLOCK_SKEW_SECONDS + 1}, NotYetValidError),
]


@pytest.mark.parametrize(("lie", "refusal"), LIES)
def test_a_resync_for_another_is_refused(
    device: Device,
    installation: Installation,
    lie: dict[str, object],
    refusal: type[WireError],
) -> None:
    """Another device's, tenant's, spool's or time's changes nothing."""
    with pytest.raises(refusal):
        take_resync(
            resync(device, installation, **lie), device, installation.root, 1_000_000
        )
    assert len(states(device)) == 3
    assert newest_resync(device.spool) == 0


@pytest.mark.parametrize("role", ["root", "policy", "keys", "revocation", "gate"])
def test_no_other_role_signs_a_resync(
    device: Device, installation: Installation, role: str
) -> None:
    """A gate that was taken over cannot make a device send anything again."""
    key = getattr(installation.roles, role)
    with pytest.raises(SignatureError):
        take_resync(
            resync(device, installation, key), device, installation.root, 1_000_000
        )
    assert len(states(device)) == 3


def test_a_mark_is_no_resync(device: Device, installation: Installation) -> None:
    """What the store signed for something else, under any name, is refused."""
    who = device.who
    place = who.tenant, who.device, device.spool.incarnation()
    mark = MARK.encode(Mark(*place, 7, bytes(32), 1_000_000))
    payload = signed.read(resync(device, installation), SignedKind.RESYNC).payload
    for kind, content in (
        (SignedKind.MARK, mark),
        (SignedKind.MARK, payload),
        (SignedKind.RESYNC, mark),
    ):
        octets = signed.sign(kind, content, [installation.roles.store])
        with pytest.raises((SignatureError, DecodeError)):
            take_resync(octets, device, installation.root, 1_000_000)
    store = installation.roles.store
    renamed = cbor.decode(signed.sign(SignedKind.MARK, payload, [store]))
    assert isinstance(renamed, dict)
    with pytest.raises(SignatureError):
        take_resync(
            cbor.encode(renamed | {2: "resync"}), device, installation.root, 1_000_000
        )
    assert len(states(device)) == 3


def test_a_damaged_resync_is_refused(
    device: Device, installation: Installation
) -> None:
    """A flipped bit anywhere, a cut and an overlong one change nothing."""
    octets = resync(device, installation)
    forged = [
        octets[:at] + bytes([octets[at] ^ 1 << at % 8]) + octets[at + 1 :]
        for at in range(len(octets))
    ]
    forged += [octets[:-1], octets + b"\x00", b"", secrets.token_bytes(600)]
    for one in forged:
        with pytest.raises(WireError):
            take_resync(one, device, installation.root, 1_000_000)
    assert len(states(device)) == 3
    assert take_resync(octets, device, installation.root, 1_000_000)


def test_a_lost_spool_has_nothing_to_forget(
    tmp_path: Path, device: Device, installation: Installation
) -> None:
    """A resync of the spool before is refused: the new one sends all as it is."""
    octets = resync(device, installation)
    fresh = open_spool(tmp_path / "fresh.sqlite", 0)
    try:
        with pytest.raises(IdentityError):
            take_resync(
                octets, replace(device, spool=fresh), installation.root, 1_000_000
            )
    finally:
        fresh.close()
