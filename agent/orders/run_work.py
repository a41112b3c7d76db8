# SPDX-License-Identifier: Apache-2.0
"""The child's side of an order: judges it, asks or tells, runs it once, seals, ends it.

Rules: imported in the child, as readers and redaction are; the order is judged by what
is true now; its id is marked as begun, on the disk, before its reader is called; what
it found, its end and its line in the ledger are one transaction; its rows go through
plan, redaction and seal as a pass's do.
Not here: starting the child and what becomes of one that dies (`running.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from agent import report
from agent.budget import ASK_SECONDS, SPOOL_MINIMUM_BYTES
from agent.catalogue import declared
from agent.diagnostics import bound, source
from agent.effective import effective_policy
from agent.errors import AgentError, StateError, TrustError
from agent.governor.budgets import Budget
from agent.host import this_host
from agent.host.interface import Host
from agent.host.notify import tell as tell_desktops
from agent.identity import Identity, current_names, load, pseudonym_keys, trusted
from agent.known import known_of
from agent.orders.answering import YES
from agent.orders.consent import Consents, consents
from agent.orders.judging import Bad, Good, Standing, judge
from agent.orders.notices import Tell, nobody, notice, show
from agent.orders.removals import held_removals
from agent.orders.turn import end
from agent.outcome import NONE_FOUND, OK, Outcome
from agent.own_looks import Own
from agent.plan import Plan, PlannedDataset, allowed, make_plan
from agent.reading import run_reader
from agent.redaction.engine import BoundDataset, Redactor
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from agent.report import PassReport, Sealed
from agent.room import CLASSES
from agent.rows import Reading
from agent.sealing import Group, Sealer
from agent.spool.order import ORDERS_SINCE, HeldOrder
from agent.spool.spool import Spool, open_spool
from agent.state import State, marked_at
from wire.body import Mode, Note, Table
from wire.catalogue import Catalogue
from wire.cbor import Plain
from wire.diagnostics import Consent
from wire.doing import OrderState
from wire.errors import PolicyError, WireError
from wire.keys import PurposeKey
from wire.orders import Request, open_order
from wire.purposes import Purpose
from wire.refusals import Refusal
from wire.trust import Trusted

_TRUNCATED = "truncated"
_NOTHING = PassReport((), Sealed(), 0, more=False)
_UNDECLARED = "(undeclared)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order is judged and run.

    Attributes:
        state: the state directory.
        who: the device.
        trust: the verified bundle.
        plan: what this machine may do.
        catalogue: what this release declares.
        spool: the open spool.
        now: signed time.
        make: makes the machine for columns.
        settled: what a person at the machine has settled.
        tell: shows a notice on the desktops of who sits here.
    """

    state: State
    who: Identity
    trust: Trusted
    plan: Plan
    catalogue: Catalogue
    spool: Spool
    now: int
    make: Callable[[frozenset[str]], Host]
    settled: Consents
    tell: Tell


def work(state: State, now: int, order: str, host: Host | None) -> bytes:
    """Do what is next with an order, and return the report of it.

    Args:
        state: the state directory.
        now: signed time, seconds since the epoch.
        order: its id, in hex.
        host: another machine than this one, for tests.
    """
    try:
        return report.encode(_work(state, now, order, host))
    except WireError as problem:
        return report.encode_failure(TrustError, str(problem))
    except AgentError as problem:
        return report.encode_failure(type(problem), str(problem))


def _work(state: State, now: int, order: str, host: Host | None) -> PassReport:
    make = this_host if host is None else lambda _: host
    who, catalogue = load(state), declared()
    trust = trusted(state, who, now)
    spool = open_spool(state.spool, now, marked_at(state), check=False)
    try:
        (held,) = (one for one in spool.orders() if one.id == order)
        try:
            policy = effective_policy(state, trust.policy.policy, catalogue)
            settled = consents(state)
        except (StateError, PolicyError):  # who cannot read a "no" must not guess it
            return _refuse(spool, held, Refusal.FORBIDDEN_HERE, now)
        plan = make_plan(policy, catalogue, make(frozenset()).system)
        tell: Tell = nobody
        if host is None:
            tell = partial(tell_desktops, state=state.directory)
        place = Place(
            state, who, trust, plan, catalogue, spool, now, make, settled, tell
        )
        return _next(place, held)
    finally:
        spool.close()


def _next(place: Place, held: HeldOrder) -> PassReport:
    """Judge an order, and refuse it, ask a person, or run it."""
    if held.state is not OrderState.RECEIVED:
        return _NOTHING
    who = place.who
    octets = open_order(held.octets, who.sealing, who.tenant, who.device)
    found = judge(octets, _standing(place, held))
    if isinstance(found, Bad):
        return _refuse(place.spool, held, found.refusal, place.now)
    if found.consent is Consent.ASK and held.consent != YES:
        _ask(place, held, found)
        return _NOTHING
    return _run(place, held, found)


def _refuse(spool: Spool, held: HeldOrder, why: Refusal, now: int) -> PassReport:
    """End an order that is not obeyed; nothing of its words is kept."""
    refused = replace(held, state=OrderState.REFUSED, reason=why.value, octets=b"")
    with spool.transaction() as change:
        end(change, refused, now)
    return _NOTHING


