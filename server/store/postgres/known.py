# SPDX-License-Identifier: Apache-2.0
"""What a PostgreSQL store knows of a batch of envelopes, read in one round trip.

Rules: devices are locked first, in order, so that a chain is looked at by one at a time
and nobody waits in a circle; while envelopes are stored no key ends.
Not here: what comes of it (`../judging.py`), writing (`put.py`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, Cursor

from server.store.interface import DeviceState, StoredEnvelope
from server.store.judging import Held, Place
from server.store.postgres.schema import UNPLANNED
from wire.limits import SEQUENCE

STORING = 0x0064_6973_6372_6566
"""An advisory lock: shared by who stores, alone for who ends keys or counts."""
STORE = f"SELECT pg_advisory_xact_lock_shared({STORING})"
ALONE = f"SELECT pg_advisory_xact_lock({STORING})"
_DEVICES = (
    "SELECT d.tenant, d.device, d.state FROM devices d WHERE (d.tenant, d.device) IN"
    " (SELECT * FROM unnest(%b::bytea[], %b::bytea[]))"
    " ORDER BY d.tenant, d.device FOR NO KEY UPDATE OF d"
)
_NEAR = (
    "SELECT p.tenant, p.device, p.incarnation, p.sequence, p.digest,"
    " CASE WHEN p.spent THEN NULL ELSE p.previous END, p.instead"
    " FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[])"
    " a(tenant, device, incarnation, sequence)"
    " JOIN places p USING (tenant, device, incarnation, sequence)"
)
_FOLLOWED = (
    "SELECT p.tenant, p.device, p.previous"
    " FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[]) a(tenant, device, previous)"
    " JOIN places p USING (tenant, device, previous) WHERE NOT p.spent"
)
_OF_CHAINS = (
    "FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[]) a(tenant, device, incarnation)"
    " JOIN {0} x USING (tenant, device, incarnation)"
)
_ENDS = (
    "SELECT x.tenant, x.device, x.incarnation, x.sequence, x.digest, x.highest"
    f" {_OF_CHAINS.format('chains')}"
)
_LOST = (
    "SELECT x.tenant, x.device, x.incarnation, x.first, x.last"
    f" {_OF_CHAINS.format('lost')}"
)
_KEYS = (
    "SELECT tenant, key_id, e.period, d.noticed IS NOT NULL"
    " FROM unnest(%b::bytea[], %b::bytea[]) a(tenant, key_id)"
    " LEFT JOIN epochs e USING (tenant, key_id)"
    " LEFT JOIN ended d USING (tenant, key_id)"
)


def lock_devices(
    connection: Connection[Any], whose: Iterable[tuple[bytes, bytes]]
) -> Cursor[Any]:
    """Have nobody else change some devices and their chains until the commit."""
    every = sorted(set(whose))
    return connection.execute(
        _DEVICES, [[one for one, _ in every], [one for _, one in every]], binary=True
    )


class Known:
    """What the store knows of a batch and its neighbours, as `judge` asks for it.

    Attributes:
        states: of devices that are enrolled.
        lost: what was given up of each chain: the last sequence by the first.
        ends: end, name and highest sequence of each chain that is known.
        keys: the period of each key, and whether it has ended.
    """

    def __init__(
        self, connection: Connection[Any], envelopes: Sequence[StoredEnvelope]
    ) -> None:
        """Read it; the devices are locked from then on."""
        places = sorted({place_of(one) for one in envelopes})
        beside = sorted(
            {
                (*place_of(one), one.sequence + step)
                for one in envelopes
                for step in (-1, 0, 1)
                if 0 < one.sequence + step <= SEQUENCE
            }
        )
        before = sorted({(one.tenant, one.device, one.previous) for one in envelopes})
        keys = sorted({(one.tenant, one.key_id) for one in envelopes})
        with connection.pipeline():
            connection.execute(STORE)
            devices = lock_devices(connection, (place[:2] for place in places))
            near = asked(connection, _NEAR, beside)
            followed = asked(connection, _FOLLOWED, before)
            lost = asked(connection, _LOST, places)
            ends = asked(connection, _ENDS, places)
            ended = asked(connection, _KEYS, keys)
        self.states = {
            (tenant, device): DeviceState(state) for tenant, device, state in devices
        }
        self._near: dict[Place, dict[int, Held]] = {place: {} for place in places}
        for tenant, device, incarnation, sequence, *held in near:
            self._near[tenant, device, incarnation][sequence] = Held(*held)
        self._followed = set(followed)
        self.lost: dict[Place, dict[int, int]] = {place: {} for place in places}
        for tenant, device, incarnation, first, last in lost:
            self.lost[tenant, device, incarnation][first] = last
        self.ends: dict[Place, tuple[int, bytes, int]] = {
            (tenant, device, incarnation): (sequence, digest, highest)
            for tenant, device, incarnation, sequence, digest, highest in ends
        }
        self.keys: dict[tuple[bytes, bytes], tuple[int, bool]] = {
            (tenant, key): (period or UNPLANNED, over)
            for tenant, key, period, over in ended
        }

    def state(self, place: Place) -> DeviceState | None:
        """Return the state of a chain's device; None of one that is not enrolled."""
        return self.states.get(place[:2])

    def near(self, place: Place, sequence: int) -> dict[int, Held]:
        """Return what stands, or stood, at a sequence and on both sides of it."""
        every = self._near[place]
        beside = range(sequence - 1, sequence + 2)
        return {at: every[at] for at in beside if at in every}

    def followed(self, envelope: StoredEnvelope) -> bool:
        """Tell whether another envelope of the device follows the same one."""
        return (envelope.tenant, envelope.device, envelope.previous) in self._followed

    def given_up(self, place: Place, sequence: int) -> bool:
        """Tell whether a sequence is in a stretch that was given up."""
        return any(a <= sequence <= b for a, b in self.lost[place].items())

    def end(self, place: Place) -> tuple[int, bytes] | None:
        """Return a chain's end and its name; None: no such chain."""
        found = self.ends.get(place)
        return found[:2] if found else None

    def add(self, envelope: StoredEnvelope, *, spent: bool) -> None:
        """Know an envelope that is being stored, for those behind it in the batch."""
        previous = None if spent else envelope.previous
        held = Held(envelope.digest, previous, envelope.instead)
        self._near[place_of(envelope)][envelope.sequence] = held
        if not spent:
            whose = envelope.tenant, envelope.device
            self._followed.add((*whose, envelope.previous))


def place_of(envelope: StoredEnvelope) -> Place:
    """Return the chain of an envelope."""
    return envelope.tenant, envelope.device, envelope.incarnation


def asked(
    connection: Connection[Any], query: str, rows: Sequence[Sequence[object]]
) -> Cursor[Any]:
    """Send a query whose parameters are the columns of rows; there is one at least."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return connection.execute(query, columns, binary=True)
