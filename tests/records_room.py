# SPDX-License-Identifier: Apache-2.0
"""Records of the collector's own, made in a room, and what ends each.

Rules: what is made is as the collector makes it, and over already.
Not here: what is promised of them (`test_own_records.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from release_room import register

from server.alerts.rules import Severity
from server.alerts.standing import Alert
from server.alerts.standing import State as AlertState
from server.console.visits import Visit, Visits
from server.keeper import packing
from server.keeper.acts import answer
from server.keeper.desk import Desk
from server.keeper.rounds import alerts as alerts_round
from server.keeper.rounds import cases as cases_round
from server.keeper.rounds import certificates as certificates_round
from server.keeper.rounds import exports as exports_round
from server.keeper.rounds import findings as findings_round
from server.keeper.rounds import incidents as incidents_round
from server.keeper.rounds import notices as notices_round
from server.keeper.rounds import recipients as recipients_round
from server.keeper.rounds import tokens as tokens_round
from server.own_records import split
from server.register import (
    alerts,
    cases,
    certificates,
    findings,
    incidents,
    notices,
    packages,
    recipients,
    releases,
    rights,
)
from server.store.orders import HeldOrder
from tests.vectors import paper_world, release_world, world
from wire.papers.certificate import State, sign_certificate
from wire.papers.decision import Act, Role
from wire.papers.grant import Grant, grant_digest, sign_grant

DAY = 86_400
ID = world.octets("record", 16)
NAME = ID.hex()


def why(desk: Desk, named: str) -> list[dict[str, object]]:
    """Ask the keeper why records are here."""
    kind, what = split(named)
    (told,) = answer(desk, {"act": "why", "kind": kind, "what": what}, "amelie", 0)
    end = told["end"]
    assert isinstance(end, dict)
    return list(end["kept"])


@dataclass(frozen=True)
class Ending:
    """A kind of which a test makes one, and what ends it.

    Attributes:
        plant: makes it as of a second, over already.
        turn: what ends it.
        named: as people name it.
        days: after which it ends, as its page of bounds has it.
    """

    plant: Callable[[Desk, int], None]
    turn: Callable[[Desk, int], None]
    named: str
    days: int


def plant_case(desk: Desk, now: int) -> None:
    """Make a case that was refused."""
    with desk.register.transaction() as connection:
        refused = cases.State.REFUSED
        cases.add(connection, cases.Case(ID, "hold", refused, now, now, b"locked"))


def _incident(desk: Desk, now: int) -> None:
    made = incidents.Incident(
        *(ID, NAME, incidents.Nature.INTEGRITY, incidents.About.KEY, now, now)
    )
    with desk.register.transaction() as connection:
        incidents.add(connection, made)
        incidents.close(connection, ID, now)


def plant_finding(desk: Desk, now: int) -> None:
    """Make a finding that was closed."""
    severity, source = findings.Severity.LOW, findings.Source.AUDIT
    made = findings.Finding(NAME, "A door", severity, source, "bo", now, now + DAY)
    with desk.register.transaction() as connection:
        findings.add(connection, made)
        findings.close(connection, NAME, findings.Closing(now, "bo", "a test", b"p"))


def _notice(desk: Desk, now: int) -> None:
    kind = notices.NoticeKind.DISCLOSURE
    made = notices.Notice(ID, kind, "client", ID, (), bytes(32), now, now)
    with desk.register.transaction() as connection:
        notices.add(connection, made)
        notices.deliver(connection, ID, bytes(32), now)


def _export(desk: Desk, now: int) -> None:
    with desk.register.transaction() as connection:
        rights.add(connection, rights.EXPORTS, rights.Held(ID, now, b"locked"))


def _evidence(desk: Desk, now: int) -> None:
    with desk.register.transaction() as connection:
        packages.ask(connection, ID, "amelie", "an audit", now)
        packages.fail(connection, ID, "the disk is full", now)


def _alert(desk: Desk, now: int) -> None:
    state = AlertState.CLEARED
    device = next(iter(desk.store.devices(desk.tenant))).device
    times = now, now, None, None, now
    made = Alert(ID, "disk-full", Severity.HIGH, device, state, *times)
    with desk.alerts.transaction() as connection:
        alerts.keep(connection, made)


def _visit(desk: Desk, now: int) -> None:
    desk.layout.console.mkdir(exist_ok=True)
    Visits(desk.layout.console).note(Visit("GET", "/", 200, "192.0.2.1"), now)


def _forget_visits(desk: Desk, now: int) -> None:
    Visits(desk.layout.console).forget(now)


def _order(desk: Desk, now: int) -> None:
    device = next(iter(desk.store.devices(desk.tenant))).device
    made = HeldOrder(desk.tenant, device, ID, now - 1, b"sealed")
    assert desk.store.orders.hold(made, now - 1)


def _forget_orders(desk: Desk, now: int) -> None:
    desk.store.orders.forget(now)


def _token(desk: Desk, now: int) -> None:
    for one in desk.store.tokens(desk.tenant):
        desk.store.end_token(desk.tenant, one.digest)
    desk.store.add_token(desk.tenant, ID + bytes(16), now - 1, 1)


def granted(desk: Desk, **changes: object) -> Grant:
    """Return a grant of a desk's tenant that two people decided."""
    said = (Act.ASK, Role.REQUESTER), (Act.APPROVE, Role.APPROVER)
    asked, approved = (
        paper_world.decided(tenant=desk.tenant, case=ID, act=act, role=role)
        for act, role in said
    )
    changes |= {"tenant": desk.tenant, "id": ID, "decisions": (asked, approved)}
    return release_world.grant(**changes)


