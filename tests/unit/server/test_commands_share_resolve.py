# SPDX-License-Identifier: Apache-2.0
"""What stand-ins mean is told on request, by a decision, to the recipient alone.

Rules: keeper and `discreet-open` are processes; the recipient has nothing but what it
is sent and the root digest.
Not here: releases themselves (`test_commands_share.py`), the messages' vectors
(`papers-resolved.json`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from installation_fixture import standard
from office_fixture import Office
from reader_fixture import table
from sharing_office import Abroad, granted, made, opened, sharing_office

from recipient import keys as own_keys
from server.keeper.bounds import RESOLVED_OF_A_GRANT
from server.register import recipients, resolutions
from server.register.database import Register
from server.register.resolutions import Resolution
from wire.papers.resolve import Resolve, sign_resolve

pytestmark = pytest.mark.slow
SAID = [
    {"message": "a", "user.id": "ann", "severity_number": 17, "event.id": "1"},
    {"message": "b", "user.id": "user_7f3k9q2m", "severity_number": 17},
    {"message": "c", "user.id": "canary-not-granted", "severity_number": 9},
]


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


class Watch:
    """A recipient at work on one release of one grant."""

    def __init__(self, office: Office, abroad: Abroad, *, fetched: bool = True) -> None:
        """Have a release made, and open it."""
        self.office, self.abroad = office, abroad
        self.grant = granted(office)
        self.release = made(office, self.grant)
        self.rows: list[dict[str, object]] = []
        if fetched:
            files = opened(office, abroad, self.release)
            text = (files / "event_logs.jsonl").read_text()
            self.rows = [json.loads(line) for line in text.splitlines()]

    def column(self, name: str) -> list[str]:
        """Return a column of what the recipient has."""
        return [str(row[name]) for row in self.rows]

    def ask(self, *stand_ins: str) -> Path:
        """Sign a question about stand-ins; return its file."""
        path = self.abroad.place / f"question-{self.grant}-{len(stand_ins)}"
        path.unlink(missing_ok=True)
        words = [word for one in stand_ins for word in ("--stand-in", one)]
        self.abroad.own(
            "resolve", self.release, path.name, *words, "--reason", "alert 4711"
        )
        return path

    def resolve(self, question: Path, code: int = 0) -> str:
        """Let Amelie ask the keeper for it; return what is printed."""
        return self.office.typed(
            *("share", "resolve", str(question)),
            *self.office.signing("amelie"),
            code=code,
        )

    def told(self, question: Path, case: str) -> dict[str, str | None]:
        """Take the answer of an approved case to the recipient, which opens it."""
        reply = self.abroad.place / f"{case}.answer"
        self.office.typed("share", "meaning", case, "--out", str(reply))
        out = f"{case}.json"
        self.abroad.own(
            *("meaning", self.release, out),
            *("--question", str(question), "--answer", str(reply)),
        )
        found: dict[str, str | None] = json.loads((self.abroad.place / out).read_text())
        return found


def reason_of(office: Office) -> str:
    """Return for what reason the ledger says that something was refused last."""
    bodies = [one.body or {} for one in office.site.acts()]
    return [str(body["denied"]) for body in bodies if "denied" in body][-1]


def test_a_recipient_is_told_what_was_released_to_it(
    office: Office, abroad: Abroad
) -> None:
    """Raw where the policy keeps it, else our stand-in; a machine is its id."""
    watch = Watch(office, abroad)
    device = watch.column("device")[0]
    users = watch.column("user.id")
    question = watch.ask(device, *users)
    assert "told what 3 stand-ins mean" in watch.resolve(question)
    case = office.newest_case("resolve")
    shown = office.typed("case", "show", case)
    assert re.search("why +alert 4711\n", shown)
    assert re.search(f"stand-in 01 +{device}\n", shown)
    office.approve(case, "bo")
    told = watch.told(question, case)
    enrolled = office.site.store.devices(office.site.tenant)[0].device.hex()
    assert told[device] == enrolled
    assert {told[user] for user in users} == {"ann", "user_7f3k9q2m"}


def test_nothing_else_is_told(office: Office, abroad: Abroad) -> None:
    """Of a row outside the grant, of another grant, or made up: no meaning."""
    first, second = Watch(office, abroad), Watch(office, abroad)
    (other, *_) = first.column("user.id")
    made_up = "user_0000000000"
    question = second.ask(other, made_up, "canary")
    second.resolve(question)
    case = office.newest_case("resolve")
    office.approve(case, "bo")
    assert second.told(question, case) == {other: None, made_up: None, "canary": None}


def test_no_meaning_and_no_stand_in_is_in_ledger_or_register(
    office: Office, abroad: Abroad
) -> None:
    """Names and counts, and digests: what was told is nowhere but sealed."""
    watch = Watch(office, abroad)
    user = watch.column("user.id")[0]
    question = watch.ask(user)
    watch.resolve(question)
    case = office.newest_case("resolve")
    office.approve(case, "bo")
    watch.told(question, case)
    bodies = [
        (one.act, one.body or {})
        for one in office.site.acts()
        if (one.body or {}).get("case") == bytes.fromhex(case)
    ]
    assert [act for act, _ in bodies] == [
        *("resolution-asked", "case-asked", "case-decided"),
        *("resolution-opened", "resolution-made", "resolution-fetched"),
    ]
    made_line = dict(bodies)["resolution-made"]
    assert (made_line["count"], made_line["rows"]) == (1, 1)
    layout = office.site.layout
    files = [path for path in layout.directory.rglob("*") if path.is_file()]
    octets = [path.read_bytes() for path in files]
    assert not [one for one in octets if user.encode() in one]


def test_who_asked_cannot_approve(office: Office, abroad: Abroad) -> None:
    """Not even with the role; and what is not approved has no answer."""
    watch = Watch(office, abroad)
    watch.resolve(watch.ask(watch.column("user.id")[0]))
    case = office.newest_case("resolve")
    office.approve(case, "amelie", code=6)
    out = str(abroad.place / "none")
    office.typed("share", "meaning", case, "--out", out, code=2)
    office.approve(case, "bo")


def test_a_revoked_grant_tells_nothing(office: Office, abroad: Abroad) -> None:
    """Not asked, not approved, and not handed out though it was found."""
    watch = Watch(office, abroad)
    user = watch.column("user.id")[0]
    waiting, answered = watch.ask(user), watch.ask(user, "user_0000000000")
    watch.resolve(answered)
    done = office.newest_case("resolve")
    office.approve(done, "bo")
    watch.resolve(waiting)
    case = office.newest_case("resolve")
    late = watch.ask(user, "device_0000000000", "user_0000000000")
    office.typed("share", "revoke", watch.grant)
    watch.resolve(late, code=6)
    assert reason_of(office) == "grant-revoked"
    office.approve(case, "bo", code=6)
    assert reason_of(office) == "grant-revoked"
    out = str(abroad.place / "late")
    office.typed("share", "meaning", done, "--out", out, code=6)
    office.typed("case", "decide", case, "--refuse", *office.signing("bo"))


def test_what_nobody_fetched_or_was_deleted_is_not_asked_about(
    office: Office, abroad: Abroad
) -> None:
    """Who has no file has no stand-in; who deleted it needs no meaning."""
    unopened = Watch(office, abroad, fetched=False)
    unopened.resolve(unopened.ask("user_0000000000"), code=6)
    assert reason_of(office) == "not-fetched"
    watch = Watch(office, abroad)
    question = watch.ask(watch.column("user.id")[0])
    abroad.own("attest", watch.release, f"attest-{watch.grant}")
    word = abroad.place / f"attest-{watch.grant}"
    office.typed("share", "receipt", str(word))
    watch.resolve(question, code=6)
    assert reason_of(office) == "deleted"


def test_another_key_asks_for_nothing(office: Office, abroad: Abroad) -> None:
    """Signed by a key that is not the recipient's, or no question at all."""
    watch = Watch(office, abroad)
    now, release = office.site.now, bytes.fromhex(watch.release.name)
    abroad.run("key", f"other-{watch.grant}", "--name", "Other")
    other = own_keys.read(abroad.place / f"other-{watch.grant}", None)
    mine = own_keys.read(abroad.place / "own", None)
    whole = Resolve(release, "soc", now, bytes(16), ("user_0000000000",), "because")
    path = abroad.place / f"forged-{watch.grant}"
    for question, key, code in (
        (whole, other, 6),
        (replace(whole, recipient="late"), mine, 6),
        (replace(whole, time=now + 7_200), mine, 6),
        (replace(whole, release=bytes(16)), mine, 2),
    ):
        path.write_bytes(sign_resolve(question, key.signing))
        watch.resolve(path, code=code)
    path.write_bytes(b"\x00")
    watch.resolve(path, code=2)


