# SPDX-License-Identifier: Apache-2.0
"""Says of a device's data why it is still here, until when, and what happens then.

Rules: nothing is opened: what an envelope has inside is not known, so a column is
explained as if it were in it; what the keeper will do and what is said here are decided
by the same function; an end is the end of the last that keeps.
Not here: deciding (`keeping.py`), asking (`acts/why.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from server.keeper import facts, law_extracts, tickets
from server.keeper.desk import Desk
from server.keeper.keeping import (
    LONGER,
    OPEN_END,
    Because,
    Column,
    Facts,
    Hold,
    Keeping,
    Minimum,
    Promise,
    Promises,
    keeping,
    of_hold,
)
from server.keyring import LiveKey
from server.register import purges
from server.store.interface import DeviceState, StoredEnvelope
from wire.envelope import NO_KEY
from wire.papers.tombstone import Tombstone
from wire.policy_check import DAY
from wire.purposes import Purpose

KEY_DIES = (
    "the key is destroyed, so that no copy opens it; rows are deleted and written "
    "over; a certificate says so"
)
WAITS = "it waits for two people, for so much would end before its time at once"
EXTRACTED = "before that, what a law or a hold names is sealed anew for it alone"
DELETED = "the key is gone, so nobody opens it; the rows are being deleted"
ANNOUNCED = "it is deleted when a key of its class and time dies"
RELEASED = "with the hold's release its own key is destroyed"
LAW_ENDED = "then its own key is destroyed, and a certificate says so"
ENTRY = "when nothing of it is left and it is heard no more, its entry is deleted"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks about.

    Attributes:
        device: 16 bytes.
        place: incarnation and sequence of one record; None for all of the device.
        purpose: only of it; None for all.
        dataset: only of it; None for all.
        column: of the dataset.
    """

    device: bytes
    place: tuple[bytes, int] | None = None
    purpose: Purpose | None = None
    dataset: str | None = None
    column: str | None = None

    def names(self, column: Column) -> bool:
        """Tell whether a column is asked about."""
        dataset, name = column
        return self.dataset in {None, dataset} and self.column in {None, name}


@dataclass(slots=True)
class Group:
    """Envelopes of one device that end together.

    Attributes:
        what: `sealed`, `announced`, `extracted` or `entry`; of a record of the
            collector's own its kind.
        because: each reason, the first to end first.
        until: first second at which it is not kept; `OPEN_END` until it is ended.
        columns: which columns outlive the rest, and until when.
        then: what happens then, in words.
        ticket: id of the ticket that brought it, its digest in hexadecimal digits where
            the id is known no more; empty for none.
        name: of a record of the collector's own; empty for data of a device.
        never: whether nothing ends it, for it tells of no person.
    """

    what: str
    purpose: str
    retention: str
    key: bytes
    envelopes: int
    records: int
    until: int = 0
    because: tuple[Because, ...] = ()
    columns: dict[Column, int] = field(default_factory=dict)
    then: str = ""
    ticket: str = ""
    name: str = ""
    never: bool = False


def explain(desk: Desk, asked: Asked) -> list[Group]:
    """Return why what is asked about is here, by key; empty where nothing is.

    Args:
        desk: what the keeper works with.
        asked: about what.

    Raises:
        ServerError: something of the installation cannot be used.
    """
    said, known = facts.promised(desk), facts.facts(desk)
    live = {key.key_id: key for key in desk.keyring.live(desk.tenant)}
    dead = {one.key_id: one for one in desk.keyring.tombstones()}
    with desk.register.view() as connection:
        waiting = purges.through(connection, OPEN_END)
    named = tickets.names(desk)
    groups = []
    for name, found in _by_key(_envelopes(desk, asked)).items():
        group = Group("sealed", *name, len(found), sum(one.records for one in found))
        narrowed = _narrowed(known, asked, found)
        if group.key == NO_KEY:
            _announced(group, found, live.values(), said, known)
        elif group.key in live:
            key = live[group.key]
            _sealed(group, keeping(key, _said(said, key), narrowed), asked)
            if key.key_id in waiting:
                group.then = f"{WAITS}; then {group.then}"
        else:
            _ended(group, dead.get(group.key))
        if which := getattr(live.get(group.key, dead.get(group.key)), "ticket", None):
            group.ticket = named.get(which, which.hex())
        groups.append(group)
    groups += _extracted(desk, asked, known)
    groups += _by_law(desk, asked, known)
    if asked.place is None and asked.purpose is None:
        groups += _entry(desk, asked.device)
    return groups


def _envelopes(desk: Desk, asked: Asked) -> Iterator[StoredEnvelope]:
    purpose = asked.purpose.value if asked.purpose else None
    for found in desk.store.envelopes(
        desk.tenant, device=asked.device, purpose=purpose, bare=lambda _: True
    ):
        if asked.place in {None, (found.incarnation, found.sequence)}:
            yield found


def _by_key(
    envelopes: Iterable[StoredEnvelope],
) -> dict[tuple[str, str, bytes], list[StoredEnvelope]]:
    found = defaultdict(list)
    for one in envelopes:
        found[(one.purpose, one.retention, one.key_id)].append(one)
    return dict(sorted(found.items()))


