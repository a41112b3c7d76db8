# SPDX-License-Identifier: Apache-2.0
"""Whom a gate may queue while its store is away: who was heard, and nobody else.

Rules: a real store, of which each look fails once it is away.
Not here: what is queued (`tests/e2e/test_intake.py`).
"""

import time
from pathlib import Path

import pytest
from installation_fixture import Installation, install
from leaving_store import Leaving
from stranger_fixture import Stranger, enrolled

from server.gate import protocol
from server.gate.intake.remembered import Remembered
from server.problems import Problem, Refusal
from server.store.bounds import DAY_SECONDS
from server.store.interface import DeviceState, Quotas
from wire import messages
from wire.signed import SignedKind


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    """Return an installation."""
    return install(tmp_path)


@pytest.fixture
def store(made: Installation) -> Leaving:
    """Return its store, as a gate opens it."""
    return Leaving(made.layout.store, Quotas(10_000, 0))


def judged(senders: Remembered, device: Stranger) -> protocol.Judged:
    """Judge a shipment of a device."""
    manifest = device.sign(
        SignedKind.SHIPMENT,
        messages.MANIFEST.encode(device.manifest([b"sealed"])),
    )
    return protocol.judge(senders, manifest, int(time.time()))


def refusal(senders: Remembered, device: Stranger) -> Problem:
    """Return why a device is not heard."""
    with pytest.raises(Refusal) as refused:
        judged(senders, device)
    return refused.value.problem


def test_who_was_heard_is_known_while_the_store_is_away(
    made: Installation, store: Leaving
) -> None:
    """By its own key; the mark that it has already is not told again."""
    device, senders = enrolled(made), Remembered(store)
    judged(senders, device)
    store.away = True
    found = judged(senders, device)
    assert senders.away
    assert (found.manifest.device, found.mark) == (device.device, None)
    forged = Stranger(made.tenant, opening=device.opening)
    named = device.manifest([b"sealed"])
    octets = forged.sign(SignedKind.SHIPMENT, messages.MANIFEST.encode(named))
    with pytest.raises(Refusal, match="wrong-identity"):
        protocol.judge(senders, octets, int(time.time()))


def test_nobody_is_called_unknown_meanwhile(made: Installation, store: Leaving) -> None:
    """An agent that is told so would stop for good: it is told to come again."""
    stranger, senders = Stranger(made.tenant), Remembered(store)
    assert refusal(senders, stranger) is Problem.UNKNOWN_DEVICE
    store.away = True
    assert refusal(senders, stranger) is Problem.OVERLOADED
    assert refusal(senders, enrolled(made)) is Problem.OVERLOADED


def test_who_was_revoked_before_is_not_remembered(
    made: Installation, store: Leaving
) -> None:
    """Though it was heard before that."""
    device, senders = enrolled(made), Remembered(store)
    judged(senders, device)
    made.store.set_state(made.tenant, device.device, DeviceState.REVOKED)
    assert refusal(senders, device) is Problem.REVOKED
    store.away = True
    assert refusal(senders, device) is Problem.OVERLOADED


def test_only_those_heard_last_are_remembered(
    made: Installation, store: Leaving
) -> None:
    """Memory grows with nothing else."""
    devices, senders = [enrolled(made) for _ in range(3)], Remembered(store, most=2)
    for device in (*devices, devices[1]):
        judged(senders, device)
    store.away = True
    assert refusal(senders, devices[0]) is Problem.OVERLOADED
    for device in devices[1:]:
        judged(senders, device)


def test_what_is_queued_counts_against_the_day(
    made: Installation, store: Leaving
) -> None:
    """A device has its day's octets and no more, until another day."""
    device, senders = enrolled(made), Remembered(store)
    judged(senders, device)
    store.away = True
    today, whose = int(time.time()) // DAY_SECONDS, (made.tenant, device.device)
    senders.queued(whose, 9_999, today)
    judged(senders, device)
    senders.queued(whose, 1, today)
    assert refusal(senders, device) is Problem.OVER_QUOTA
    senders.queued(whose, 1, today - 1)
    judged(senders, device)


def test_the_store_is_asked_again_once_it_is_back(
    made: Installation, store: Leaving
) -> None:
    """Nothing that was remembered counts then."""
    device, senders = enrolled(made), Remembered(store)
    judged(senders, device)
    store.away = True
    judged(senders, device)
    store.away = senders.away = False
    made.store.set_state(made.tenant, device.device, DeviceState.REVOKED)
    assert refusal(senders, device) is Problem.REVOKED
