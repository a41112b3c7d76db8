# SPDX-License-Identifier: Apache-2.0
"""`share` as people type it, and what a recipient then opens with its own program.

Rules: keeper and `discreet-open` are processes; the recipient has nothing but what it
is sent and the root digest.
Not here: random grants and records (`tests/model/sharing`), the crypto of a release
(`test_releases.py`), what stand-ins mean (`test_commands_share_resolve.py`).
"""

import json
import re
import time
from collections.abc import Iterator

import pytest
from installation_fixture import standard
from office_fixture import Office
from reader_fixture import table
from sharing_office import Abroad, asked, granted, made, opened, sharing_office

from server.register import releases
from server.register.database import Register
from server.register.tickets import digest_of

pytestmark = pytest.mark.slow
SAID = [
    {"message": "a", "user.id": "ann", "severity_number": 9, "event.id": "1"},
    {"message": "b", "user.id": "bob", "severity_number": 17, "event.id": "2"},
    {"message": "c", "user.id": "cyd", "severity_number": 17, "event.id": "3"},
    {"message": "d", "user.id": "dee", "severity_number": 17, "event.id": "4"},
]
SHOWN = re.compile(r"user_[0-9a-z]{10}\Z")


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Abroad:
    """Return a recipient with its keys."""
    return Abroad(tmp_path_factory.mktemp("abroad"))


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, abroad: Abroad
) -> Iterator[Office]:
    """Run the keeper of a collector with one device's rows."""
    place = tmp_path_factory.mktemp("office")
    with sharing_office(place, abroad, standard()) as found:
        found.site.say(found.site.enrol("Desk"), [table("event_logs", SAID)])
        yield found


def test_a_recipient_gets_what_was_granted_and_no_more(
    office: Office, abroad: Abroad
) -> None:
    """Three rows of four and three columns, under stand-ins; a receipt comes back."""
    grant = granted(office)
    release = made(office, grant)
    files = opened(office, abroad, release)
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
    files = opened(office, abroad, made(office, second))
    told = office.typed("share", "trace", str(files / "event_logs.jsonl"))
    assert second[:12] in told
    assert first[:12] not in told
    (abroad.place / "other").write_text("nothing of ours, user_name and host_name")
    told = office.typed("share", "trace", str(abroad.place / "other"))
    assert told == "None of 0 stand-ins in the file is enough to name a grant.\n"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_formats_open_too(office: Office, abroad: Abroad, form: str) -> None:
    """A release has its files in the format of the grant."""
    files = opened(office, abroad, made(office, granted(office, format=form)))
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
    """Not even with the role, and the ledger says so; another person can."""
    asked(office)
    case = office.newest_case("share")
    office.approve(case, "amelie", code=6)
    newest = office.site.acts()[-1]
    assert (newest.act, (newest.body or {})["denied"]) == ("denied", "same-person")
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


def test_what_a_ticket_brought_is_shared_too(office: Office, abroad: Abroad) -> None:
    """Rows under a ticket's key are in a release like all others of support."""
    office.typed("ticket", "open", "T-1")
    site = office.site
    site.now = int(time.time())  # the ticket was opened by the real clock
    site.ticket = digest_of(site.tenant, "T-1")
    site.say(site.enrol("Asked"), [table("event_logs", SAID)])
    files = opened(office, abroad, made(office, granted(office)))
    rows = (files / "event_logs.jsonl").read_text().splitlines()
    assert len({json.loads(line)["device"] for line in rows}) == 2
    assert len(rows) == 6
