# SPDX-License-Identifier: Apache-2.0
"""Rows of devices in the tables of either store.

Rules: a row has the columns in one order, whoever reads or writes it; in a statement
%b is a value's place, as PostgreSQL's driver has it.
Not here: statements that differ (`sqlite_devices.py`, `postgres/devices.py`).
"""

from collections.abc import Mapping

from server.store.chains import Heard
from server.store.interface import Device, DeviceState, Sender, Spot
from server.store.queues import alarms, queue_of
from wire.queue_state import QUIET

COLUMNS = (
    "tenant, device, public, sealing, state, enrolled, seen, agent, system, label,"
    " queue, site, tags"
)
TOLD = ("name", "said", "alarms", "lossy", "waiting", "waited")
"""What is looked for and counted in all devices, made of the other columns where these
are written: the label, and system and agent, in small letters; slugs of alarms; whether
it lost anything; what waits, and for how long."""
_MOST = 1 << 40
"""Of what waits, in a sum: more than that a device says without having it."""
_MARKS = ", ".join(["%b"] * (COLUMNS.count(",") + 1 + len(TOLD)))
ADD = f"INSERT INTO devices ({COLUMNS}, {', '.join(TOLD)}) VALUES ({_MARKS})"  # noqa: S608 - constant names
AGAIN = (
    "UPDATE devices SET sealing = %b, agent = %b, system = %b, said = %b"
    " WHERE tenant = %b AND device = %b"
)
HEARD = (
    "UPDATE devices SET seen = CASE WHEN seen > %b THEN seen ELSE %b END, agent = %b,"
    " system = %b, queue = %b, said = %b, alarms = %b, lossy = %b, waiting = %b,"
    " waited = %b WHERE tenant = %b AND device = %b"
)
NOTHING_MORE = (
    "UPDATE chains SET"
    " doubted = CASE WHEN said_marked >= highest AND doubted < %b THEN doubted"
    " ELSE %b END,"
    " said_marked = CASE WHEN said_marked > highest THEN said_marked ELSE highest END"
    " WHERE tenant = %b AND device = %b AND incarnation <> %b AND sequence < highest"
)
"""Where `holds_former`: what is missing in a former spool comes again within hours, as
the rest of it does, or nobody has it."""
LABEL = "UPDATE devices SET label = %b, name = %b WHERE tenant = %b AND device = %b"
BEFORE = "SELECT tenant, device, label, system, agent, queue FROM devices"
SINCE = (
    "UPDATE devices SET name = %b, said = %b, alarms = %b, lossy = %b, waiting = %b,"
    " waited = %b WHERE tenant = %b AND device = %b"
)
"""What an older release did not keep, of rows of `BEFORE`."""
ONE = f"SELECT {COLUMNS} FROM devices WHERE tenant = %b AND device = %b"  # noqa: S608 - constant names
EVERY = f"SELECT {COLUMNS} FROM devices WHERE tenant = %b ORDER BY enrolled, device"  # noqa: S608 - constant names
SENDER = (
    "SELECT d.public, d.state, u.octets, c.mark FROM devices d"
    " LEFT JOIN usage u ON u.tenant = d.tenant AND u.day = %b AND u.device = d.device"
    " LEFT JOIN chains c ON c.tenant = d.tenant AND c.device = d.device"
    " AND c.incarnation = %b WHERE d.tenant = %b AND d.device = %b"
)
SET_SPOT = "UPDATE devices SET site = %b, tags = %b WHERE tenant = %b AND device = %b"
MEANT = (
    f"SELECT {COLUMNS} FROM devices WHERE tenant = %b AND device IN ("  # noqa: S608 - constant names
    "SELECT device FROM devices WHERE tenant = %b AND device BETWEEN %b AND %b"
    " UNION SELECT device FROM devices WHERE tenant = %b AND name = %b AND name <> '')"
    " AND (device BETWEEN %b AND %b OR label = %b) ORDER BY enrolled, device"
)
"""Labels in small letters lie together, and those devices alone are looked at."""
UNKEYED = (
    f"SELECT {COLUMNS} FROM devices WHERE tenant = %b"  # noqa: S608 - constant names
    f" AND state = '{DeviceState.ACTIVE.value}' AND device IN (SELECT device"
    " FROM devices WHERE tenant = %b EXCEPT SELECT device FROM pseudonyms"
    " WHERE tenant = %b)"
)
"""Asked often: the devices that nothing is due to are found in two indexes."""

