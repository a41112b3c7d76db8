# SPDX-License-Identifier: Apache-2.0
"""The one oracle: each accepted line is there exactly once, or a gap counts it.

Rules: it looks at the store's envelopes and at the book, and believes neither the
agent's nor the gate's own numbers.
Not here: writing the book (`machine.py`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.spool.voids import DAMAGED
from server.balance import EXPIRED, balance
from server.store.interface import DeviceState, Store, StoredEnvelope
from simulation.book import Book, Chronicle, Entry, Place
from simulation.keys import EVENTS, METRICS
from simulation.sealed import Told, told
from wire.chain import check_chain
from wire.envelope import EnvelopeKind, Gap
from wire.errors import ChainError
from wire.purposes import Purpose

_REFUSED = "refused-"
"""How the reason of a void begins whose envelope the gate does not take."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a machine stands in the end.

    Attributes:
        tenant: whose it is.
        device: its identity.
        incarnation: of its spool.
        sequence: of the last envelope.
        cursor: the line that would be read next.
        left: envelopes in its spool.
        accepted: records that its spool says it has accepted.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    cursor: int
    left: int
    accepted: int


@dataclass(slots=True)
class _Found:
    """What the store has of one device.

    Attributes:
        lied: a gate in a stranger's hand has answered.
        lost: what it had, by its place, and has given up.
    """

    lied: bool = False
    lost: dict[Place, Told] = field(default_factory=dict)
    seen: Counter[tuple[Purpose, int]] = field(default_factory=Counter)
    held: dict[Place, Told] = field(default_factory=dict)
    unknown: list[tuple[Purpose, Gap]] = field(default_factory=list)
    announced: Counter[Purpose] = field(default_factory=Counter)


def judge(chronicle: Chronicle, store: Store, ends: Sequence[Ended]) -> list[str]:
    """Return every promise that was broken; none where all is well.

    Args:
        chronicle: what happened.
        store: the collector's, after all has healed.
        ends: how each machine stands.
    """
    wrongs = list(chronicle.wrongs)
    wrongs += _apart(store, {(end.tenant, end.device) for end in ends})
    # where a gate drops what it answers for, two copies may meet at a hole and not at
    # once in one place: their chains end there
    lied = any(name.startswith("lie-") for name in chronicle.faults)
    for end in ends:
        book = chronicle.book(end.device)
        stored = list(store.envelopes(end.tenant, device=end.device))
        lost = _given_up(store, end)
        chronicle.faults["numbers-given-up"] += len(lost)
        found = _judge(book, stored, lost, end, lied=lied)
        found += [*_named(chronicle, book, lost, end), *_state(book, store, end)]
        chronicle.faults["voids-stored"] += sum(
            one.kind == EnvelopeKind.VOID.value for one in stored
        )
        wrongs += [f"{end.device.hex()[:6]}: {wrong}" for wrong in found]
    return wrongs


def _apart(store: Store, known: set[tuple[bytes, bytes]]) -> Iterator[str]:
    """Require that nothing of one tenant is visible in another, nor of a stranger."""
    tenants = sorted({tenant for tenant, _ in known})
    for tenant in tenants if len(tenants) > 1 else ():
        for one in store.envelopes(tenant):
            header = told(one.octets).header
            if (header.tenant, header.device) not in known:
                yield "an envelope of a device is there that never enrolled there"
            if (header.tenant, header.device) != (tenant, one.device):
                yield "an envelope is visible where it does not belong"


def _state(book: Book, store: Store, end: Ended) -> list[str]:
    device = store.device(end.tenant, end.device)
    if device is None:
        return ["the device is not known any more"]
    set_aside = device.state is DeviceState.QUARANTINED
    if set_aside and not book.forked:
        return ["the device was quarantined, and nobody copied it"]
    if book.forked == "copied" and not set_aside:
        return ["the device was copied, and not quarantined"]
    if book.forked:
        return []
    return [
        f"the account of a chain differs by {found.difference}"
        for found in map(balance, store.accounts(end.tenant, end.device))
        if found.difference
    ]


def _given_up(store: Store, end: Ended) -> set[Place]:
    """Return what the store says that nobody can send again."""
    return {
        (chain.incarnation, sequence)
        for chain in store.holes(end.tenant, end.device)
        for first, last in chain.lost
        for sequence in range(first, last + 1)
    }


