# SPDX-License-Identifier: Apache-2.0
"""An agent and a collector in one process, so that a trial costs milliseconds.

Rules: the real spool, sealer, courier, gate, store and marks; only the socket is left
out; both have their files in one folder, which is copied for each trial.
Not here: what is damaged (`damage.py`).
"""

import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from installation_fixture import Installation, install

from agent import identity
from agent.delivery.asker import Asker
from agent.delivery.awaiting import resend_overdue
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.delivery.shipping import Act, Next
from agent.device import Device, at_work
from agent.errors import Problem as Refused
from agent.identity import Identity
from agent.sealing import Group, Sealer
from agent.spool.change import SpoolClass
from agent.spool.spool import open_spool
from agent.state import State, write
from server.gate import protocol
from server.gate.nonces import Nonces
from server.gate.process import read_post
from server.layout import Layout
from server.problems import Refusal
from server.reader.duties import sign_marks
from server.store.interface import Device as Known
from server.store.interface import DeviceState
from server.store.sqlite import SqliteStore, open_store
from tests.flips.left import Left, leaving
from tests.kills.story import PURPOSE, table
from wire.body import values_of
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.envelope import EnvelopeKind, Gap, read
from wire.errors import WireError
from wire.token import secret_digest
from wire.trust import Trusted
from wire.unsealing import unseal

EACH = 3
"""Lines of an envelope."""
_ROUNDS, _HOURS = 6, 5 * 3_600
"""Rounds of exchanges until an agent has to be done, and the time between two."""
_SECRET = b"k" * 16


@dataclass(slots=True)
class Near(Asker):
    """A session with a gate in this process."""

    store: SqliteStore
    post_office: protocol.Post
    nonces: Nonces

    def close(self) -> None:
        """Nothing is open."""

    def post(self, path: str, body: bytes) -> bytes:
        """Answer as the gate's handlers do."""
        now = int(time.time())
        try:
            if path == "/v1/poll":
                return protocol.poll(
                    self.post_office, self.store, self.nonces, body, now
                )
            admitted = protocol.admit(self.store, self.nonces, body, now)
            verdicts = self.store.put(admitted.envelopes, now)
            return protocol.receipt(self.post_office, admitted, verdicts, now)
        except Refusal as refusal:
            raise Refused(refusal.problem.slug, refusal.problem.status) from None


@dataclass(frozen=True, slots=True)
class NearCourier(Courier):
    """A courier whose session is the gate of this process."""

    near: Near | None = None

    def session(self, device: Device, trust: Trusted | None) -> Asker:
        """Return the session."""
        del device, trust
        assert self.near is not None
        return self.near


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with an agent's state and a collector.

    Attributes:
        made: the installation's secrets.
        folder: where both are.
        who: the device.
        trust: what its bundle makes trusted, which no flip touches.
        post_office: the gate's keys, likewise.
        envelopes: how many wait at first.
        opened: what was sealed by its octets, so that each is opened once.
    """

    made: Installation
    folder: Path
    who: Identity
    trust: Trusted
    post_office: protocol.Post
    envelopes: int
    opened: dict[bytes, list[int]] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """Return the agent's state."""
        return State(self.folder / "agent")

    @property
    def layout(self) -> Layout:
        """Return the collector's paths."""
        return Layout(self.folder / "collector")

    def at(self, folder: Path) -> "Place":
        """Return the same in another folder, where its files lie as well."""
        return replace(self, folder=folder)


def begin(folder: Path, envelopes: int, left: Left = Left.CLOSED) -> Place:
    """Return a place where so many envelopes wait to be sent.

    Args:
        folder: an empty directory, or none yet.
        envelopes: how many.
        left: how the spool is left.
    """
    (folder / "collector").mkdir(parents=True)
    made = install(folder / "collector")
    who = Identity(
        "https://collector.invalid",
        SigningKey.generate(),
        OpeningKey.generate(),
        made.authority.certificate,
        made.root,
        int(time.time()),
    )
    now = int(time.time())
    made.store.add_token(made.tenant, secret_digest(_SECRET), now + 60, 1)
    known = Known(
        made.tenant,
        who.device,
        who.signing.public,
        who.sealing.public,
        DeviceState.ACTIVE,
        now,
        now,
        "0.1.0",
        "Linux",
        "",
    )
    made.store.enrol(known, secret_digest(_SECRET), now)
    made.store.close()
    state = State(folder / "agent")
    state.directory.mkdir(mode=0o700)
    write(state.bundle, made.bundle)
    open_spool(state.spool, now).close()
    trust, post = identity.trusted(state, who, now), read_post(made.layout.gate)
    place = Place(made, folder, who, trust, post, envelopes)
    with leaving(state.spool, left), at_work(state, who) as device:
        for number in range(envelopes):
            _seal(device, place, number)
    return place


