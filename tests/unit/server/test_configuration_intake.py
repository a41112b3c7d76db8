# SPDX-License-Identifier: Apache-2.0
"""`[intake]` of config.toml, and the file by which a gate shows who it is.

Rules: what is wrong is refused with one sentence that says what to do, and quotes
nothing.
Not here: a cluster (`tests/e2e/test_intake.py`).
"""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from nats_fixture import credentials

from server.configuration_intake import (
    IntakeSettings,
    of_text,
    read_file,
    read_intake,
    text_of,
)
from server.errors import StateError, UsageError
from server.gate.intake.credentials import Credentials, read_credentials
from wire.crypto.signing import SigningKey, verify

TABLE: dict[str, object] = {
    "servers": ["tls://a.example.org:4222", "tls://b.example.org:4222"],
    "credentials": "/etc/discreet-server/gate.creds",
    "authority": "/etc/ssl/nats-ca.pem",
}
SETTINGS = IntakeSettings(
    ("tls://a.example.org:4222", "tls://b.example.org:4222"),
    Path("/etc/discreet-server/gate.creds"),
    Path("/etc/ssl/nats-ca.pem"),
)


def refused(folder: Path, table: dict[str, object]) -> None:
    """Expect that a file with such a table is not taken."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items()]
    path = folder / "intake.toml"
    path.write_text("\n".join(["[intake]", *lines]))
    with pytest.raises(UsageError, match=r"is to have the table \[intake\]"):
        read_file(path)


def test_what_is_not_said_has_a_default() -> None:
    """A stream of three replicas, a day and ten gibibytes; none without a table."""
    assert read_intake(TABLE) == SETTINGS
    assert (SETTINGS.replicas, SETTINGS.keep, SETTINGS.size) == (3, 86_400, 10 * 2**30)
    assert read_intake({}) is None


def test_what_is_said_reaches_the_process() -> None:
    """All of it, as an argument."""
    more = {"stream": "fleet", "replicas": 5, "keep_days": 2, "size_mib": 64}
    found = read_intake(TABLE | more)
    assert found == replace(
        SETTINGS, stream="fleet", replicas=5, keep=172_800, size=64 * 2**20
    )
    assert of_text(text_of(found)) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"servers": []},
        {"servers": ["nats://a.example.org:4222"]},
        {"servers": ["tls://user:word@a.example.org:4222"]},
        {"servers": ["tls://a.example.org"]},
        {"servers": ["tls://a.example.org:4222/path"]},
        {"servers": "tls://a.example.org:4222"},
        {"credentials": "gate.creds"},
        {"credentials": 1},
        {"authority": "../ca.pem"},
        {"stream": "two words"},
        {"stream": "a.>"},
        {"replicas": 2},
        {"replicas": True},
        {"keep_days": 0},
        {"keep_days": 8},
        {"size_mib": 63},
        {"size_mib": "64"},
        {"subjects": ["other"]},
    ],
)
def test_what_is_wrong_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    """Another scheme, a password, a path that is relative: nothing is guessed."""
    refused(tmp_path, TABLE | wrong)


@pytest.mark.parametrize("missing", sorted(TABLE))
def test_what_is_missing_is_refused(tmp_path: Path, missing: str) -> None:
    """Servers, who we are and whom to believe have no default."""
    refused(tmp_path, {name: one for name, one in TABLE.items() if name != missing})


@pytest.mark.parametrize(
    "text", ["", "[intake]\n", "servers = 1", "[intake", "[store]\n"]
)
def test_a_file_with_something_else_says_so(tmp_path: Path, text: str) -> None:
    """A gate alone has a file with this table and nothing else."""
    path = tmp_path / "intake.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"is to have the table \[intake\]"):
        read_file(path)
    path.unlink()
    with pytest.raises(UsageError, match="cannot read"):
        read_file(path)


def test_a_user_signs_what_a_server_asks(tmp_path: Path) -> None:
    """A credentials file has a token and the key that it is of."""
    path = tmp_path / "gate.creds"
    path.write_text(credentials(SigningKey.generate()))
    found = read_credentials(path)
    assert found.key is not None
    assert found.token().count(b".") == 2
    signature = base64.b64decode(found.sign("a nonce"))
    verify(found.key.public, signature, b"a nonce")
    assert repr(found) == "Credentials(key=<SigningKey>)"


def test_a_name_and_a_password_are_one_line(tmp_path: Path) -> None:
    """For a cluster without accounts of its own."""
    path = tmp_path / "login"
    path.write_text("gate:with:colons\n")
    assert read_credentials(path) == Credentials("gate", password="with:colons")


def test_a_damaged_file_says_what_it_should_be(tmp_path: Path) -> None:
    """Its content is in no sentence; whichever letter of a seed is wrong is found."""
    path, whole = tmp_path / "gate.creds", credentials(SigningKey.generate())
    head, seed = whole.split("-----BEGIN USER NKEY SEED-----\n")
    altered = ("B" if seed[30] == "A" else "A").join((seed[:30], seed[31:]))
    between = "-----BEGIN USER NKEY SEED-----\n"
    for text in ("", "one line", head, seed, head + between + altered):
        path.write_text(text)
        with pytest.raises(StateError, match=r"has to be a \.creds file") as told:
            read_credentials(path)
        assert seed[:20] not in str(told.value)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StateError, match=r"has to be a \.creds file"):
        read_credentials(path)
    path.unlink()
    with pytest.raises(StateError, match="cannot read"):
        read_credentials(path)


def test_nobody_loads_the_library_for_nothing() -> None:
    """A gate without a buffer has no part of nats in its memory."""
    script = (
        "import sys, server.gate.process, server.commands.gate, server.configuration\n"
        "sys.exit(any(name.partition('.')[0] == 'nats' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
