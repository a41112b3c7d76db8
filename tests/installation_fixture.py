# SPDX-License-Identifier: Apache-2.0
"""A collector's installation made from wire primitives, and its gate as a process.

Rules: everything is real: keys, policy, certificates, sockets.
Not here: what installs for people (`server/install.py`), devices that talk to it
(`stranger_fixture.py`, `device_fixture.py`).
"""

import http.client
import json
import secrets
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import policies
from server.gate.process import READY
from server.key_files import make_directory, write_hexadecimal, write_new
from server.layout import Layout
from server.store.sqlite import SqliteStore, create_store
from wire import signed
from wire.crypto.certificates import (
    Credential,
    authority_digest,
    make_authority,
    make_server,
)
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.keys import KEY_STATEMENT, KeyStatement, PurposeKey, epoch_at
from wire.policy import POLICY_STATEMENT, Policy, PolicyStatement
from wire.policy_source import compile_policy
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.technicians import Technician
from wire.token import Token, secret_digest
from wire.trust import BUNDLE, ROOT, Bundle, Root, root_digest

CBOR = "application/cbor"
YEAR = 365 * 86_400


@dataclass(frozen=True)
class Roles:
    """One key of each role."""

    root: SigningKey = field(default_factory=SigningKey.generate)
    policy: SigningKey = field(default_factory=SigningKey.generate)
    keys: SigningKey = field(default_factory=SigningKey.generate)
    revocation: SigningKey = field(default_factory=SigningKey.generate)
    gate: SigningKey = field(default_factory=SigningKey.generate)
    store: SigningKey = field(default_factory=SigningKey.generate)


@dataclass(frozen=True)
class Installation:
    """A collector on disk, and all its secrets."""

    layout: Layout
    tenant: bytes
    roles: Roles
    authority: Credential
    root: Root
    bundle: bytes
    purpose_keys: tuple[PurposeKey, ...]
    openings: dict[bytes, OpeningKey]
    """Key id -> the key that opens."""
    store: SqliteStore

    def token(self, url: str, uses: int = 1, lifetime: int = 3_600) -> Token:
        """Issue an enrolment token."""
        secret = secrets.token_bytes(16)
        not_after = int(time.time()) + lifetime
        self.store.add_token(self.tenant, secret_digest(secret), not_after, uses)
        return Token(
            url,
            self.tenant,
            secret,
            authority_digest(self.authority.certificate),
            root_digest(self.root),
            not_after,
        )

    def key(self, purpose: Purpose) -> PurposeKey:
        """Return a current key of a purpose."""
        return next(key for key in self.purpose_keys if key.purpose is purpose)


@cache
def standard() -> Policy:
    """Return the compiled standard preset."""
    return compile_policy(
        policies.preset("standard"), policies.catalogue(), "standard.toml"
    )


def install(
    directory: Path,
    now: int | None = None,
    policy: Policy | None = None,
    technicians: tuple[Technician, ...] = (),
    tenant: bytes | None = None,
) -> Installation:
    """Make an installation in an empty directory; its policy is `standard`."""
    now = int(time.time()) if now is None else now
    layout, roles = Layout(directory), Roles()
    tenant = tenant or secrets.token_bytes(16)
    authority = make_authority("Test CA", now)
    server = make_server(authority, ["127.0.0.1", "localhost"], now)
    root = Root(
        tenant,
        1,
        now,
        now + 10 * YEAR,
        1,
        (roles.root.public,),
        (roles.policy.public,),
        (roles.keys.public,),
        (roles.revocation.public,),
        (roles.gate.public,),
        (roles.store.public,),
        (authority_digest(authority.certificate),),
        technicians,
    )
    signed_root = signed.sign(SignedKind.ROOT, ROOT.encode(root), [roles.root])
    openings, purpose_keys = _purpose_keys(now)
    statement = PolicyStatement(tenant, 1, now, now + YEAR, policy or standard())
    bundle = _bundle(roles, statement, signed_root, purpose_keys, authority)
    make_directory(layout.store.parent)
    _write_gate(layout.gate, roles.gate, authority, server, signed_root)
    make_directory(layout.keyring)
    for name, opening in openings.items():
        write_hexadecimal(layout.keyring / f"{name.hex()}.key", opening.seed())
    store = create_store(layout.store)
    store.publish(tenant, bundle)
    made = layout, tenant, roles, authority, root, bundle, purpose_keys, openings
    return Installation(*made, store)


