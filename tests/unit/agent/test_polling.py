# SPDX-License-Identifier: Apache-2.0
"""A poll brings what is new, each part believed by its own role.

Rules: real TLS and a real spool; the collector lies in one thing at a time.
Not here: when to poll (`test_shipping.py`), the real gate (`tests/e2e`).
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, fill, listening
from installation_fixture import YEAR, Installation

from agent import clock, identity
from agent.delivery import polling
from agent.delivery.adoption import Polled
from agent.delivery.outside import Outside
from agent.delivery.polling import About
from agent.delivery.receipts import ship_once
from agent.delivery.shipping import Act, Next
from agent.device import Device
from agent.errors import TrustError
from agent.spool.change import Snapshot
from wire import signed
from wire.crypto.sealing import seal
from wire.crypto.signing import SigningKey
from wire.keys import (
    PSEUDONYM_KEYS,
    PSEUDONYM_STATEMENT,
    PseudonymKey,
    PseudonymKeys,
    PseudonymStatement,
    pseudonym_info,
)
from wire.policy import POLICY_STATEMENT
from wire.purposes import Purpose
from wire.queue_state import QUIET
from wire.signed import SignedKind
from wire.trust import BUNDLE, ROOT, Root, Trusted

Asking = Callable[..., Polled]

pytestmark = pytest.mark.slow  # real TLS and commits that reach the disk


@contextmanager
def joined(
    installation: Installation, tmp_path: Path
) -> Iterator[tuple[Collector, Device, Asking]]:
    """Run a collector with a device; yield both, and how the device polls."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        collector.heard.clear()

        def ask(trusted: Trusted | None = None, drift: int = 0) -> Polled:
            with polling.open_session(device.who, trusted) as session:
                return polling.exchange(
                    session,
                    device,
                    trusted,
                    About("0.1.0", "Debian 12"),
                    Outside(system=lambda: time.time() + drift),
                )

        yield collector, device, ask
        device.spool.close()


def held(device: Device) -> Trusted:
    """Return what the device trusts by its bundle."""
    return identity.trusted(device.state, device.who, int(time.time()))


def newer_bundle(installation: Installation, version: int = 2, later: int = 0) -> bytes:
    """Return a bundle whose policy has another version, and later dates."""
    bundle = BUNDLE.decode(installation.bundle)
    payload = signed.read(bundle.policy, SignedKind.POLICY).payload
    policy = POLICY_STATEMENT.decode(payload)
    policy = replace(
        policy,
        version=version,
        issued=policy.issued + later,
        not_after=policy.not_after + later,
    )
    octets = signed.sign(
        SignedKind.POLICY,
        POLICY_STATEMENT.encode(policy),
        [installation.roles.policy],
    )
    return BUNDLE.encode(replace(bundle, policy=octets))


def pseudonyms(
    installation: Installation,
    device: Device,
    issued: int = 100,
    key: SigningKey | None = None,
    name: bytes | None = None,
) -> bytes:
    """Return pseudonym keys sealed to a device."""
    keys = PseudonymKeys(
        (PseudonymKey(Purpose.SECURITY, 0, 2**40, secrets.token_bytes(32)),)
    )
    who = device.who
    sealed = seal(
        PSEUDONYM_KEYS.encode(keys),
        who.sealing.public,
        pseudonym_info(who.tenant, who.device),
    )
    statement = PseudonymStatement(who.tenant, name or who.device, issued, sealed)
    return signed.sign(
        SignedKind.PSEUDONYMS,
        PSEUDONYM_STATEMENT.encode(statement),
        [key or installation.roles.store],
    )


def test_a_poll_says_what_is_held(installation: Installation, tmp_path: Path) -> None:
    """A poll names bundle, sequence and versions, and nothing of the machine."""
    with joined(installation, tmp_path) as (collector, device, ask):
        fill(device, 2)
        polled = ask(held(device))
    (asked,) = collector.heard
    assert asked.bundle == hashlib.sha256(installation.bundle).digest()
    assert (asked.pseudonyms, asked.sequence, asked.marked) == (bytes(32), 2, 0)
    assert (asked.agent, asked.system) == ("0.1.0", "Debian 12")
    assert (polled.bundle, polled.pseudonyms, polled.trimmed) == (False, False, 0)
    assert polled.refused == ()


def test_the_queue_is_told_under_a_policy_only(
    installation: Installation, tmp_path: Path
) -> None:
    """Without a valid bundle a poll says nothing of the queue."""
    with joined(installation, tmp_path) as (collector, device, ask):
        fill(device, 3)
        ask()
        ask(held(device))
        silent, telling = collector.heard
    assert silent.queue == QUIET
    assert (telling.queue.waiting, telling.queue.alarms) == (3, ())
    assert telling.queue.octets > 3 * 256