def _standing(place: Place, held: HeldOrder) -> Standing:
    """Return what the device knows, for judging one order."""
    removals = held_removals(place.state, place.trust.root)
    known = place.spool.orders()
    return Standing(
        place.who.tenant,
        place.who.device,
        place.spool.incarnation(),
        place.catalogue.datasets,
        frozenset(item.dataset.name for item in place.plan.on_request),
        place.trust.root.technicians,
        place.trust.root.keys,
        removals.technicians,
        frozenset(one.order for one in removals.orders),
        removals.fresh(place.now),
        frozenset(bytes.fromhex(one.id) for one in known if one.id != held.id),
        place.spool.value(ORDERS_SINCE) or 0,
        place.settled.named,
        place.settled.default,
        place.now,
    )


def _ask(place: Place, held: HeldOrder, good: Good) -> None:
    """Have a person at the machine asked, for some minutes."""
    until = min(place.now + ASK_SECONDS, good.request.expires)
    waiting = replace(
        held, state=OrderState.ASKING, consent=Consent.ASK.value, answer=until
    )
    with place.spool.transaction() as change:
        change.put_order(waiting)
        change.note("order-asking", _about(held, good.request), place.now)
    _notify(place, good.request, asks=True)


def _notify(place: Place, request: Request, *, asks: bool) -> bool:
    """Tell who is at the machine; tell whether that could be done."""
    told = notice(request, place.catalogue.datasets[request.diagnostic], asks=asks)
    return show(place.make(frozenset()), told, place.tell)


def _run(place: Place, held: HeldOrder, good: Good) -> PassReport:
    """Mark an order as begun, run it, and seal what it found with its end."""
    request = good.request
    item = place.plan.diagnostic(request.diagnostic)
    consent = held.consent or good.consent.value
    begun = replace(held, state=OrderState.RUNNING, consent=consent)
    told = good.consent is Consent.NOTIFY and _notify(place, request, asks=False)
    with place.spool.transaction() as change:
        change.put_order(begun)
        about = _about(held, request) | {"told": told, "consent": consent}
        change.note("order-begun", about, place.now)
    if item is None or item.retention != good.key.retention:
        return _failed(place, begun, "no-sealing-key")
    room = place.spool.facts().room[CLASSES[item.dataset.kind]]
    if room < SPOOL_MINIMUM_BYTES:
        return _failed(place, begun, "spool-full")
    host = place.make(allowed([item]))
    reading, outcome = _read(place, host, item, good)
    if outcome.outcome not in {OK, NONE_FOUND}:
        return _failed(place, begun, outcome.reason or outcome.outcome, outcome)
    known = _known(place, host, item)
    group, withheld = _redacted(place, known, item, good.key, reading)
    rows = sum(len(table.records) for table in group.tables)
    ended = replace(
        begun,
        state=OrderState.DONE,
        reason=_TRUNCATED if reading.truncated else "",
        found=rows,
    )
    try:
        with place.spool.transaction() as change:
            sealed = Sealer(place.who, place.trust, place.now).put(change, group)
            end(change, ended, place.now, request.diagnostic)
    except StateError:
        return _failed(place, begun, "spool-full", outcome)
    return PassReport((outcome,), sealed, withheld, more=False)


def _read(
    place: Place, host: Host, item: PlannedDataset, good: Good
) -> tuple[Reading, Outcome]:
    """Call the diagnostic's reader, within what was asked and what is declared."""
    request, found = good.request, source(good.request.diagnostic)
    caps = found.asked.caps
    own = Own(place.state, place.who, place.trust, place.spool, place.now)
    budget = Budget(
        min(request.seconds, caps.seconds),
        min(request.seconds, caps.processor),
        min(request.rows, caps.rows),
        min(request.octets, caps.octets),
    )
    return run_reader(
        bound(found, good.parameters, request.id.hex(), own.looks),
        host,
        frozenset(column.name for column in item.columns),
        now=place.now,
        events=item.events,
        budget=budget,
    )


def _known(place: Place, host: Host, item: PlannedDataset) -> Identities:
    """Return what the machine knows of itself, where a text may leave."""
    if not Plan((item,), (), ()).scrubs():
        return Identities()
    known, _ = known_of(host, place.now)
    return known


def _redacted(
    place: Place,
    known: Identities,
    item: PlannedDataset,
    key: PurposeKey,
    reading: Reading,
) -> tuple[Group, int]:
    """Return what may leave of the rows, and how many values may not."""
    names = current_names(
        pseudonym_keys(place.state, place.who, place.trust.root), place.trust, place.now
    )
    name = names.get((item.purpose, item.retention))
    redactor = Redactor(name, Scrubber(known, name, learning=True))
    bound_to = BoundDataset(item.dataset, item.purpose, item.calls)
    redacted = redactor.redact(bound_to, reading.rows)
    group = Group(item.purpose, item.retention, key, CLASSES[item.dataset.kind])
    if redacted.records:
        table = Table(item.dataset, item.columns, redacted.records, Mode.APPEND)
        group.tables.append(table)
    group.notes += [
        Note(found.dataset, found.column or _UNDECLARED, found.reason, found.count)
        for found in redacted.withheld
    ]
    return group, sum(found.count for found in redacted.withheld)


def _failed(
    place: Place, begun: HeldOrder, reason: str, outcome: Outcome | None = None
) -> PassReport:
    ended = replace(begun, state=OrderState.FAILED, reason=reason)
    with place.spool.transaction() as change:
        end(change, ended, place.now)
    return PassReport((outcome,) if outcome else (), Sealed(), 0, more=False)


def _about(held: HeldOrder, request: Request) -> dict[int | str, Plain]:
    """Return what the ledger says of an order: its id, its name and who has signed."""
    return {
        "order": held.id,
        "diagnostic": request.diagnostic,
        "purpose": Purpose.SUPPORT.value,
    }
