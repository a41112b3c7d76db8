# SPDX-License-Identifier: Apache-2.0
"""The webhook of tickets: whom it believes, and what it cannot do.

Rules: webhook and keeper are processes, sockets and TLS are real.
Not here: what a ticket allows (`test_tickets.py`).
"""

import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from keeper_fixture import Room, running_keeper

from server import configuration
from server.commands.serve import children
from server.hook.judging import Change, Judge, RefusedError
from server.hook.process import main
from server.key_files import write_new

pytestmark = pytest.mark.slow
SECRET = b"0123456789abcdef0123456789abcdef"
TENANT = bytes(range(16))
ROOT = Path(__file__).resolve().parents[3]
OPEN = {"ticket": "INC-1", "state": "open", "seconds": 3_600, "devices": []}

ATTACHED = {"ticket": "INC-1", "state": "attached", "device": "printer", "age": 60}
DETACHED = {"ticket": "INC-1", "state": "detached", "device": "printer"}
FORMS: list[tuple[dict[str, object], Change]] = [
    (OPEN, Change("INC-1", "open", 3_600, ())),
    ({"ticket": "INC-1", "state": "closed"}, Change("INC-1", "closed", 0, ())),
    (ATTACHED, Change("INC-1", "attached", 60, ("printer",))),
    (DETACHED, Change("INC-1", "detached", 0, ("printer",))),
]
WRONG: list[dict[str, object]] = [
    {**OPEN, "more": 1},
    {"ticket": "INC-1"},
    {**OPEN, "devices": [1]},
    {**OPEN, "seconds": True},
    {**ATTACHED, "age": -1},
    {**ATTACHED, "age": False},
    {**ATTACHED, "devices": ["printer"]},
    {"ticket": "INC-1", "state": "attached", "device": "printer"},
    {**DETACHED, "age": 60},
    {**DETACHED, "device": None},
]


def signature(body: bytes, moment: int, secret: bytes = SECRET) -> str:
    """Return what a ticket system puts into the header."""
    found = hmac.new(secret, b"%d." % moment + body, hashlib.sha256)
    return f"t={moment},v1={found.hexdigest()}"


