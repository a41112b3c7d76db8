# SPDX-License-Identifier: Apache-2.0
"""A device of another tenant that tries to speak and to read beyond its own.

Rules: it has its own keys and whatever it can see of the others; nothing of one tenant
is ever visible in the other.
Not here: a gate that lies (`liar.py`), what must hold (`oracle.py`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from server.errors import ServerError
from server.problems import Refusal
from simulation.collector import Gone
from simulation.keys import EVENTS, RETENTION, tenancy
from simulation.liar import POLL, SHIP
from simulation.machine import Machine
from simulation.world import World, add_machine
from wire import messages, signed
from wire.crypto.sealing import SUITE_NONE
from wire.envelope import (
    BUCKET_SECONDS,
    NO_KEY,
    NO_PREVIOUS,
    VERSION,
    EnvelopeKind,
    Gap,
    Header,
    announce,
)
from wire.messages import Manifest, Poll, Shipment
from wire.queue_state import QUIET
from wire.signed import SignedKind

_SEEN = 4
"""Envelopes of others that it shows as its own."""


def join(world: World) -> Machine | None:
    """Return the machine of the second tenant, which joins if it is not there yet.

    None where it could not enrol: then it gives up.
    """
    whose = tenancy("other ")
    for machine in world.machines:
        if machine.whose is whose:
            return machine
    directory = Path(world.collector.mount.directory).with_name("other")
    if world.collector.store is None or directory.exists():
        return None
    try:
        made = add_machine(world, directory, whose)
    except ServerError:
        return None
    made.start()
    return made


def intrude(world: World, throws: Random, stranger: Machine) -> None:
    """Try everything once; whoever is answered as another was believed to be that."""
    store = world.collector.store
    if store is None:
        return
    victim = throws.choice([one for one in world.machines if one is not stranger])
    try:
        seen = [one.octets for one in store.envelopes(victim.whose.tenant)][-_SEEN:]
        incarnation = next(
            (one.incarnation for one in store.holes(*_names(victim))), bytes(16)
        )
    except ServerError:
        return
    tried = [*_tries(world, throws, stranger, victim, (seen, incarnation))]
    world.collector.front(stranger.whose)
    for name, path, body in tried:
        world.chronicle.faults["strangers-tried"] += 1
        try:
            octets = world.collector.answer(path, body)
        except (Gone, Refusal):
            continue
        if path == POLL or _taken(octets):
            world.chronicle.wrong(f"a stranger was believed: {name}")


def _names(machine: Machine) -> tuple[bytes, bytes]:
    return machine.whose.tenant, machine.who.device


def _taken(octets: bytes) -> bool:
    """Tell whether a receipt takes anything."""
    payload = signed.read(octets, SignedKind.RECEIPT).payload
    results = messages.RECEIPT.decode(payload).results
    return any(one.fate is not messages.Fate.REFUSED for one in results)


def _tries(
    world: World,
    throws: Random,
    stranger: Machine,
    victim: Machine,
    known: tuple[list[bytes], bytes],
) -> Iterator[tuple[str, str, bytes]]:
    """Yield what a stranger sends: its name, where to, and the body."""
    seen, incarnation = known
    now, nonce = world.collector.now(), throws.randbytes
    own = [_announced(stranger, victim.whose.tenant, incarnation, now)]
    for name, whose, envelopes in (
        ("another's envelopes", _names(stranger), seen),
        ("another's name", _names(victim), seen),
        ("another's tenant", (victim.whose.tenant, stranger.who.device), own),
    ):
        if envelopes:
            digests = tuple(hashlib.sha256(one).digest() for one in envelopes)
            asked = Manifest(*whose, incarnation, now, nonce(16), digests)
            payload = messages.MANIFEST.encode(asked)
            manifest = signed.sign(SignedKind.SHIPMENT, payload, [stranger.who.signing])
            body = messages.SHIPMENT.encode(Shipment(manifest, tuple(envelopes)))
            yield name, SHIP, body
    poll = Poll(
        *(victim.whose.tenant, stranger.who.device, now, nonce(16)),
        *("0.1", "Strange", bytes(32), bytes(32), incarnation),
        *(1_000, 1_000, 0, 1_000, QUIET),
    )
    for name, device in (
        ("another's tenant", stranger.who.device),
        ("another's name", victim.who.device),
    ):
        payload = messages.POLL.encode(replace(poll, device=device))
        body = signed.sign(SignedKind.POLL, payload, [stranger.who.signing])
        yield f"{name}, in a poll", POLL, body


def _announced(stranger: Machine, tenant: bytes, incarnation: bytes, now: int) -> bytes:
    """Return a gap record of its own that says it is another tenant's."""
    header = Header(
        *(VERSION, EnvelopeKind.GAP, SUITE_NONE, tenant, stranger.who.device),
        *(EVENTS, RETENTION, NO_KEY, bytes(32), incarnation, 1, NO_PREVIOUS),
        *(now, 0, now - now % BUCKET_SECONDS),
        Gap(7, now, now, "source-lost"),
    )
    return announce(header, stranger.who.signing)
