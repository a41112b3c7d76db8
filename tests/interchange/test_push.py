# SPDX-License-Identifier: Apache-2.0
"""Rows pushed to a recipient's channel, as a real rsyslog or OTLP receiver gets them.

Rules: keeper and `discreet-open` are processes; receivers are real and speak TLS; OTLP
is decoded by OpenTelemetry's package.
Not here: hostile texts in a line (`test_syslog.py`), what may leave
(`tests/model/sharing`).
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from installation_fixture import standard
from office_fixture import Office
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from reader_fixture import Speaker, table
from rsyslog_fixture import MISSING, rsyslog
from sharing_office import Abroad, asked, granted, sharing_office
from tls_fixture import Listening, Reply, authority, server_credential, tls_server

from server.keeper.bounds import PUSH_ROWS

pytestmark = pytest.mark.slow
PROTOBUF = "application/x-protobuf"
PRIVATE = 'private_hosts = ["127.0.0.1"]'
SAID = [
    {"message": "canary-message", "user.id": "ann", "severity_number": 17},
    {"message": "canary-message", "user.id": "bob", "severity_number": 17},
    {"message": "canary-message", "user.id": "cyd", "severity_number": 9},
]


@dataclass
class Receiver:
    """An OTLP receiver: what it was sent, and what it answers next.

    Attributes:
        statuses: of the next requests; 200 for all behind them.
        refuses: how many rows it says that it did not take.
        users: of the rows that it took, in order.
        acts: what the ledger had said of pushes when each request came.
    """

    office: Office | None = None
    statuses: list[int] = field(default_factory=list)
    refuses: int = 0
    users: list[str] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)
    acts: list[int] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> Reply:
        """Take a request, or answer as is wanted next."""
        assert path == "/v1/logs"
        self.requests.append(body)
        if self.office is not None:
            acts = [one.act for one in self.office.site.acts()]
            self.acts.append(acts.count("release-pushed"))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self._take(ExportLogsServiceRequest.FromString(body))
        partial = ExportLogsPartialSuccess(rejected_log_records=self.refuses)
        told = ExportLogsServiceResponse(partial_success=partial)
        return Reply(told.SerializeToString(), status, PROTOBUF)

    def _take(self, request: ExportLogsServiceRequest) -> None:
        for resource in request.resource_logs:
            named = {one.key: one.value for one in resource.resource.attributes}
            self.devices.add(named["host.id"].string_value)
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    values = {one.key: one.value for one in record.attributes}
                    self.users.append(values["user.id"].string_value)


@dataclass
class Room:
    """A collector, a recipient with a channel, and one device."""

    office: Office
    abroad: Abroad
    receiver: Receiver
    speaker: Speaker

    def push(self, grant: str, code: int = 0) -> str:
        """Push under a grant; return what is printed."""
        return self.office.typed("share", "push", grant, code=code)

    def say(self, *users: str, severity: int = 17) -> None:
        """Have the device say so many rows in one envelope."""
        rows = [{"user.id": one, "severity_number": severity} for one in users]
        self.office.site.say(self.speaker, [table("event_logs", rows)])

    def denied(self) -> str:
        """Return for what reason the ledger says that something was refused last."""
        bodies = [one.body or {} for one in self.office.site.acts()]
        return [str(body["denied"]) for body in bodies if "denied" in body][-1]

    def register(self, pem: Path, channel: str) -> None:
        """Register the recipient as people do, with a channel."""
        site, place = self.office.site, self.abroad.place
        told = self.abroad.fingerprint
        source = place / "soc.toml"
        source.write_text(
            'format = 1\nname = "soc"\nrole = "monitoring"\nagreement = "DPA 7"\n'
            f'agreement_until = "{self.office.day(300)}"\npurposes = ["support"]\n'
            'country = "DE"\ncontact = "soc@example.com"\nkeys = "own.public"\n'
            f'fingerprint = "{told}"\n[channel]\n{channel}\nauthority = "{pem}"\n'
        )
        assert site is not None
        self.office.typed("recipient", "add", str(source))


@contextmanager
def receiving(place: Path, receiver: Receiver) -> Iterator[tuple[Listening, Path]]:
    """Run an OTLP receiver; yields where it is, and who signs its certificate."""
    ca = authority()
    pem = place / "ca.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    with tls_server(place, server_credential(ca), receiver.answer) as listening:
        yield listening, pem


@contextmanager
def rooms(place: Path, settings: str = PRIVATE) -> Iterator[Room]:
    """Run a collector's keeper, with a device that has spoken."""
    for name in ("abroad", "o"):
        (place / name).mkdir()
    abroad, receiver = Abroad(place / "abroad"), Receiver()
    with sharing_office(place / "o", abroad, standard(), settings) as office:
        receiver.office = office
        speaker = office.site.enrol("Desk")
        office.site.say(speaker, [table("event_logs", SAID)])
        yield Room(office, abroad, receiver, speaker)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a short name: sockets lie below it."""
    return tmp_path_factory.mktemp("p")


@pytest.fixture
def room(place: Path) -> Iterator[Room]:
    """Give the recipient an OTLP receiver for its channel."""
    with rooms(place) as made, receiving(place, made.receiver) as (where, pem):
        channel = f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}'
        made.register(pem, channel)
        yield made


def pushing(room: Room, **changes: str) -> str:
    """Return a grant whose rows are pushed."""
    return granted(room.office, "--push", **{"format": "otlp-logs"} | changes)


def test_a_real_receiver_gets_what_was_granted(place: Path) -> None:
    """Rows and columns of the grant, under stand-ins that name it; a signed head."""
    if MISSING:
        pytest.skip("needs rsyslog and rsyslog-openssl")
    (place / "rsyslog").mkdir()
    with rooms(place) as room, rsyslog(place / "rsyslog") as siem:
        channel = f'kind = "syslog"\nhost = "127.0.0.1"\nport = {siem.port}'
        room.register(siem.authority, channel)
        grant = pushing(room, format="syslog")
        assert "delivery" in room.office.typed("case", "show", grant)
        told = room.push(grant)
        assert told.startswith("2 rows were pushed; what they are is signed in ")
        rows = [json.loads(one["message"]) for one in siem.seen(2)]
        assert [set(row) for row in rows] == [
            {"device", "user.id", "severity_number"}
        ] * 2
        text = (siem.folder / "seen").read_text()
        assert not [word for word in ("canary", "ann", "bob", "cyd") if word in text]
        traced = room.office.typed("share", "trace", str(siem.folder / "seen"))
        assert grant[:12] in traced
        head = Path(told.split(" signed in ")[1].strip().removesuffix(".")).parent
        said = room.abroad.run("verify", str(head), "--root", room.abroad.digest)
        assert "pushed to your channel as syslog" in said
        assert "2 rows of event_logs: device, severity_number, user.id" in said
        room.abroad.own("receive", head, "receipt")
        receipt = str(room.abroad.place / "receipt")
        told = room.office.typed("share", "receipt", receipt)
        assert told == "The recipient says: received.\n"


def test_nothing_goes_twice(room: Room) -> None:
    """What the receiver took is not sent again; what is new is."""
    grant = pushing(room)
    room.push(grant)
    assert len(room.receiver.users) == 2
    assert room.push(grant) == "Nothing new is there to push.\n"
    room.say("dee")
    assert room.push(grant).startswith("1 rows were pushed")
    assert len(room.receiver.users) == len(set(room.receiver.users)) == 3


def test_the_ledger_knows_before_anything_leaves(room: Room) -> None:
    """When the first octet arrives, the line that names it is written."""
    grant = pushing(room)
    room.push(grant)
    assert room.receiver.acts == [1]
    (body,) = [
        one.body or {} for one in room.office.site.acts() if one.act == "release-pushed"
    ]
    assert (body["rows"], body["recipient"]) == (2, "soc")
    assert body["case"] == bytes.fromhex(grant)
    about = ("incident", "look", "--device", room.speaker.device.hex(), "--json")
    touched = room.office.typed(*about)
    assert "soc" in touched
    assert str(bytes(body["release"]).hex()) in touched  # type: ignore[arg-type]  # bytes


def test_a_break_loses_nothing(room: Room) -> None:
    """What a receiver did not take is sent again, and only that batch."""
    room.say(*(f"early{number}" for number in range(PUSH_ROWS)))
    room.say(*(f"late{number}" for number in range(5)))
    grant = pushing(room, bytes="10000000")
    room.receiver.statuses = [200, 200, 400]
    room.push(grant, code=5)
    arrived = len(room.receiver.users)
    assert 0 < arrived < PUSH_ROWS + 7
    room.push(grant)
    assert len(room.receiver.users) == PUSH_ROWS + 7
    assert len(set(room.receiver.users)) == PUSH_ROWS + 7


def test_what_the_receiver_refuses_is_told(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    """OTLP says how many it did not take, and so do we."""
    room.receiver.refuses = 1
    assert room.push(pushing(room)).startswith("2 rows were pushed")
    assert "the receiver did not take 1 of them" in capfd.readouterr().err


def test_no_octet_beyond_the_grant(room: Room) -> None:
    """What would be more than its bytes does not leave, and is told as such."""
    grant = pushing(room, bytes="100")
    room.push(grant, code=10)
    assert room.receiver.requests == []
    acts = [one.act for one in room.office.site.acts()]
    assert "release-pushed" not in acts


def test_what_was_sent_counts(room: Room) -> None:
    """The list shows so many bytes as were posted, also of a batch that was refused."""
    grant = pushing(room)
    room.receiver.statuses = [400]
    room.push(grant, code=5)
    room.push(grant)
    told = json.loads(room.office.typed("share", "list", "--json"))
    (listed,) = [one for one in told["grants"] if one["grant"] == grant]
    assert listed["spent"] == sum(map(len, room.receiver.requests))
    assert listed["delivery"] == "push"


def test_a_revoked_grant_pushes_nothing(room: Room) -> None:
    """Not one row more, and the reason is in the ledger."""
    grant = pushing(room)
    room.push(grant)
    room.office.typed("share", "revoke", grant)
    room.say("dee")
    room.push(grant, code=6)
    assert room.denied() == "grant-revoked"
    assert len(room.receiver.users) == 2


def test_a_suspended_recipient_gets_nothing(room: Room) -> None:
    """Nor one whose entry is another than people approved."""
    grant = pushing(room)
    room.office.typed("recipient", "suspend", "soc")
    room.push(grant, code=6)
    assert room.denied() == "recipient-suspended"
    assert room.receiver.requests == []


def test_another_authority_gets_nothing(room: Room, place: Path) -> None:
    """Who cannot prove its name by the registered authority sees no row."""
    stranger = place / "stranger.pem"
    stranger.write_text(ssl.DER_cert_to_PEM_cert(authority().certificate))
    source = (room.abroad.place / "soc.toml").read_text()
    port = source.split("port = ")[1].split("\n")[0]
    room.register(stranger, f'kind = "otlp"\nhost = "127.0.0.1"\nport = {port}')
    room.push(pushing(room), code=4)
    assert room.receiver.requests == []


def test_no_private_address_without_a_word(place: Path) -> None:
    """What is in a private network is reached only where config.toml names it."""
    with rooms(place, "") as room, receiving(place, room.receiver) as (where, pem):
        room.register(pem, f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}')
        room.push(pushing(room), code=6)
        assert room.denied() == "private-address"
        assert room.receiver.requests == []


def test_delivery_is_as_it_was_approved(room: Room) -> None:
    """What is pushed is not released, nor the other way; channel and format fit."""
    grant, other = pushing(room), granted(room.office)
    room.office.typed("share", "make", grant, code=2)
    room.push(other, code=2)
    asked(room.office, "--push", format="syslog", code=2)
    asked(room.office, "--push", format="jsonl", code=2)
    asked(room.office, "--push", format="otlp-logs", recipient="unnamed", code=2)


def test_stand_ins_of_a_push_have_a_meaning_too(room: Room) -> None:
    """The head of a push is what a question names; people decide as ever."""
    grant = pushing(room)
    told = room.push(grant)
    head = Path(told.split(" signed in ")[1].strip().removesuffix(".")).parent
    (device,) = room.receiver.devices
    room.abroad.own(
        *("resolve", head, "question"),
        *("--stand-in", device, "--reason", "alert 4711"),
    )
    question = str(room.abroad.place / "question")
    signing = room.office.signing("amelie")
    room.office.typed("share", "resolve", question, *signing)
    case = room.office.newest_case("resolve")
    room.office.approve(case, "bo")
    reply = str(room.abroad.place / "answer")
    room.office.typed("share", "meaning", case, "--out", reply)
    given = ("--question", question, "--answer", reply)
    room.abroad.own("meaning", head, "meanings.json", *given)
    found = json.loads((room.abroad.place / "meanings.json").read_text())
    assert found == {device: room.speaker.device.hex()}
    told = room.abroad.refused(
        *("fetch", str(head), "--root", room.abroad.digest, "--key", "own"),
        *("--out", "x"),
    )
    assert "there is nothing to open" in told