def _named(
    chronicle: Chronicle, book: Book, lost: set[Place], end: Ended
) -> Iterator[str]:
    """Require that only what is gone was given up, and that the ledger has it.

    Of a former spool of a device whose files were spoiled nobody has any more: the gap
    of the spool that followed covers what it had not delivered.
    """
    kept = {
        place
        for place in lost - set(book.gone)
        if place[0] == end.incarnation or not book.spoiled
    }
    if kept:
        yield f"{len(kept)} envelopes were given up that were never gone"
    told = sum(
        int(str(body["numbers"]))
        for act, body in chronicle.acts
        if act == "store-lost" and body["device"] == end.device
    )
    if told < len(lost):
        yield f"the ledger has {told} of {len(lost)} numbers that were given up"


def _judge(
    book: Book,
    stored: list[StoredEnvelope],
    lost: set[Place],
    end: Ended,
    *,
    lied: bool,
) -> list[str]:
    found = _Found(lied, {place: book.gone[place] for place in lost & set(book.gone)})
    within: Counter[tuple[object, ...]] = Counter()
    wrongs = _chains(stored, lost, end.incarnation)
    for envelope in stored:
        one = told(envelope.octets)
        found.held[envelope.incarnation, envelope.sequence] = one
        for number in one.numbers:
            found.seen[one.header.purpose, number] += 1
            within[envelope.incarnation, one.header.purpose, number] += 1
        if one.header.gap is not None and one.header.kind is EnvelopeKind.GAP:
            if one.header.gap.count is None:
                found.unknown.append((one.header.purpose, one.header.gap))
            else:
                found.announced[one.header.purpose] += one.header.gap.count
    found.unknown += [  # a gap record that the store had, and has given up
        (one.header.purpose, one.header.gap)
        for one in found.lost.values()
        if one.header.gap is not None and one.header.gap.count is None
    ]
    # a copy that lost its spool is a machine of its own until it speaks again: what
    # both have read is there twice, each time in a chain of its own
    apart = book.forked and book.spoiled
    seen = within if apart else found.seen
    twice = sorted(number for (*_, number), count in seen.items() if count > 1)
    if twice and not (book.forked and lied):
        wrongs.append(f"visible more than once: {twice[:5]} and so on, {len(twice)}")
    if book.forked:
        return wrongs
    if len({incarnation for incarnation, _ in book.accepted}) > 1 and not book.spoiled:
        wrongs.append("a sound spool was set aside")
    if end.left:
        wrongs.append(f"{end.left} envelopes never left the spool")
    wrongs += _accepted(book, found, end)
    wrongs += _lines(book, found, end)
    return wrongs


def _chains(stored: list[StoredEnvelope], lost: set[Place], last: bytes) -> list[str]:
    """Require that envelopes are chains; the last incarnation's without a hole.

    But for what was given up: a chain goes on behind that.
    """
    by_incarnation: dict[bytes, list[StoredEnvelope]] = {}
    for envelope in stored:
        by_incarnation.setdefault(envelope.incarnation, []).append(envelope)
    wrongs = []
    for incarnation, chain in by_incarnation.items():
        try:
            runs = _runs(chain)
            if incarnation == last and not lost:
                runs = [chain]
            for run in runs:
                check_chain(envelope.octets for envelope in run)
        except ChainError as problem:
            wrongs.append(f"a chain is not sound: {problem}")
    return wrongs


def _runs(chain: list[StoredEnvelope]) -> list[list[StoredEnvelope]]:
    """Return what of a chain is together: of a spool that was lost some never came."""
    runs: list[list[StoredEnvelope]] = []
    for envelope in chain:
        if not runs or envelope.sequence != runs[-1][-1].sequence + 1:
            runs.append([])
        runs[-1].append(envelope)
    return runs


def _accepted(book: Book, found: _Found, end: Ended) -> list[str]:
    """Require of each accepted envelope that it or its void is there."""
    wrongs = [
        f"envelope {place[1]} {wrong}"
        for place, entry in book.accepted.items()
        if place not in found.lost and not _unknown(book, place, end)
        if (wrong := _became(book, entry, found.held.get(place), found))
    ]
    if not book.spoiled:  # a copy or a backup of a spool gives its numbers again
        wrongs += [
            f"envelope {sequence} is lost: its number was given again"
            for _, sequence in sorted(book.again)
        ]
    for sequence in range(1, end.sequence + 1):
        place = end.incarnation, sequence
        if place not in book.accepted and place not in book.doubtful:
            wrongs.append(f"envelope {sequence} was never accepted")
    records = sum(
        _records(one)
        for (incarnation, _), one in [*found.held.items(), *found.lost.items()]
        if incarnation == end.incarnation
    )
    if records != end.accepted:
        wrongs.append(f"the spool accepted {end.accepted} records, {records} came")
    return wrongs


def _unknown(book: Book, place: Place, end: Ended) -> bool:
    """Tell whether nobody can know of a loss.

    Where the spool that knew of it is lost too, after its store was put back.
    """
    return place in book.gone and place[0] != end.incarnation