def _narrowed(known: Facts, asked: Asked, found: list[StoredEnvelope]) -> Facts:
    """Return the facts that bear upon what is asked about."""
    first, last = (of(one.created for one in found) for of in (min, max))

    def bears(hold: Hold) -> bool:
        return (
            (not hold.devices or asked.device in hold.devices)
            and hold.since <= last
            and first < hold.until
            and any(map(asked.names, hold.columns))
        )

    return replace(
        known,
        holds=tuple(filter(bears, known.holds)),
        minima=tuple(law for law in known.minima if any(map(asked.names, law.columns))),
    )


def _sealed(group: Group, keep: Keeping, asked: Asked) -> None:
    group.because = keep.because
    group.columns = {
        column: until for column, until in keep.columns.items() if asked.names(column)
    }
    group.until = max([keep.key_dies, *group.columns.values()])
    group.then = f"{EXTRACTED}; {KEY_DIES}" if group.columns else KEY_DIES


def _ended(group: Group, dead: Tombstone | None) -> None:
    """Say that a key is gone whose rows are not yet."""
    words = "its key is not known here: restore the keyring that has it, or its end"
    if dead is not None:
        words, group.until = f"its key ended: {dead.reason}", dead.destroyed
    group.because = (Because("ended", group.until, words, "6: securely delete"),)
    group.then = DELETED if dead is not None else ""


def _announced(
    group: Group,
    found: list[StoredEnvelope],
    live: Iterable[LiveKey],
    said: Promises,
    known: Facts,
) -> None:
    """Say when what only announces something goes: with a key of its class and time."""
    group.what, group.then = "announced", ANNOUNCED
    last = max(one.created for one in found)
    ends = [
        keeping(key, _said(said, key), known)
        for key in live
        if (key.purpose.value, key.retention) == (group.purpose, group.retention)
        and last < key.end
        and not key.ticket
    ]
    if ends:
        first = min(ends, key=lambda keep: keep.key_dies)
        most = tuple(item for item in first.because if not item.least)
        group.until, group.because = first.key_dies, most


def _extracted(desk: Desk, asked: Asked, known: Facts) -> Iterator[Group]:
    """Yield what holds keep of the device, sealed anew."""
    for hold in known.holds:
        columns = {name: OPEN_END for name in hold.columns if asked.names(name)}
        because = of_hold(hold.case)
        for group in _taken(desk, asked, bytes.fromhex(hold.case)):
            if columns:
                yield _kept(group, because, columns, RELEASED)


def _by_law(desk: Desk, asked: Asked, known: Facts) -> Iterator[Group]:
    """Yield what laws keep of the device, sealed anew."""
    laws = {law.holder: law for law in known.minima}
    for key in law_extracts.law_keys(desk, known):
        law = laws.get(key.holder)
        because = Because("ended", 0, "no law asks for it any more", LONGER)
        columns: dict[Column, int] = {}
        if law is not None:
            because = _law_reason(law, key.until)
            columns = {name: key.until for name in law.columns if asked.names(name)}
        for group in _taken(desk, asked, key.holder):
            if group.key == key.key_id and (columns or law is None):
                yield _kept(group, because, columns, LAW_ENDED)


def _law_reason(law: Minimum, until: int) -> Because:
    days = law.seconds // DAY
    words = f"{law.law.words()}: at least {days} days; nobody reads it but a disclosure"
    return Because(f"law:{law.rule}", until, words, LONGER, least=True)


def _taken(desk: Desk, asked: Asked, holder: bytes) -> Iterator[Group]:
    """Yield what is sealed anew of the device for one holder, by purpose and key."""
    counts: Counter[tuple[str, bytes]] = Counter()
    records: Counter[tuple[str, bytes]] = Counter()
    for one in desk.store.extracts(desk.tenant, holder):
        purpose = asked.purpose.value if asked.purpose else one.purpose
        here = asked.place in {None, (one.incarnation, one.sequence)}
        if one.device == asked.device and one.purpose == purpose and here:
            counts[(one.purpose, one.key_id)] += 1
            records[(one.purpose, one.key_id)] += one.records
    for (purpose, key), count in sorted(counts.items()):
        yield Group("extracted", purpose, "", key, count, records[purpose, key])


def _kept(
    group: Group, because: Because, columns: dict[Column, int], then: str
) -> Group:
    group.because, group.until = (because,), because.until
    group.columns, group.then = columns, then
    return group


def _entry(desk: Desk, device: bytes) -> Iterator[Group]:
    """Yield the device's own entry: id, label, policy, counts, messages for it."""
    found = desk.store.device(desk.tenant, device)
    if found is not None:
        heard = found.state is DeviceState.ACTIVE
        words = "it is heard" if heard else "data of it is kept"
        clause = "6: for as long as necessary to fulfill the purposes"
        because = (Because("entry", OPEN_END, words, clause),)
        yield Group("entry", "", "", b"", 0, 0, OPEN_END, because, {}, ENTRY)


def _said(said: Promises, key: LiveKey) -> Promise | None:
    return said.get((key.purpose, key.retention))