def test_a_hostile_question_drives_no_terminal(office: Office, abroad: Abroad) -> None:
    """Who decides sees what is asked; nothing in it moves a cursor or turns text."""
    watch = Watch(office, abroad)
    mine = own_keys.read(abroad.place / "own", None)
    release, now = bytes.fromhex(watch.release.name), office.site.now
    hostile = ("user_0\x1b[2J", "user_1\u202e")
    question = Resolve(release, "soc", now, bytes(16), hostile, "\x1b[8mhidden\r")
    path = abroad.place / "hostile"
    path.write_bytes(sign_resolve(question, mine.signing))
    printed = watch.resolve(path)
    case = office.newest_case("resolve")
    shown = printed + office.typed("case", "show", case)
    assert not {"\x1b", "\u202e", "\r"} & set(shown)
    assert "?[8mhidden?" in shown
    office.typed("case", "decide", case, "--refuse", *office.signing("bo"))


def test_a_question_is_answered_once(office: Office, abroad: Abroad) -> None:
    """The same file again is refused; its answer can be had again."""
    watch = Watch(office, abroad)
    question = watch.ask(watch.column("user.id")[0])
    watch.resolve(question)
    case = office.newest_case("resolve")
    office.approve(case, "bo")
    first = watch.told(question, case)
    watch.resolve(question, code=6)
    assert reason_of(office) == "answered"
    again = str(abroad.place / "again")
    office.typed("share", "meaning", case, "--out", again)
    assert list(first.values()) in (["ann"], ["user_7f3k9q2m"])