@dataclass
class Hook:
    """A webhook that runs, and the installation behind it."""

    room: Room
    port: int
    context: ssl.SSLContext

    def say(self, more: dict[str, object] = OPEN, **other: object) -> tuple[int, str]:
        """Send a signed message about a ticket; returns status and word."""
        tenant = self.room.site.tenant.hex()
        body = json.dumps({"tenant": tenant, **more, **other}).encode()
        return self.send(body, signature(body, int(time.time())))

    def send(self, body: bytes, header: str, path: str = "/ticket") -> tuple[int, str]:
        """Send octets as they are; returns status and word."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=30, context=self.context
        )
        try:
            connection.request("POST", path, body, {"Discreet-Signature": header})
            answer = connection.getresponse()
            return answer.status, str(json.loads(answer.read())["status"])
        finally:
            connection.close()

    def acts(self) -> list[tuple[str, object]]:
        """Return what the ledger has of tickets, and by which way it came."""
        return [
            (one.act, (one.body or {}).get("source"))
            for one in self.room.site.acts()
            if one.act.startswith("ticket")
        ]


@contextmanager
def running(room: Room, secret: Path) -> Iterator[int]:
    """Run the webhook as a process; it must end orderly."""
    layout = room.site.layout
    command = (sys.executable, "-I", "-m", "server.hook", "--host", "127.0.0.1")
    files = ("--gate", str(layout.gate), "--keeper", str(layout.keeper_socket))
    whose = ("--tenant", room.site.tenant.hex(), "--port", "0")
    with subprocess.Popen(
        (*command, *files, *whose, "--secret", str(secret)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("hook listening on "), "the webhook did not start"
        try:
            yield int(line.rpartition(":")[2])
        finally:
            process.terminate()
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hook]:
    """Run a keeper and its webhook."""
    folder = tmp_path_factory.mktemp("hook")
    room = Room(folder)
    secret = folder / "secret"
    write_new(secret, SECRET + b"\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(
        cadata=(room.site.layout.gate / "authority.der").read_bytes()
    )
    with running_keeper(room.site), running(room, secret) as port:
        yield Hook(room, port, context)
    room.close()


def test_a_ticket_is_opened_and_closed(hook: Hook) -> None:
    """What the ticket system signs is done by the keeper, and in the ledger as its."""
    assert hook.say(ticket="INC-7") == (200, "done")
    assert hook.say({"ticket": "INC-7", "state": "closed"}) == (200, "done")
    assert hook.acts()[:2] == [
        ("ticket-opened", "webhook"),
        ("ticket-closed", "webhook"),
    ]


def test_a_device_is_attached_and_detached(hook: Hook) -> None:
    """A device that turns out to be concerned comes to the ticket, and goes again."""
    one, other = "Desk", "Shed"
    ticket = {"ticket": "INC-20"}
    attached = {**ticket, "state": "attached", "device": other, "age": 0}
    detached = {**ticket, "state": "detached", "device": other}
    before = len(hook.acts())
    assert hook.say(OPEN, **ticket, devices=[one]) == (200, "done")
    assert hook.say(attached) == (200, "done")
    assert hook.say(detached) == (200, "done")
    assert hook.say({**detached, "device": one}) == (409, "not-possible")
    assert hook.acts()[before:] == [
        ("ticket-opened", "webhook"),
        ("ticket-attached", "webhook"),
        ("ticket-detached", "webhook"),
    ]


def test_what_is_not_possible_is_told(hook: Hook) -> None:
    """A ticket that is not open cannot be closed: the sender learns that it failed."""
    closed = {"ticket": "INC-9", "state": "closed"}
    assert hook.say(closed) == (409, "not-possible")


def test_forged_messages_are_refused(hook: Hook) -> None:
    """Another secret, an altered body and an absent signature open nothing."""
    before, now = hook.acts(), int(time.time())
    tenant = hook.room.site.tenant.hex()
    body = json.dumps({"tenant": tenant, **OPEN}).encode()
    wrong = signature(body, now, secrets.token_bytes(32))
    altered = signature(body.replace(b"INC-1", b"INC-2"), now)
    later = signature(body, now).replace(f"t={now}", f"t={now + 1}")
    refused = [hook.send(body, header) for header in (wrong, altered, later, "")]
    assert refused == [(401, "forged")] * 4
    assert [one for one in hook.acts() if one[0] == "ticket-opened"] == [
        one for one in before if one[0] == "ticket-opened"
    ]


def test_a_replayed_message_is_refused(hook: Hook) -> None:
    """The same octets count once."""
    tenant = hook.room.site.tenant.hex()
    body = json.dumps({"tenant": tenant, **OPEN, "ticket": "INC-3"}).encode()
    header = signature(body, int(time.time()))
    found = [hook.send(body, header) for _ in range(2)]
    assert found == [(200, "done"), (409, "replayed")]


def test_another_tenant_is_refused(hook: Hook) -> None:
    """A message for another tenant is not ours, even with our secret."""
    assert hook.say(tenant="00" * 16) == (403, "other-tenant")


def test_a_large_message_is_refused_unread(hook: Hook) -> None:
    """What is larger than 8 KiB is refused by its length."""
    body = b" " * 8_193
    assert hook.send(body, signature(body, int(time.time()))) == (413, "oversized")


def test_another_path_is_refused(hook: Hook) -> None:
    """There is one path."""
    assert hook.send(b"{}", "", "/tickets") == (404, "unknown-path")


def test_a_plain_connection_gets_nothing(hook: Hook) -> None:
    """Without TLS there is no answer."""
    with socket.create_connection(("127.0.0.1", hook.port), 30) as connection:
        connection.sendall(b"POST /ticket HTTP/1.1\r\n\r\n")
        found = b""
        with suppress(ConnectionResetError):
            found = connection.recv(1_000)
        assert b"HTTP" not in found


def test_what_was_refused_is_one_line_an_hour(hook: Hook) -> None:
    """However much strangers send, the ledger has one line of it an hour."""
    for _ in range(5):
        hook.send(b"{}", "")
    lines = [one for one in hook.acts() if one[0] == "ticket-refused"]
    while not lines:
        lines = [one for one in hook.acts() if one[0] == "ticket-refused"]
    assert lines == [("ticket-refused", "webhook")]


@pytest.mark.parametrize(
    ("moment", "reason"),
    [(699, "out-of-time"), (1_301, "out-of-time"), (899, "out-of-time")],
)
def test_a_message_counts_in_its_time(moment: int, reason: str) -> None:
    """Five minutes off is too much, and so is a time before this process began."""
    judge = Judge(SECRET, TENANT, started=900)
    with pytest.raises(RefusedError) as caught:
        judge.judge(signature(b"{}", moment), b"{}", 1_000)
    assert caught.value.reason == reason


def test_a_message_says_all_and_nothing_more() -> None:
    """A word that is not known is refused, and so is one that is missing."""
    judge = Judge(SECRET, TENANT, started=0)

    def judged(**words: object) -> Change:
        body = json.dumps({"tenant": TENANT.hex(), **words}).encode()
        return judge.judge(signature(body, 100), body, 100)

    for words, change in FORMS:
        assert judged(**words) == change
        assert valid({"tenant": TENANT.hex(), **words})
    for wrong in WRONG:
        assert not valid({"tenant": TENANT.hex(), **wrong})
        with pytest.raises(RefusedError, match="malformed"):
            judged(**wrong)


def valid(words: dict[str, object]) -> bool:
    """Tell whether the published schema takes a message."""
    schema = json.loads((ROOT / "docs" / "spec" / "ticket.schema.json").read_text())
    return Draft202012Validator(schema).is_valid(words)


def test_serve_starts_it_only_where_it_is_named(hook: Hook) -> None:
    """Without `[tickets]` no port is opened."""
    layout = hook.room.site.layout
    settings = configuration.read(layout)
    before = [one.name for one in children(layout, settings)]
    path, text = layout.configuration, layout.configuration.read_text()
    path.write_text(text + '\n[tickets]\nport = 8444\nsecret_file = "/etc/secret"\n')
    after = children(layout, configuration.read(layout))
    path.write_text(text)
    assert before == ["reader", "keeper"]
    assert [one.name for one in after] == ["reader", "keeper", "hook"]
    assert after[2].command[-2:] == ("--port", "8444")


def test_a_short_secret_is_refused(hook: Hook, tmp_path: Path) -> None:
    """A secret that can be guessed does not start the webhook."""
    short = tmp_path / "short"
    write_new(short, b"secret")
    layout = hook.room.site.layout
    arguments = ["--gate", str(layout.gate), "--keeper", str(layout.keeper_socket)]
    arguments += ["--tenant", "00" * 16, "--host", "127.0.0.1", "--port", "0"]
    assert main([*arguments, "--secret", str(short)]) == 2