_STATES = {state.value: state for state in DeviceState}
_ID_CHARS = 32
_DIGITS = frozenset("0123456789abcdef")
_NO_ID = b"\xff", b"\x00"
"""First and last of no device at all."""


def meant(tenant: bytes, named: str) -> tuple[bytes | str, ...]:
    """Return the values of `MEANT`.

    Args:
        tenant: whose devices.
        named: first digits of an id, or a whole label.
    """
    # no label is unprintable; a database would refuse half a letter
    label = named if named.isprintable() else ""
    digits, between = label.lower(), _NO_ID
    if label and len(digits) <= _ID_CHARS and _DIGITS.issuperset(digits):
        first, last = (bytes.fromhex(digits.ljust(_ID_CHARS, end)) for end in "0f")
        between = first, last
    name = label.casefold()
    return tenant, tenant, *between, tenant, name, *between, label


def device_of(
    tenant: bytes,
    device: bytes,
    public: bytes,
    sealing: bytes,
    state: str,
    *rest: *tuple[int, int, str, str, str, bytes | None, str, str],
) -> Device:
    """Return the device of a row; the tables vouch for the types."""
    told, spot = rest[:6], Spot(rest[6], tuple(rest[7].split()))
    known = _STATES.get(state) or DeviceState(state)  # which says that a row is damaged
    return Device(tenant, device, public, sealing, known, *told, spot)


def told(
    system: str, agent: str, queue: bytes | None
) -> tuple[str, str, int, int, int]:
    """Return what `TOLD` has after the name, of what a device says of itself."""
    state = queue_of(queue) or QUIET
    return (
        said(system, agent),
        " ".join(alarms(queue)).casefold(),
        int(bool(state.dropped or state.gaps)),
        min(state.waiting, _MOST),
        min(state.age, _MOST),
    )


def holds_former(poll: Heard) -> bool:
    """Tell whether all that a device has queued is of former spools, and was sent.

    Marks cover its present one; where nothing is queued, nothing waits for a mark.
    """
    state = queue_of(poll.queue) or QUIET
    return bool(state.octets) and not state.waiting and poll.marked == poll.sequence


def said(system: str, agent: str) -> str:
    """Return what is looked for in what a device says of itself."""
    return f"{system} {agent}".casefold()


def since_of(
    tenant: bytes,
    device: bytes,
    label: str,
    *said: *tuple[str, str, bytes | None],
) -> tuple[bytes | str | int, ...]:
    """Return the values of `SINCE` of a row of `BEFORE`."""
    return label.casefold(), *told(*said), tenant, device


def heard_of(poll: Heard, now: int) -> tuple[bytes | str | int | None, ...]:
    """Return the values of `HEARD`."""
    return (
        *(now, now, poll.agent, poll.system, poll.queue),
        *told(poll.system, poll.agent, poll.queue),
        *(poll.tenant, poll.device),
    )


def row_of(
    device: Device, site: str, tags: str
) -> tuple[bytes | str | int | None, ...]:
    """Return the values of `ADD`, of a device put into a site and under tags."""
    return (
        device.tenant,
        device.device,
        device.public,
        device.sealing,
        device.state.value,
        device.enrolled,
        device.seen,
        device.agent,
        device.system,
        device.label,
        device.queue,
        site,
        tags,
        device.label.casefold(),
        *told(device.system, device.agent, device.queue),
    )


def again_of(device: Device) -> tuple[bytes | str, ...]:
    """Return the values of `AGAIN`."""
    words = said(device.system, device.agent)
    return (
        *(device.sealing, device.agent, device.system, words),
        *(device.tenant, device.device),
    )


def spot_rows(
    tenant: bytes, spots: Mapping[bytes, Spot]
) -> list[tuple[bytes | str, ...]]:
    """Return the values of `SET_SPOT`; in one order, lest two wait in a ring."""
    return [
        (spot.site, " ".join(spot.tags), tenant, device)
        for device, spot in sorted(spots.items())
    ]


def sender_of(
    public: bytes, state: str, used: int | None, mark: bytes | None
) -> Sender:
    """Return the sender of a row of `SENDER`."""
    return Sender(public, DeviceState(state), used or 0, mark)
