# SPDX-License-Identifier: Apache-2.0
"""Rows pushed to a recipient's channel, as rsyslog or a receiver of OTLP gets them.

Rules: keeper and `discreet-open` are processes, and rows go over a socket with TLS; the
rsyslog is the real one; the receiver of OTLP is an HTTPS server of these tests, which
takes and answers what `opentelemetry-proto`, OpenTelemetry's own package, makes of it.
Not here: real receivers of OTLP (`test_otlp_receiver.py`, `test_otel_collector.py`), a
keeper that dies (`test_push_killed.py`), hostile texts in a line
(`test_syslog.py`), what may leave (`tests/model/sharing`).
"""

import json
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from push_room import Room, pushing, receiving, rooms
from reader_fixture import table
from rsyslog_fixture import MISSING, rsyslog
from sharing_office import asked, granted
from tls_fixture import authority, plain_server, server_context, server_credential

from server.keeper.bounds import PUSH_ROWS
from wire.purposes import Purpose

pytestmark = pytest.mark.slow


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


def test_a_real_receiver_gets_what_was_granted(place: Path) -> None:
    """Rows and columns of the grant, under stand-ins that name it; a signed head."""
    if MISSING:
        pytest.skip("needs rsyslog and rsyslog-openssl")
    (place / "rsyslog").mkdir()
    with rooms(place) as room, rsyslog(place / "rsyslog") as siem:
        channel = f'kind = "syslog"\nhost = "127.0.0.1"\nport = {siem.port}'
        room.register(siem.authority, channel)
        grant = pushing(room, format="syslog")
        shown = room.office.typed("case", "show", grant)
        assert re.search("delivery +push\n", shown)
        assert re.search(f"channel +syslog to 127.0.0.1 port {siem.port}\n", shown)
        told = room.push(grant)
        assert told.startswith("2 rows were pushed; what left is signed in ")
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


def test_metrics_go_the_whole_way(place: Path) -> None:
    """From the command over keeper and socket, each number arrives as it was read."""
    purpose = Purpose.PROVISION
    rows = [
        {"load1": 0.5, "system.memory.usage": 1 << 33, "system.cpu.time.user": 7.25},
        {"load1": 1.5, "system.memory.usage": 1 << 34, "system.cpu.time.user": 8.5},
    ]
    with (
        rooms(place, purpose=purpose) as room,
        receiving(place, room.receiver) as (where, pem),
    ):
        channel = f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}'
        room.register(pem, channel, purpose.value)
        site = room.office.site
        assert site is not None
        part = table("host_metrics", rows, purpose)
        site.say(room.speaker, [part], purpose)
        grant = pushing(
            room,
            tuple(f"host_metrics.{name}" for name in ("device", *rows[0])),
            format="otlp-metrics",
            purpose=purpose.value,
            where="",
        )
        assert room.push(grant).startswith("2 rows were pushed")
        assert room.push(grant) == "Nothing new is there to push.\n"
        taken = room.receiver
        assert taken.points == {
            "discreet.host_metrics.load1": [0.5, 1.5],
            "system.memory.usage": [1 << 33, 1 << 34],
            "system.cpu.time": [7.25, 8.5],
        }
        assert taken.users == []
        assert taken.acts == [1]
        assert room.speaker.device.hex() not in taken.devices


def test_nothing_goes_twice(room: Room) -> None:
    """What the receiver took is not sent again; what is new is."""
    grant = pushing(room)
    room.push(grant)
    assert len(room.receiver.users) == 2
    assert room.push(grant) == "Nothing new is there to push.\n"
    room.say("dee")
    assert room.push(grant).startswith("1 row was pushed")
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


def test_a_break_of_syslog_loses_nothing(place: Path) -> None:
    """A receiver that goes away amid the lines gets them all when it is back."""
    ca = authority()
    credential, pem = server_credential(ca), place / "ca.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    lines: list[bytes] = []
    breaks = [True]

    def speak(connection: socket.socket) -> None:
        with server_context(place, credential).wrap_socket(
            connection, server_side=True
        ) as secured:
            if breaks:
                breaks.pop()
                secured.recv(64)
                return  # what it did not read is thrown away, and we hear of it
            while piece := secured.recv(65_536):
                lines.append(piece)

    with rooms(place) as room, plain_server(speak) as port:
        room.say(*(f"{'x' * 200}{number}" for number in range(PUSH_ROWS - 10)))
        room.register(pem, f'kind = "syslog"\nhost = "127.0.0.1"\nport = {port}')
        grant = pushing(room, format="syslog", bytes="10000000")
        room.push(grant, code=5)
        room.push(grant)
        users = re.findall(rb'"user.id":"([^"]+)"', b"".join(lines))
        assert len(users) == len(set(users)) == PUSH_ROWS - 10 + 2
        assert room.push(grant) == "Nothing new is there to push.\n"


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
    (head,) = room.office.site.layout.releases.glob("*/head")
    room.abroad.own("attest", head.parent, "word")
    word = str(room.abroad.place / "word")
    told = room.office.typed("share", "receipt", word)
    assert told == "The recipient says: deleted.\n"


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
