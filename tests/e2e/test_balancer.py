# SPDX-License-Identifier: Apache-2.0
"""Gates behind a real HAProxy, with the settings that the page gives.

Rules: the page's own text, with this test's addresses in it.
Not here: gates without one (`test_gates.py`).
"""

import http.client
import re
import shutil
import signal
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import postgres_fixture
import pytest
from collector_process import free_port
from gates_room import Gates, gates, until
from installation_fixture import CBOR, Reply, pinned
from stranger_fixture import enrolled, payload

from wire import messages
from wire.messages import Fate
from wire.signed import SignedKind

HAPROXY = shutil.which("haproxy")
PAGE = Path(__file__).parents[2] / "docs/howto/run-several-gates.md"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
    pytest.mark.skipif(HAPROXY is None, reason="install haproxy"),
]


def settings(fleet: Gates, port: int, authority: Path) -> str:
    """Return the page's settings for these gates."""
    (text,) = re.findall(r"```\n(defaults\n.*?)```", PAGE.read_text(), re.DOTALL)
    text = text.replace("bind :8443", f"bind 127.0.0.1:{port}")
    text = text.replace("/etc/haproxy/discreet-ca.pem", str(authority))
    for number, gate in enumerate(fleet.every, 1):
        place = rf"gate{number} 192\.0\.2\.1{number}:8443"
        text, found = re.subn(place, f"gate{number} 127.0.0.1:{gate.port}", text)
        assert found == 1
    return text


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[Gates, int]]:
    """Run two gates and a balancer; give its port."""
    with gates(tmp_path, 2, drain="5s") as fleet:
        authority = tmp_path / "ca.pem"
        certificate = fleet.made.authority.certificate
        authority.write_text(ssl.DER_cert_to_PEM_cert(certificate))
        port = free_port()
        file = tmp_path / "haproxy.cfg"
        file.write_text(settings(fleet, port, authority))
        with subprocess.Popen([HAPROXY or "", "-db", "-f", file]) as balancer:
            yield fleet, port
            balancer.terminate()


def ask(fleet: Gates, port: int, path: str, body: bytes | None = None) -> Reply | None:
    """Ask whichever gate the balancer chooses; none where it passes nothing on."""
    context = pinned(fleet.made.authority)
    line = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    try:
        with suppress(OSError, http.client.HTTPException):
            line.request("POST" if body else "GET", path, body, {"Content-Type": CBOR})
            answer = line.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        return None
    finally:
        line.close()


def test_a_balancer_shares_devices_out(behind: tuple[Gates, int]) -> None:
    """Its checks and its header are understood, and while a gate leaves all goes on."""
    fleet, port = behind
    until("no gate is up", lambda: ask(fleet, port, "/v1/ready") is not None)
    device, sent = enrolled(fleet.made), []
    leaving = fleet.every[0]
    for turn in range(12):
        if turn == 4:
            assert leaving.process is not None
            leaving.process.send_signal(signal.SIGTERM)
        sent.append(device.gap())
        reply = ask(fleet, port, "/v1/shipments", device.ship(sent[-1:]))
        assert reply is not None
        found = payload(fleet.made, reply, SignedKind.RECEIPT)
        (result,) = messages.RECEIPT.decode(found).results
        assert result.fate is Fate.STORED
    assert leaving.process is not None
    assert leaving.process.wait(60) == 0
    stored = fleet.store.envelopes(fleet.made.tenant)
    assert [one.octets for one in stored] == sent
    leaving.start()
