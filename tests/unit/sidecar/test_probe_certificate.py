# SPDX-License-Identifier: Apache-2.0
"""What a service of TLS shows, and what this machine thinks of it.

Rules: a real server and a real handshake on this machine alone.
Not here: the probe's process (`tests/e2e/test_probes.py`).
"""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tls_fixture import Listening, Reply, tls_server

from agent.host.interface import ProbeVerb
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.certificate import answer, describe
from wire.crypto.certificates import make_authority, make_server

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture(params=[0, -5_000])
def server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Listening, Path, bool]]:
    """Run a server whose certificate is for localhost; return its authority, too."""
    now = int(time.time()) + request.param * DAY
    authority = make_authority("Example CA", now)
    credential = make_server(authority, ["localhost"], now)
    pem = tmp_path / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(authority.certificate))
    with tls_server(tmp_path, credential, lambda *_: Reply(b"")) as found:
        yield found, pem, request.param < 0


def asked(port: int, host: str = "localhost") -> dict[str, str]:
    """Ask the server over IPv4; return its row."""
    probe = Probe(ProbeVerb.CERTIFICATE, host, "ipv4", port=port)
    (row,) = answer(probe).rows
    return row


def test_what_nobody_vouches_for_is_shown(
    server: tuple[Listening, Path, bool],
) -> None:
    """A strange authority is named as the reason, and the certificate shown."""
    row = asked(server[0].port)
    assert row["outcome"] in {"unknown-issuer", "self-signed", "expired"}
    assert (row["subject"], row["issuer"]) == ("localhost", "Example CA")
    assert row["tls.protocol.version"] == "TLSv1.3"


def test_the_machines_own_authorities_decide(
    server: tuple[Listening, Path, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its authority among the machine's it is trusted, unless it has ended."""
    listening, pem, ended = server
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert asked(listening.port)["outcome"] == ("expired" if ended else "trusted")


def test_another_name_is_told(
    server: tuple[Listening, Path, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate for another name than was asked for is not trusted."""
    listening, pem, _ = server
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    row = asked(listening.port, "127.0.0.1")
    assert row["outcome"] == "wrong-name"
    assert row["subject"] == "localhost"


def test_no_certificate_tells_nothing() -> None:
    """Octets that are no certificate have nothing to show."""
    assert describe(b"\x30\x03\x02\x01\x01") == {}