def _became(book: Book, entry: Entry, one: Told | None, found: _Found) -> str:
    """Return what is wrong with what became of an envelope; empty where nothing is."""
    if one is None:
        return "" if _covered(book, entry, found) else "is lost"
    if one.header.kind is EnvelopeKind.VOID:
        if _reason(one).startswith(_REFUSED) and not found.lied:
            return "has a void that says it was refused, and nobody may"
        if _reason(one) == DAMAGED and not (book.damaged or book.spoiled):
            return "has a void that says it was damaged, and it was not"
        if _reason(one) == EXPIRED and not book.misled:
            return "is hours old, and its void says that its time is over"
        same = _count(one) == len(entry.numbers)
        return "" if same else f"has a void that counts {_count(one)}"
    same = one.numbers == entry.numbers and _count(one) == entry.gap
    return "" if same else "has another content"


def _records(one: Told) -> int:
    """Return how many records an envelope carries or a void stands for."""
    if one.header.kind is EnvelopeKind.VOID and one.header.gap is not None:
        return one.header.gap.count or 0
    return len(one.numbers)


def _count(one: Told) -> int | None:
    """Return how many lines a gap says are missing; 0 for what is none."""
    return one.header.gap.count if one.header.gap is not None else 0


def _reason(one: Told) -> str:
    return one.header.gap.reason if one.header.gap is not None else ""


def _covered(book: Book, entry: Entry, found: _Found) -> bool:
    """Tell whether a gap without a number covers what an entry had."""
    return any(
        purpose is entry.purpose
        and (book.misled or book.astray or gap.since <= entry.moment <= gap.until)
        for purpose, gap in found.unknown
    )


def _lines(book: Book, found: _Found, end: Ended) -> list[str]:
    """Require that each line before the cursor is seen, counted or announced."""
    wrongs = []
    gone = found.lost | {
        place: one
        for place, one in book.gone.items()
        if _unknown(book, place, end) and place not in found.held
    }
    counted = _counted(book, found, gone)
    missing = [
        number
        for number in range(end.cursor)
        if not found.seen[EVENTS, number]
        and number not in counted
        and number not in book.lost
        and number not in book.unread
    ]
    if missing:
        wrongs.append(f"lost: {missing[:5]} and so on, {len(missing)}")
    skipped = [
        number
        for number in sorted(book.unread)
        if book.start <= number < end.cursor and not found.seen[EVENTS, number]
    ]
    told_of = {purpose for purpose, _ in found.unknown}
    told_of |= {one.header.purpose for one in gone.values() if _count(one) is None}
    if set(skipped) - counted and EVENTS not in told_of:
        wrongs.append(f"left out, and no gap says so: {skipped[:5]}, {len(skipped)}")
    again = [
        number
        for purpose, number in found.seen
        if purpose is EVENTS and number < book.start
    ]
    if again:
        wrongs.append(f"a former identity had read: {again[:5]}, {len(again)}")
    return [*wrongs, *_announced(book, found, gone)]


def _counted(book: Book, found: _Found, gone: dict[Place, Told]) -> set[int]:
    """Return the lines that a void or a gap counts, or that the store has lost."""
    counted: set[int] = set()
    for place, one in [*found.held.items(), *gone.items()]:
        if one.header.kind is EnvelopeKind.VOID and one.header.purpose is EVENTS:
            for entry in (book.accepted.get(place), *book.doubtful.get(place, ())):
                counted.update(entry.numbers if entry else ())
    for place, entry in book.accepted.items():
        if place not in found.held and _covered(book, entry, found):
            counted.update(entry.numbers if entry.purpose is EVENTS else ())
    for one in gone.values():
        counted.update(one.numbers if one.header.purpose is EVENTS else ())
    return counted


def _announced(book: Book, found: _Found, gone: dict[Place, Told]) -> Iterator[str]:
    """Require that gaps count what was lost before, by a source or an identity."""
    counts = found.announced.copy()
    for one in gone.values():
        if one.header.kind is EnvelopeKind.GAP:
            counts[one.header.purpose] += _count(one) or 0
    if book.owed is None:
        return
    for purpose, name, lost in (
        (EVENTS, "lines", len(book.lost)),
        (METRICS, "samples", 0),
    ):
        due = lost + book.owed[purpose]
        # a gap may be gone too, with its spool or by damage, and another covers it
        fewer = (book.spoiled or book.damaged) and counts[purpose] < due
        if counts[purpose] != due and not fewer:
            yield f"gaps count {counts[purpose]} of {due} lost {name}"
