# SPDX-License-Identifier: Apache-2.0
"""A real NATS cluster of three servers, with JetStream, TLS and signed users.

Rules: it listens on this machine alone; servers are killed as a power cut would end
them, and started again; operator, accounts and users are made here, as `nsc` does.
Not here: what is put into it (`intake_room.py`).
"""

import base64
import binascii
import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from free_ports import free_port
from tls_fixture import authority, server_credential

from wire.crypto.signing import SigningKey

MISSING = shutil.which("nats-server") is None or find_spec("nats") is None
"""For `skipif`: install nats-server, and the extra `intake`."""
PATIENCE_SECONDS = 60.0
_OPERATOR, _ACCOUNT, _USER, _SEED = 14 << 3, 0, 20 << 3, 18 << 3
_UNBOUNDED = ("subs", "data", "payload")
_LIMITS = ("imports", "exports", "conn", "leaf", "mem_storage", "disk_storage")
PAYLOAD_BYTES = 8 * 1024 * 1024
_SETTINGS = """
server_name: node{number}
listen: "127.0.0.1:{port}"
max_payload: {payload}
operator: {operator}
system_account: {system}
resolver: MEMORY
resolver_preload: {{ {accounts} }}
jetstream {{ store_dir: "{folder}/node{number}", max_file_store: 512M }}
cluster {{ name: fleet, listen: "127.0.0.1:{route}", routes: [{routes}] }}
{more}
"""
_TLS = 'tls {{ cert_file: "{folder}/server.pem", key_file: "{folder}/server.key" }}'


def _name(kind: int, public: bytes) -> str:
    octets = bytes([kind]) + public
    return _base32(octets)


def _seed(kind: int, seed: bytes) -> str:
    return _base32(bytes([_SEED | kind >> 5, (kind & 31) << 3]) + seed)


def _base32(octets: bytes) -> str:
    check = binascii.crc_hqx(octets, 0).to_bytes(2, "little")
    return base64.b32encode(octets + check).decode().rstrip("=")


def _token(
    kind: int, key: SigningKey, signer: tuple[int, SigningKey], **nats: object
) -> str:
    claims = {
        "jti": "TEST",
        "iat": 1,
        "iss": _name(signer[0], signer[1].public),
        "sub": _name(kind, key.public),
        "name": "test",
        "nats": {"version": 2, **nats},
    }
    head = {"typ": "JWT", "alg": "ed25519-nkey"}
    text = ".".join(_plain(json.dumps(one).encode()) for one in (head, claims))
    return f"{text}.{_plain(signer[1].sign(text.encode()))}"


def _plain(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _account(key: SigningKey, operator: SigningKey, *, stores: bool) -> str:
    limits: dict[str, object] = dict.fromkeys((*_UNBOUNDED, *_LIMITS), -1)
    if not stores:
        limits |= {"mem_storage": 0, "disk_storage": 0}
    limits |= {"wildcards": True, "streams": -1, "consumer": -1}
    signer = _OPERATOR, operator
    return _token(_ACCOUNT, key, signer, type="account", limits=limits)


def credentials(account: SigningKey) -> str:
    """Return the text of a credentials file of a new user of an account."""
    user = SigningKey.generate()
    free: dict[str, object] = dict.fromkeys(_UNBOUNDED, -1)
    free |= {"pub": {}, "sub": {}}
    token = _token(_USER, user, (_ACCOUNT, account), type="user", **free)
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        "-----BEGIN USER NKEY SEED-----\n"
        f"{_seed(_USER, user.seed())}\n------END USER NKEY SEED------\n"
    )


@dataclass
class Cluster:
    """Three servers and their files.

    Attributes:
        folder: of their disks, certificate and a user's credentials.
        ports: of their clients.
    """

    folder: Path
    ports: list[int]
    settings: Mapping[str, str]
    routes: list[int]
    account: SigningKey = field(default_factory=SigningKey.generate)
    running: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def servers(self) -> list[str]:
        """Return the addresses that a client is told."""
        return [f"tls://localhost:{port}" for port in self.ports]

    @property
    def credentials(self) -> Path:
        """Return the file of a user that may use JetStream."""
        return self.folder / "gate.creds"

    @property
    def signer(self) -> Path:
        """Return the file of who signed their certificate."""
        return self.folder / "authority.pem"

    def start(self, *numbers: int) -> None:
        """Start some, or all."""
        for number in numbers or range(len(self.ports)):
            log = (self.folder / f"log{number}").open("ab")
            command = ["nats-server", "-c", str(self.folder / f"node{number}.conf")]
            with log:
                self.running[number] = subprocess.Popen(
                    command, stdout=log, stderr=subprocess.STDOUT
                )
        for number in numbers or range(len(self.ports)):
            _until_heard(self.ports[number])

    def kill(self, *numbers: int) -> None:
        """Kill some, or all, at once."""
        every = numbers or tuple(self.running)
        for number in every:
            self.running[number].send_signal(signal.SIGKILL)
        for number in every:
            self.running.pop(number).wait(PATIENCE_SECONDS)

    def lose_disks(self) -> None:
        """Forget all that the servers, which do not run, ever wrote."""
        for number in range(len(self.ports)):
            shutil.rmtree(self.folder / f"node{number}")

    def configure(self, **other: str) -> None:
        """Write the servers' settings."""
        for number, port in enumerate(self.ports):
            text = _SETTINGS.format(
                number=number,
                port=port,
                route=self.routes[number],
                routes=", ".join(f"nats://127.0.0.1:{one}" for one in self.routes),
                **{**self.settings, **other},
            )
            (self.folder / f"node{number}.conf").write_text(text)


def _until_heard(port: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            assert time.monotonic() < end, "a server does not listen"
            time.sleep(0.05)
        else:
            return


@contextmanager
def cluster(count: int = 3) -> Iterator[Cluster]:
    """Run a cluster, which ends with the test."""
    folder = Path(tempfile.mkdtemp(prefix="nats"))
    operator, system = SigningKey.generate(), SigningKey.generate()
    account = SigningKey.generate()
    accounts = [
        f"{_name(_ACCOUNT, one.public)}: {_account(one, operator, stores=stores)}"
        for one, stores in ((system, False), (account, True))
    ]
    signer = _OPERATOR, operator
    settings = {
        "folder": str(folder),
        "payload": str(PAYLOAD_BYTES),
        "operator": _token(_OPERATOR, operator, signer, type="operator"),
        "system": _name(_ACCOUNT, system.public),
        "accounts": ", ".join(accounts),
        "more": _TLS.format(folder=folder),
    }
    ports = [free_port() for _ in range(2 * count)]
    made = Cluster(folder, ports[:count], settings, ports[count:], account)
    issuer = authority()
    leaf = server_credential(issuer)
    for name, one in (("authority", issuer), ("server", leaf)):
        text = ssl.DER_cert_to_PEM_cert(one.certificate)
        (folder / f"{name}.pem").write_text(text)
    (folder / "server.key").write_bytes(leaf.key)
    made.credentials.write_text(credentials(account))
    made.configure()
    made.start()
    try:
        yield made
    finally:
        if made.running:
            made.kill()
        shutil.rmtree(folder, ignore_errors=True)
