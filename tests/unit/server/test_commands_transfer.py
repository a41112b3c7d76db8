# SPDX-License-Identifier: Apache-2.0
"""`transfer` as people type it, until the acquirer has opened all with its own program.

Rules: keeper and `discreet-open` are processes; the client was told forty days ago, by
a keeper that ran then; the keeper of today believes no time that nobody vouched for.
Not here: each refusal (`test_transferring.py`), what goes
(`test_transferring_exports.py`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_fixture import Office, office_of
from reader_fixture import table
from release_room import DAY, ReleaseRoom, register
from sharing_office import Abroad, opened

from server.keeper import notices
from server.keeper.transferring import notice
from wire.papers.recipient import Recipient, RecipientRole
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
ROLES = {
    "amelie": "requester operator approver",
    "bo": "approver privacy-officer",
    "cy": "counsel",
}
SAID = [
    {"message": "a", "user.id": "user_aaaaaaaa"},
    {"message": "b", "user.id": "user_bbbbbbbb"},
]
LOGINS = [{"user.name": "root", "type": "user"}]


def acquirer(room: ReleaseRoom, abroad: Abroad) -> Recipient:
    """Return who takes over, with the keys that it made."""
    return Recipient(
        room.site.tenant,
        "buyer",
        1,
        RecipientRole.ACQUIRER,
        "purchase of 2026-11-02",
        room.site.now + 300 * DAY,
        (Purpose.SUPPORT, Purpose.SECURITY, Purpose.IMPROVEMENT),
        "DE",
        None,
        "privacy@buyer.example",
        abroad.keys.sealing,
        abroad.keys.signing,
    )


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Abroad:
    """Return an acquirer with its keys."""
    return Abroad(tmp_path_factory.mktemp("abroad"))


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, abroad: Abroad
) -> Iterator[Office]:
    """Install a collector whose client was told forty days ago; run its keeper."""
    room = ReleaseRoom(tmp_path_factory.mktemp("transfer"))
    site, abroad.digest = room.site, room.digest.hex()
    with site.layout.configuration.open("a") as file:
        file.write('\n[transfers]\ncountries = ["DE"]\n')
    speaker = site.enrol("Desk")
    site.say(speaker, [table("event_logs", SAID)])
    part = table("logins", LOGINS, Purpose.SECURITY)
    site.say(speaker, [part], Purpose.SECURITY)
    room.site.layout.register.unlink()
    room.machine.system -= 40 * DAY
    with room.desk() as desk:
        register(desk, acquirer(room, abroad))
        number = notice.write(desk, "buyer", "We sell our business.", "ops", site.now)[
            0
        ]
        then = room.machine.system
        notices.deliver(desk, number, b"p" * 32, "ops", then)
    with office_of(site, tmp_path_factory.mktemp("people"), ROLES) as found:
        yield found


def asked(office: Office, code: int = 0) -> str:
    """Ask for the transfer of which the client was told."""
    told = json.loads(office.typed("transfer", "status", "--json"))
    (one,) = told["notices"]
    return office.typed(
        *("transfer", "ask", "--notice", one["notice"]),
        *("--basis", "purchase of 2026-11-02", "--through", office.day(30)),
        *office.signing("amelie"),
        code=code,
    )


def test_an_acquirer_gets_all_once_the_clients_time_has_passed(
    office: Office, abroad: Abroad, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused until people vouch for the time; then two approve, and it opens."""
    told = office.typed("transfer", "status")
    assert "nothing goes before " in told
    asked(office, code=6)
    assert "nothing goes before " in capsys.readouterr().err
    now = office.day() + "T00:00:00Z"
    office.typed("keeper", "believe", now, *office.signing("amelie"))
    office.approve(office.newest_case("clock"), "bo")
    assert "its time has passed" in office.typed("transfer", "status")
    assert "up to 3 records of 2 envelopes" in asked(office)
    case = office.newest_case("transfer")
    office.approve(case, "amelie", code=6)
    office.approve(case, "bo")
    capsys.readouterr()
    office.typed("case", "show", case)
    assert "one of them counsel, none of them who asked" in capsys.readouterr().err
    office.typed("transfer", "export", case, code=6)
    office.approve(case, "cy")
    lines = office.typed("transfer", "export", case).splitlines()
    assert [line.split(",")[0] for line in lines] == ["support", "security"]
    found = {}
    for line in lines:
        files = opened(office, abroad, Path(line.split(" in ")[1]))
        for path in files.iterdir():
            found[path.name] = [*map(json.loads, path.read_text().splitlines())]
    assert [(row["purpose"], row["user.id"]) for row in found["event_logs.jsonl"]] == [
        ("support", "user_aaaaaaaa"),
        ("support", "user_bbbbbbbb"),
    ]
    assert [row["user.name"] for row in found["logins.jsonl"]] == ["root"]
    release = Path(lines[0].split(" in ")[1])
    verified = abroad.run("verify", str(release), "--root", abroad.digest)
    assert "purchase of 2026-11-02 (transfer, for support)" in verified
    abroad.own("receive", release, "receipt")
    office.typed("share", "receipt", str(abroad.place / "receipt"))
    told = office.typed("transfer", "status").splitlines()[-1]
    assert told.split()[-3:] == ["approved", "2", "1"]
    assert "Nothing is left to hand over" in office.typed("transfer", "export", case)


def test_what_is_typed_wrongly_is_a_sentence(office: Office) -> None:
    """Of nobody, of another notice, of no case."""
    deal = "--deal", "We sell it."
    office.typed("transfer", "notice", "--recipient", "nobody", *deal, code=6)
    office.typed("transfer", "export", "ffffff", code=2)
    told = office.typed(
        "notice", "change-of-ownership", "--owner", "Buyer", "--on", office.day(60)
    )
    wrong = "--notice", told.split()[1], "--basis", "x", "--through", office.day(9)
    office.typed("transfer", "ask", *wrong, *office.signing("amelie"), code=2)


def test_a_notice_is_written_once(office: Office) -> None:
    """Told again, it is the same one, with the purposes that go."""
    deal = "--deal", "We sell it."
    told = office.typed("transfer", "notice", "--recipient", "buyer", *deal)
    assert " was written before, and stays as it is, for support, security" in told
    status = json.loads(office.typed("transfer", "status", "--json"))
    assert [one["notice"][:12] for one in status["notices"]] == [told.split()[1]]