def test_the_meanings_of_a_grant_are_bounded(office: Office, abroad: Abroad) -> None:
    """As many as the bound were told: not one more is asked for."""
    watch = Watch(office, abroad)
    question = watch.ask(watch.column("user.id")[0])
    register = Register(office.site.layout.register)
    with register.transaction() as connection:
        held = recipients.grant(connection, bytes.fromhex(watch.grant))
        assert held is not None
        before = Resolution(
            *(b"b" * 16, bytes.fromhex(watch.release.name), held.digest),
            *(b"q" * 32, RESOLVED_OF_A_GRANT, None),
        )
        resolutions.add(connection, before)
    register.close()
    watch.resolve(question, code=6)
    assert reason_of(office) == "too-many-resolved"


def test_an_answer_is_of_its_question(office: Office, abroad: Abroad) -> None:
    """Another question, another release, or too many stand-ins: a sentence."""
    watch = Watch(office, abroad)
    users = watch.column("user.id")
    question, other = watch.ask(users[0]), watch.ask(*users)
    watch.resolve(question)
    case = office.newest_case("resolve")
    office.approve(case, "bo")
    reply = abroad.place / f"{case}.answer"
    office.typed("share", "meaning", case, "--out", str(reply))
    given = ("--root", abroad.digest, "--key", "own", "--answer", str(reply))
    told = abroad.refused(
        *("meaning", str(watch.release), *given, "--out", "x"),
        *("--question", str(other)),
    )
    assert "the answer to another question" in told
    many = [word for at in range(17) for word in ("--stand-in", f"user_{at:010}")]
    told = abroad.refused(
        *("resolve", str(watch.release), *given[:4], "--out", "x"),
        *(*many, "--reason", "x"),
    )
    assert "ask about 1 to 16 stand-ins" in told