def test_a_newer_bundle_is_adopted(installation: Installation, tmp_path: Path) -> None:
    """A newer policy is stored and trusted from then on."""
    octets = newer_bundle(installation)
    with joined(installation, tmp_path) as (collector, device, ask):
        collector.offer = {"bundle": octets}
        polled = ask(held(device))
        assert held(device).policy.version == 2
    assert polled.bundle
    assert polled.trusted is not None
    assert polled.trusted.policy.version == 2


def test_what_is_trusted_becomes_the_hard_floor(
    installation: Installation, tmp_path: Path
) -> None:
    """A poll remembers when the newest of root, policy and keys was issued."""
    with joined(installation, tmp_path) as (collector, device, ask):
        enrolled = clock.load_clock(device.spool).hard
        collector.offer = {"bundle": newer_bundle(installation, later=300)}
        ask(held(device))
        polled = clock.load_clock(device.spool).hard
    assert (enrolled, polled) == (
        (installation.root.issued, installation.root.issued + 300)
    )


def test_a_role_that_was_ahead_is_believed_again(
    installation: Installation, tmp_path: Path
) -> None:
    """A bundle of a time that never came is followed by one of the true time."""
    far = 20 * YEAR
    with joined(installation, tmp_path) as (collector, device, ask):
        ahead = newer_bundle(installation, 2, far)
        device.state.bundle.write_bytes(ahead)
        known = clock.load_clock(device.spool)
        hard = installation.root.issued + far
        clock.store_clock(device.spool, known, replace(known, hard=hard))
        collector.offer = {"bundle": newer_bundle(installation, 3)}
        polled = ask(None)
        healed = clock.load_clock(device.spool)
    assert (polled.bundle, polled.refused) == (True, ())
    assert healed.hard == installation.root.issued


@pytest.mark.parametrize(
    ("version", "key", "reason"),
    [(1, None, "rollback"), (3, SigningKey.generate(), "bad-signature")],
)
def test_a_worse_bundle_is_refused(
    installation: Installation,
    tmp_path: Path,
    version: int,
    key: SigningKey | None,
    reason: str,
) -> None:
    """An older policy or a stranger's changes nothing and is told by its reason."""
    with joined(installation, tmp_path) as (collector, device, ask):
        collector.offer = {"bundle": newer_bundle(installation)}
        before = ask(held(device)).trusted
        roles = installation.roles
        forger = replace(installation, roles=replace(roles, policy=key or roles.policy))
        collector.offer = {"bundle": newer_bundle(forger, version)}
        polled = ask(before)
        assert held(device).policy.version == 2
    assert polled.refused == (f"bundle: {reason}",)
    assert polled.trusted == before


def test_a_lost_bundle_is_asked_for(installation: Installation, tmp_path: Path) -> None:
    """A device without a valid bundle says so and takes the one it is given."""
    with joined(installation, tmp_path) as (collector, device, ask):
        device.state.bundle.write_bytes(b"damaged")
        collector.offer = {"bundle": installation.bundle}
        polled = ask(None)
        assert polled.trusted == held(device)
    assert collector.heard[0].bundle == bytes(32)


def test_damaged_pseudonym_keys_are_asked_for(
    installation: Installation, tmp_path: Path
) -> None:
    """What was good at the last poll is looked at anew when it is another."""
    with joined(installation, tmp_path) as (collector, device, ask):
        good = pseudonyms(installation, device)
        for octets in (good, good[:-1] + bytes([good[-1] ^ 1]), good):
            device.state.pseudonyms.write_bytes(octets)
            ask(held(device))
    known = hashlib.sha256(good).digest()
    told = [poll.pseudonyms for poll in collector.heard]
    assert told == [known, bytes(32), known]


def test_pseudonym_keys_are_kept_sealed(
    installation: Installation, tmp_path: Path
) -> None:
    """Pseudonym keys are stored as they came, and named in the next poll."""
    with joined(installation, tmp_path) as (collector, device, ask):
        octets = pseudonyms(installation, device)
        collector.offer = {"pseudonyms": octets}
        assert ask(held(device)).pseudonyms
        ask(held(device))
        keys = identity.pseudonym_keys(device.state, device.who, installation.root)
    assert device.state.pseudonyms.read_bytes() == octets
    assert collector.heard[1].pseudonyms == hashlib.sha256(octets).digest()
    assert [key.purpose for key in keys] == [Purpose.SECURITY]