def plant_grant(desk: Desk, now: int) -> None:
    """Make a grant whose time is over."""
    made = granted(desk, since=now - 9, until=now - 1)
    paper = sign_grant(made, desk.keyring.keeper_key())
    held = recipients.Granted(ID, grant_digest(made), made.recipient, None, paper)
    with desk.register.transaction() as connection:
        recipients.add_grant(connection, held)


def plant_release(desk: Desk, now: int, fetched: int | None = None) -> None:
    """Make a release, which its recipient may have fetched."""
    made = releases.Made(
        *(ID, bytes(32), release_world.recipient().name, now - 9, now - 1, 1, b""),
        note=None,
        fetched=fetched,
    )
    with desk.register.transaction() as connection:
        releases.note_leaving(connection, made, [bytes(32)])


def plant_recipient(desk: Desk, now: int) -> None:
    """Make a recipient whose agreement is over."""
    over = now - 1
    register(desk, release_world.recipient(tenant=desk.tenant, agreement_until=over))


def plant_certificate(desk: Desk, now: int, **changes: object) -> None:
    """Make a certificate, with what is different about it."""
    made = paper_world.certificate(
        **{"tenant": desk.tenant, "ended": now, "begun": now - 60, "copies": ()}
        | changes
    )
    paper = sign_certificate(made, desk.keyring.keeper_key())
    pending = made.state is State.PENDING
    held = certificates.Held(made.number, made.job, 0, pending, paper, current=True)
    with desk.register.transaction() as connection:
        certificates.add(connection, held)


ENDINGS: Mapping[str, Ending] = {
    "alert": Ending(_alert, alerts_round.turn, NAME, 30),
    "case": Ending(plant_case, cases_round.turn, NAME, 1_096),
    "certificate": Ending(plant_certificate, certificates_round.turn, "7", 3_653),
    "evidence": Ending(_evidence, packing.turn, NAME, 1_096),
    "export": Ending(_export, exports_round.turn, NAME, 7),
    "finding": Ending(plant_finding, findings_round.turn, NAME, 1_096),
    "grant": Ending(plant_grant, recipients_round.turn, NAME, 1_096),
    "incident": Ending(_incident, incidents_round.turn, NAME, 1_096),
    "notice": Ending(_notice, notices_round.turn, NAME, 1_096),
    "order": Ending(_order, _forget_orders, NAME, 1),
    "recipient": Ending(
        plant_recipient, recipients_round.turn, release_world.recipient().name, 1_096
    ),
    "release": Ending(plant_release, recipients_round.turn, NAME, 1_096),
    "token": Ending(_token, tokens_round.turn, ID[:8].hex(), 7),
    "visits": Ending(_visit, _forget_visits, "", 13),  # 14 after its day began
}