def _purpose_keys(
    now: int,
) -> tuple[dict[bytes, OpeningKey], tuple[PurposeKey, ...]]:
    """Return a key for each retention class, for this epoch and the next."""
    openings: dict[bytes, OpeningKey] = {}
    keys: list[PurposeKey] = []
    for rules in standard().purposes:
        for retention in rules.retention:
            _, _, following = epoch_at(now, retention.maximum_age)
            for moment in (now, following):
                number, start, end = epoch_at(moment, retention.maximum_age)
                opening = OpeningKey.generate()
                key = PurposeKey(
                    rules.purpose, retention.name, number, start, end, opening.public
                )
                keys.append(key)
                openings[key.id] = opening
    return openings, tuple(keys)


def _bundle(
    roles: Roles,
    policy: PolicyStatement,
    signed_root: bytes,
    purpose_keys: tuple[PurposeKey, ...],
    authority: Credential,
) -> bytes:
    issued, until = policy.issued, policy.not_after
    keys = KeyStatement(policy.tenant, 1, issued, until, purpose_keys)
    return BUNDLE.encode(
        Bundle(
            (signed_root,),
            signed.sign(
                SignedKind.POLICY, POLICY_STATEMENT.encode(policy), [roles.policy]
            ),
            signed.sign(SignedKind.KEYS, KEY_STATEMENT.encode(keys), [roles.keys]),
            (authority.certificate,),
        )
    )


def _write_gate(
    directory: Path,
    key: SigningKey,
    authority: Credential,
    server: Credential,
    signed_root: bytes,
) -> None:
    make_directory(directory)
    make_directory(directory / "roots")
    write_hexadecimal(directory / "gate.key", key.seed())
    write_new(
        directory / "tls.pem", ssl.DER_cert_to_PEM_cert(server.certificate).encode()
    )
    write_new(directory / "tls.key", server.key)
    write_new(directory / "authority.der", authority.certificate)
    write_new(directory / "roots" / "0001.cbor", signed_root)


@dataclass(frozen=True)
class Reply:
    """An answer of the gate."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def slug(self) -> str:
        """Return the slug of a problem document."""
        return str(json.loads(self.body)["type"]).rpartition(":")[2]


@dataclass(frozen=True)
class RunningGate:
    """A gate's process, and how to talk to it."""

    port: int
    process: subprocess.Popen[str]
    context: ssl.SSLContext

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = CBOR,
    ) -> Reply:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=30, context=self.context
        )
        try:
            connection.request(method, path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def pinned(authority: Credential) -> ssl.SSLContext:
    """Return a TLS context that trusts one CA only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(
        cadata=ssl.DER_cert_to_PEM_cert(authority.certificate)
    )
    return context


def gate_command(installation: Installation, *more: str) -> list[str]:
    """Return the command that starts the gate of an installation."""
    layout = installation.layout
    return [
        *(sys.executable, "-I", "-m", "server.gate"),
        *("--gate", str(layout.gate), "--store", str(layout.store), *more),
    ]


@contextmanager
def running_gate(installation: Installation) -> Iterator[RunningGate]:
    """Run the gate as a process on a free port; it must end orderly."""
    command = gate_command(installation, "--port", "0", "--lifeline")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), "the gate did not start"
        port = int(line.rpartition(":")[2])
        try:
            yield RunningGate(port, process, pinned(installation.authority))
        finally:
            process.terminate()
        assert process.wait(60) == 0