def test_false_pseudonym_keys_are_refused(
    installation: Installation, tmp_path: Path
) -> None:
    """Keys by the gate, for another device, or older than those held are refused."""
    with joined(installation, tmp_path) as (collector, device, ask):
        good = pseudonyms(installation, device)
        offers = [
            good,
            pseudonyms(installation, device, key=installation.roles.gate),
            pseudonyms(installation, device, name=bytes(16)),
            pseudonyms(installation, device, issued=99),
        ]
        refused = []
        for octets in offers:
            collector.offer = {"pseudonyms": octets}
            refused.append(ask(held(device)).refused)
    reasons = ("bad-signature", "wrong-identity", "rollback")
    assert refused == [(), *((f"pseudonyms: {reason}",) for reason in reasons)]
    assert device.state.pseudonyms.read_bytes() == good


def test_a_mark_comes_with_a_poll(installation: Installation, tmp_path: Path) -> None:
    """A mark in an answer trims the spool; the same one again is no news."""
    with joined(installation, tmp_path) as (collector, device, ask):
        fill(device, 3)
        with polling.open_session(device.who, None) as session:
            ship_once(session, device, held(device), Next(Act.SHIP, count=2))
        mark = collector.mark(device)
        collector.offer = {"mark": mark}
        first, second = ask(held(device)), ask(held(device))
    assert (first.trimmed, second.trimmed) == (2, 0)
    assert (first.refused, second.refused) == ((), ())
    assert collector.heard[-1].marked == 2


def test_a_resync_comes_with_a_poll(installation: Installation, tmp_path: Path) -> None:
    """States are forgotten as the store asks; the next poll names what was taken."""
    with joined(installation, tmp_path) as (collector, device, ask):
        with device.spool.transaction() as change:
            held_state = Snapshot(bytes(16), bytes(32), bytes(32), 0, b"")
            change.set_snapshot("security", "software", held_state)
        now = collector.now()
        offered = (
            collector.resync(device, device=bytes(16)),
            collector.resync(device, issued=now),
            collector.resync(device, dataset="sessions", issued=now + 1),
        )
        collector.offer = {"resyncs": offered}
        first, second = ask(held(device)), ask(held(device))
        assert device.spool.snapshot("security", "software") is None
    assert (first.resyncs, second.resyncs) == (1, 0)
    assert first.refused == ("resync: wrong-identity",)
    assert [asked.resync for asked in collector.heard] == [0, now + 1]


def test_one_false_part_keeps_no_other_out(
    installation: Installation, tmp_path: Path
) -> None:
    """Each part of an answer is taken or refused on its own."""
    with joined(installation, tmp_path) as (collector, device, ask):
        octets = pseudonyms(installation, device)
        collector.offer = {"bundle": b"\xa0", "pseudonyms": octets, "mark": b"\xa0"}
        polled = ask(held(device))
    assert polled.pseudonyms
    assert polled.refused == ("bundle: schema", "mark: schema")


@pytest.mark.parametrize("lie", ["nonce", "signer"])
def test_a_false_answer_is_refused_whole(
    installation: Installation, tmp_path: Path, lie: str
) -> None:
    """An answer to another question, or by another key, changes nothing."""
    with joined(installation, tmp_path) as (collector, device, ask):
        before = clock.load_clock(device.spool)
        collector.drift = YEAR
        collector.offer = {"bundle": newer_bundle(installation)}
        if lie == "nonce":
            collector.lies = {SignedKind.ANSWER: {"nonce": bytes(16)}}
        else:
            collector.keys = {SignedKind.ANSWER: SigningKey.generate()}
        with pytest.raises(TrustError, match="cannot be believed"):
            ask(held(device))
        assert held(device).policy.version == 1
        assert clock.load_clock(device.spool) == before


def _rotated(installation: Installation) -> tuple[Root, Installation]:
    """Return the next root, with another gate key, and the installation with it."""
    gate = SigningKey.generate()
    root = replace(installation.root, version=2, gate=(gate.public,))
    octets = signed.sign(SignedKind.ROOT, ROOT.encode(root), [installation.roles.root])
    bundle = BUNDLE.decode(installation.bundle)
    after = replace(
        installation,
        roles=replace(installation.roles, gate=gate),
        bundle=BUNDLE.encode(replace(bundle, roots=(*bundle.roots, octets))),
    )
    return root, after


def test_a_long_absence_does_not_strand(
    installation: Installation, tmp_path: Path
) -> None:
    """A device that missed the change of the gate's key finds it by the roots."""
    root, after = _rotated(installation)
    with joined(installation, tmp_path) as (collector, device, ask):
        collector.installation = after
        collector.offer = {"bundle": after.bundle}
        polled = ask(held(device))
        assert polled.trusted is not None
        assert polled.trusted.root == root