def go_on(place: Place) -> Place:
    """Let the agent read and send once more; return the place with one envelope more.

    Raises:
        AgentError: it cannot go on.
    """
    with at_work(place.state, place.who) as device:
        _seal(device, place, place.envelopes)
    heal(place)
    return replace(place, envelopes=place.envelopes + 1)


def again(place: Place) -> int:
    """Return how many lines will not be read again; 0 where they are read from now on.

    Raises:
        AgentError: the spool cannot be used.
    """
    with at_work(place.state, place.who) as device:
        found = device.spool.cursor(PURPOSE.value, "lines")
        return int(found or 0)


def _seal(device: Device, place: Place, number: int) -> None:
    key = place.made.key(PURPOSE)
    sealer = Sealer(device.who, place.trust, int(time.time()))
    with device.spool.transaction() as change:
        group = Group(PURPOSE, key.retention, key, SpoolClass.EVENT)
        group.tables.append(table(range(number * EACH, (number + 1) * EACH)))
        group.cursors.append(("lines", str((number + 1) * EACH).encode()))
        sealer.put(change, group)


def heal(place: Place) -> None:
    """Let the agent go on until its spool is empty, or some rounds are over.

    Raises:
        AgentError: it cannot go on.
    """
    with closing(open_store(place.layout.store)) as store:
        heal_with(place, store)


def heal_with(place: Place, store: SqliteStore) -> None:
    """Heal with a store that is open.

    Raises:
        AgentError: the agent cannot go on.
    """
    near = Near(store, place.post_office, Nonces())
    courier = NearCourier(About("0.1.0", "Linux"), near=near)
    with at_work(place.state, place.who) as device:
        trust = place.trust
        _pay(device, trust)
        for number in range(_ROUNDS):
            later = int(time.time()) + number * _HOURS
            resend_overdue(device.spool, later)  # what no mark covered by then
            courier.act(near, device, trust, Next(Act.SHIP, count=64))
            sign_marks(store, place.made.roles.store, int(time.time()))
            courier.act(near, device, trust, Next(Act.POLL))
            facts = device.spool.facts()
            if facts.marked == facts.sequence:
                return


def _pay(device: Device, trust: Trusted) -> None:
    """Announce what a spool owes, in the class of our lines, as a pass does."""
    owed = device.spool.owed()
    if not owed:
        return
    sealer = Sealer(device.who, trust, int(time.time()))
    with device.spool.transaction() as change:
        for item in owed:
            gap = Gap(item.count, item.since, sealer.now, item.reason)
            sealer.put_gap(change, PURPOSE, "standard", gap)
        change.paid()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a collector has of a device.

    Attributes:
        lines: how often each line can be read.
        told: records that voids say are gone.
        unknown: a gap record says that nobody knows how many are.
        unread: envelopes that do not open.
        state: of the device.
    """

    lines: Counter[int]
    told: int
    unknown: bool
    unread: int
    state: DeviceState


def seen(place: Place, store: SqliteStore) -> Seen:
    """Return what the collector has."""
    (known,) = store.devices(place.made.tenant)
    lines: Counter[int] = Counter()
    told, unread, unknown = 0, 0, False
    for stored in store.envelopes(place.made.tenant, device=known.device):
        try:
            _, header = read(stored.octets)
            if (header.incarnation, header.sequence) != (
                stored.incarnation,
                stored.sequence,
            ):
                unread += 1  # who opens passes over what is not of its place
                continue
            if header.kind is EnvelopeKind.DATA:
                lines.update(_numbers(place, stored.octets, header.key_id))
        except (WireError, KeyError):
            unread += 1
            continue
        if header.gap is not None:
            told += header.gap.count or 0
            unknown = unknown or header.gap.count is None
    return Seen(lines, told, unknown, unread, known.state)


def _numbers(place: Place, octets: bytes, key: bytes) -> list[int]:
    """Return the lines of an envelope; octets that were opened before say the same."""
    if octets not in place.opened:
        opening = place.made.openings[key]
        _, opened = unseal(octets, opening, place.who.signing.public)
        (table,) = opened.tables
        column = next(one for one in table.columns if one.name == "time")
        found = [int(str(value)) for value in values_of(column, table.rows)]
        place.opened[octets] = found
    return place.opened[octets]
