# SPDX-License-Identifier: Apache-2.0
"""The act `fleet`: a page of the devices that are looked for, and sums over all.

Rules: nothing of telemetry is opened; what a device says of itself is its word; the
store looks, sorts and counts, and only what a page shows is taken out of it.
Not here: what is told of each (`server/office/told.py`), looking
(`server/store/kept_fleet.py`), the sums over the fleet (`server/office/standing.py`).
"""

from collections.abc import Generator, Mapping, Sequence

from server.access.actions import Action
from server.access.model import Person
from server.errors import UsageError
from server.health import Health, number
from server.office.acts import Message
from server.office.refused import Told, refused
from server.office.standing import standing
from server.office.told import told
from server.orders.desk import Desk
from server.store.fleet import Kind, Order, Wanted

NAME = "fleet"
ACTION = Action.DEVICE_SEE
PURPOSE = None
MOST = 200
"""Devices of a page: a few dozen kilobytes."""
BATCH = 10_000
"""Ids of one message: half a megabyte."""
CHARS = 100
"""Of what is looked for."""
_HEALTHS = {one.value: one for one in Health}
_ORDERS = {one.value: one for one in Order}


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield a page of devices with sums; only the ids of all where "brief" asks so.

    Args:
        desk: what the office works with.
        question: "q", "health", "state", "site", "tag", "system", "refused" and
            "silence", seconds, narrow; "among" has ids; "sort", "page" and "most" say
            which of those are told; "bare" asks for their names alone and leaves out
            what is said of all. Each may be absent.
        person: who asks.
        now: seconds since the epoch.

    Raises:
        UsageError: "among" has no ids.
    """
    del person
    if question.get("bare") is True:
        yield from _bare(desk, question, now)
        return
    unheard, more = refused(desk, now)
    fleet, tenant = desk.store.fleet, desk.tenant
    wanted = _wanted(question, unheard)
    if question.get("brief") is True:
        ids = fleet.ids(tenant, wanted, now)
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            yield {"devices": [{"device": one.hex()} for one in batch]}
        yield {"end": {"count": len(ids)}}
        return
    sums = fleet.sums(tenant, now)
    every = sum(one.count for one in sums)
    all_of_them = wanted == Wanted(order=wanted.order)
    found = every if all_of_them else fleet.count(tenant, wanted, now)
    most = _most(question)
    page = min(max(1, -(-found // most)), max(1, number(question, "page")))
    shown = fleet.found(tenant, wanted, now, (page - 1) * most, most)
    yield {"devices": [told(one, unheard.get(one.device, ())) for one in shown]}
    yield {
        "end": {
            "count": every,
            "found": found,
            "page": page,
            "healths": {one.health.value: one.count for one in sums},
            "reasons": sorted({_reason(one) for of in unheard.values() for one in of}),
            **_kinds(fleet.kinds(tenant)),
            **standing(desk, sums, now),
            "unheard_more": more,
        }
    }


def _bare(desk: Desk, question: Message, now: int) -> Generator[Message, None, None]:
    """Yield the names of the first that are looked for, and how many there are."""
    fleet, tenant, wanted = desk.store.fleet, desk.tenant, _wanted(question, {})
    most = _most(question)
    shown = fleet.found(tenant, wanted, now, 0, most)
    more = len(shown) == most
    found = fleet.count(tenant, wanted, now) if more else len(shown)
    yield {
        "devices": [{"device": one.device.hex(), "label": one.label} for one in shown]
    }
    yield {"end": {"found": found}}


def _most(question: Message) -> int:
    """Return how many devices are told of."""
    return min(MOST, max(1, number(question, "most") or MOST))


def _wanted(question: Message, unheard: Mapping[bytes, Sequence[Told]]) -> Wanted:
    """Return which devices are looked for; what nothing is called finds none."""
    named = _text(question, "health")
    health = _HEALTHS.get(named)
    among = _among(question)
    if reason := _text(question, "refused"):
        for_it = {one for one, of in unheard.items() if reason in map(_reason, of)}
        among = for_it if among is None else among & for_it
    if named and health is None:
        among = set()
    return Wanted(
        _text(question, "q"),
        health,
        _text(question, "state"),
        _text(question, "site"),
        _text(question, "tag"),
        _text(question, "system"),
        silence=number(question, "silence") or None,
        among=among,
        order=_ORDERS.get(_text(question, "sort"), Order.HEALTH),
    )


def _among(question: Message) -> set[bytes] | None:
    """Return the ids of devices that alone may be found; None for all."""
    ids = question.get("among")
    if ids is None:
        return None
    try:
        if isinstance(ids, list) and len(ids) <= MOST:
            return {bytes.fromhex(one) for one in ids}
    except (TypeError, ValueError):
        pass
    msg = f"name up to {MOST} devices by their ids"
    raise UsageError(msg)


def _kinds(kinds: Sequence[Kind]) -> Message:
    """Return what there is to filter by."""
    return {
        "states": sorted({one.state for one in kinds}),
        "sites": sorted({one.site for one in kinds} - {""}),
        "tags": sorted({tag for one in kinds for tag in one.tags}),
        "systems": sorted({one.system for one in kinds}),
    }


def _reason(one: Told) -> str:
    return str(one["reason"])


def _text(question: Message, name: str) -> str:
    found = question.get(name)
    return found[:CHARS] if isinstance(found, str) else ""
