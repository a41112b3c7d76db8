# SPDX-License-Identifier: Apache-2.0
"""`share` as people type it, and what a recipient then opens with its own program.

Rules: keeper and `discreet-open` are processes; the recipient has nothing but what it
is sent and the root digest.
Not here: random grants and records (`tests/model/sharing`), the crypto of a release
(`test_releases.py`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from abroad_fixture import Abroad
from installation_fixture import standard
from office_fixture import Office, office_of
from reader_fixture import Site, table
from release_room import DAY, ReleaseRoom

from server.authority import open_authority
from server.keeper import notices
from server.keeper.acts.notice import answer
from server.keeper.desk import Desk
from server.register import recipients, releases
from server.register.database import Register
from wire import trust
from wire.papers.recipient import Recipient, RecipientRole, sign_recipient
from wire.policy import Policy
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
ROLES = {"amelie": "requester approver", "bo": "approver"}
SAID = [
    {"message": "a", "user.id": "ann", "severity_number": 9, "event.id": "1"},
    {"message": "b", "user.id": "bob", "severity_number": 17, "event.id": "2"},
    {"message": "c", "user.id": "cyd", "severity_number": 17, "event.id": "3"},
    {"message": "d", "user.id": "dee", "severity_number": 17, "event.id": "4"},
]
SHOWN = re.compile(r"user_[0-9a-z]{10}\Z")


def naming(policy: Policy) -> Policy:
    """Return a policy whose support data a SOC, a biller and others may get."""
    names = ("soc", "late", "payer", "faraway", "stopped")
    return replace(
        policy,
        purposes=tuple(
            replace(rules, recipients=names)
            if rules.purpose is Purpose.SUPPORT
            else rules
            for rules in policy.purposes
        ),
    )


def published(site: Site, desk: Desk, policy: Policy) -> None:
    """Publish a policy of whose new uses the client was told."""
    with open_authority(site.layout) as authority:
        uses = "\n".join(authority.untold(policy))
    message: dict[str, object] = {"act": "notice", "step": "change-of-use"}
    message |= {"uses": uses, "text": "A security centre will watch support data."}
    (told,) = answer(desk, message, "ops", site.now)
    end = told["end"]
    assert isinstance(end, dict)
    notices.deliver(desk, bytes.fromhex(end["id"]), bytes(32), "ops", site.now)
    with open_authority(site.layout) as authority:
        authority.publish(policy, site.now, "ops")


def registered(desk: Desk, usual: Recipient) -> None:
    """Register recipients: one that may get data, and one for each reason not to."""
    entries = [
        usual,
        replace(usual, name="late", agreement_until=1),
        replace(usual, name="payer", role=RecipientRole.PAYMENT),
        replace(usual, name="faraway", country="US"),
        replace(usual, name="stopped"),
        replace(usual, name="unnamed"),
    ]
    for one in entries:
        paper = sign_recipient(one, desk.keyring.keeper_key())
        with desk.register.transaction() as connection:
            recipients.put(connection, one.name, 1, paper)
    with desk.register.transaction() as connection:
        recipients.suspend(connection, "stopped", 1)


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Abroad:
    """Return a recipient with its keys."""
    return Abroad(tmp_path_factory.mktemp("abroad"))


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, abroad: Abroad
) -> Iterator[Office]:
    """Install a collector with data, recipients and two people; run its keeper."""
    room = ReleaseRoom(tmp_path_factory.mktemp("share"))
    site = room.site
    with site.layout.configuration.open("a") as file:
        file.write('\n[transfers]\ncountries = ["DE"]\n')
    with open_authority(site.layout) as authority:
        abroad.digest = trust.root_digest(authority.root()).hex()
    usual = Recipient(
        site.tenant,
        "soc",
        1,
        RecipientRole.MONITORING,
        "DPA 7",
        site.now + 300 * DAY,
        (Purpose.SUPPORT,),
        "DE",
        None,
        "soc@example.com",
        abroad.keys.sealing,
        abroad.keys.signing,
    )
    with room.desk() as desk:
        published(site, desk, naming(standard()))
        registered(desk, usual)
    site.say(site.enrol("Desk"), [table("event_logs", SAID)])
    with office_of(site, tmp_path_factory.mktemp("people"), ROLES) as found:
        yield found


def asked(office: Office, *more: str, code: int = 0, **changes: str) -> str:
    """Ask for a grant of support data, with changes of its options."""
    options = {
        "recipient": "soc",
        "task": "watch errors",
        "basis": "contract 7",
        "bytes": "100000",
        "from": office.day(-1),
        "through": office.day(30),
        "format": "jsonl",
        "purpose": "support",
        "since": office.day(-1),
        "until": office.day(),
        "where": "event_logs.severity_number=17",
    } | changes
    typed = [word for name, text in options.items() for word in (f"--{name}", text)]
    columns = ("user.id", "device", "severity_number")
    for column in columns:
        typed += ["--column", f"event_logs.{column}"]
    return office.typed(
        "share", "ask", *typed, *more, *office.signing("amelie"), code=code
    )


def granted(office: Office, **changes: str) -> str:
    """Ask for a grant and let somebody else approve it; return its id."""
    asked(office, **changes)
    case = office.newest_case("share")
    office.approve(case, "bo")
    return case


def made(office: Office, grant: str) -> Path:
    """Make a release; return where it is."""
    told = office.typed("share", "make", grant)
    return Path(told.split(" are in ")[1].split(";")[0])


def test_a_recipient_gets_what_was_granted_and_no_more(
    office: Office, abroad: Abroad
) -> None:
    """Three rows of four and three columns, under stand-ins; a receipt comes back."""
    grant = granted(office)
    release = made(office, grant)
    files = abroad.opened(office, release)
    rows = [
        json.loads(line)
        for line in (files / "event_logs.jsonl").read_text().splitlines()
    ]
    assert [one.name for one in files.iterdir()] == ["event_logs.jsonl"]
    assert [
        {name: value for name, value in row.items() if name == "severity_number"}
        for row in rows
    ] == [{"severity_number": 17}] * 3
    assert {frozenset(row) - {"dataset"} for row in rows} == {
        frozenset({"device", "user.id", "severity_number"})
    }
    users = {row["user.id"] for row in rows}
    assert len(users) == 3
    assert all(SHOWN.match(user) for user in users)
    assert {re.sub("_.*", "", row["device"]) for row in rows} == {"device"}
    abroad.own("receive", release, "receipt")
    told = office.typed("share", "receipt", str(abroad.place / "receipt"))
    assert told == "The recipient says: received.\n"


def test_the_register_has_of_whom_each_release_is(office: Office) -> None:
    """From an envelope the register tells the releases that have rows of it."""
    release, site = made(office, granted(office)), office.site
    (stored,) = site.store.envelopes(site.tenant, purpose="support")
    register = Register(site.layout.register)
    with register.view() as connection:
        found = releases.having(connection, stored.digest)
    register.close()
    assert bytes.fromhex(release.name) in found


def test_the_ledger_knows_first(office: Office) -> None:
    """What is opened, for whom and by whom stands there before there is a release."""
    grant = granted(office)
    release = made(office, grant)
    told = [
        (entry.act, entry.body or {})
        for entry in office.site.acts()
        if bytes.fromhex(release.name) == (entry.body or {}).get("release")
    ]
    assert [act for act, _ in told] == ["share-opened", "release-made"]
    assert told[0][1]["case"] == bytes.fromhex(grant)
    assert (told[0][1]["recipient"], told[0][1]["columns"]) == ("soc", 3)


def test_a_leaked_file_names_its_grant(office: Office, abroad: Abroad) -> None:
    """Three rows are enough, and another grant of the same recipient is not named."""
    first, second = granted(office), granted(office)
    made(office, first)
    files = abroad.opened(office, made(office, second))
    told = office.typed("share", "trace", str(files / "event_logs.jsonl"))
    assert second[:12] in told
    assert first[:12] not in told
    (abroad.place / "other").write_text("nothing of ours, user_name and host_name")
    told = office.typed("share", "trace", str(abroad.place / "other"))
    assert told == "None of 0 stand-ins in the file is enough to name a grant.\n"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_formats_open_too(office: Office, abroad: Abroad, form: str) -> None:
    """A release has its files in the format of the grant."""
    files = abroad.opened(office, made(office, granted(office, format=form)))
    assert [one.name for one in files.iterdir()] == [f"event_logs.{form}"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobody", "no-recipient"),
        ("late", "recipient-expired"),
        ("stopped", "recipient-suspended"),
        ("payer", "payment-gets-nothing"),
        ("faraway", "country"),
        ("unnamed", "not-in-policy-recipients"),
    ],
)
def test_who_may_not_have_it_is_refused(office: Office, name: str, reason: str) -> None:
    """Before anybody is asked, with the reason in the ledger."""
    asked(office, recipient=name, code=6)
    told = [one.body or {} for one in office.site.acts()]
    assert reason in [str(body.get("denied")) for body in told[-2:]]


def test_who_asked_cannot_approve(office: Office) -> None:
    """Not even with the role; another person can."""
    asked(office)
    case = office.newest_case("share")
    office.approve(case, "amelie", code=6)
    office.approve(case, "bo")


def test_a_grant_gives_no_more_than_its_bytes(office: Office) -> None:
    """What would be more is not made, alone or after another, and nothing is left."""
    probe = granted(office)
    made(office, probe)
    told = json.loads(office.typed("share", "list", "--json"))
    (spent,) = [one["spent"] for one in told["grants"] if one["grant"] == probe]
    exact = granted(office, bytes=str(spent))
    made(office, exact)
    office.typed("share", "make", exact, code=6)
    grant = granted(office, bytes=str(spent - 1))
    before = sorted(office.site.layout.releases.glob("*"))
    office.typed("share", "make", grant, code=10)
    assert sorted(office.site.layout.releases.glob("*")) == before


def test_a_revoked_grant_gives_nothing(office: Office) -> None:
    """Its release is gone, and no other can be made."""
    grant = granted(office)
    release = made(office, grant)
    office.typed("share", "revoke", grant)
    assert not release.exists()
    office.typed("share", "make", grant, code=6)
    told = json.loads(office.typed("share", "list", "--json"))
    assert [one["refused"] for one in told["grants"] if one["grant"] == grant] == [
        "grant-revoked"
    ]


def test_what_is_asked_wrongly_is_a_sentence(office: Office) -> None:
    """Too long, too much, two purposes, no such format."""
    asked(office, through=office.day(500), code=2)
    asked(office, bytes="0", code=2)
    asked(office, "--purpose", "security", code=2)
    asked(office, format="tape", code=2)
    office.typed("share", "make", "ffffff", code=2)


def test_grants_and_releases_are_listed(office: Office) -> None:
    """As a table with both, for people."""
    granted(office)
    told = office.typed("share", "list")
    assert "GRANT" in told
    assert "in force" in told
    assert "RELEASE" in told
