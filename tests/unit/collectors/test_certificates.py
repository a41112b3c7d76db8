# SPDX-License-Identifier: Apache-2.0
"""Certificates: which files are opened, what is told of odd ones, and at what cost.

Rules: files of a temporary tree; certificates are made here, keys are thrown away.
Not here: whole machines (`_examples/certificates.py`).
"""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from agent.collectors import collector
from agent.collectors.certificates import parse_entry
from agent.errors import DeniedError, UnsupportedError
from agent.host.certificate_files import may_open
from agent.host.interface import RootVerb
from agent.host.linux import LinuxHost
from agent.rows import Want
from tests.host_fixture import EVERY_ROOT_COLUMN, recorded_host, write_tree
from wire.catalogue import System

ITEM = collector("certificates")
READ = ITEM.readers[System.LINUX]
LINUX = [e for e in ITEM.examples if e.system is System.LINUX]
STORE = Want(frozenset({"store"}))


def made(subject: x509.Name, *extensions: x509.ExtensionType) -> bytes:
    """Return a certificate that a throw-away key signed."""
    key = Ed25519PrivateKey.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(255)
        .not_valid_before(dt.datetime(1969, 12, 31, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, None).public_bytes(Encoding.DER)


def named(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Return a name of parts."""
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("www.pem", True),
        ("WWW.CRT", True),
        ("a.cer", True),
        ("www.key", False),
        ("www-key.pem", False),
        ("privkey.pem", False),
        ("private.crt", False),
        ("HOST_KEY.CRT", False),
        ("ca-bundle.crt", False),
        ("www.pem.bak", False),
        ("www", False),
    ],
)
def test_names(name: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    """A file whose name says key, or no certificate, is not opened."""
    assert may_open(name) is expected


def test_what_is_not_asked_for(tmp_path: Path) -> None:
    """Keys, the system's bundle and where links to keys lead are never asked for."""
    host = recorded_host(LINUX[1], tmp_path)
    READ(host, STORE)
    asked = "\n".join(host.asked).lower()
    for never in ("key", "ca-certificates.crt", "/usr/share/", "archive"):
        assert never not in asked


def test_a_file_for_few_is_counted_and_not_read(tmp_path: Path) -> None:
    """A file that not everybody may read can hold a key: it is counted."""
    assert READ(recorded_host(LINUX[1], tmp_path), STORE).skipped == 1


def test_what_is_no_certificate_is_counted(tmp_path: Path) -> None:
    """Blocks that are no certificate are counted, each."""
    assert READ(recorded_host(LINUX[2], tmp_path), STORE).skipped == 2


def test_a_machine_without_the_places_says_so(tmp_path: Path) -> None:
    """Where no usual place is there, that there are no certificates is not told."""
    write_tree(tmp_path, {"/etc/passwd": b""})
    with pytest.raises(UnsupportedError, match="no-certificate-folders"):
        READ(LinuxHost(str(tmp_path)), STORE)


def test_root_side_tells_certbots_only(tmp_path: Path) -> None:
    """Root's side answers certificates below certbot's folder, and no other's."""
    write_tree(tmp_path, LINUX[1].files, LINUX[1].links)
    host = LinuxHost(str(tmp_path), allowed=EVERY_ROOT_COLUMN, facts={"euid": 0})
    told = host.ask_root(RootVerb.READ_CERTIFICATES, frozenset({"subject"}))
    values = [
        parse_entry(r["store"], bytes.fromhex(r["certificate"]), None) for r in told
    ]
    assert [v and v["subject"] for v in values] == ["www.example.test"]
    with pytest.raises(DeniedError):
        host.ask_root(RootVerb.READ_CERTIFICATES, frozenset({"private_key_present"}))


def test_of_a_name_the_rest_stays_here() -> None:
    """Of a subject the common name is told, not the address or the mail address."""
    subject = named(
        (NameOID.COMMON_NAME, "vpn"),
        (NameOID.EMAIL_ADDRESS, "ada@example.test"),
        (NameOID.LOCALITY_NAME, "Zurich"),
    )
    found = parse_entry("x", made(subject), None)
    assert found is not None
    assert (found["subject"], found["issuer"]) == ("vpn", None)
    assert "ada@" not in str(found)
    assert "Zurich" not in str(found)


def test_a_certificate_without_a_subject_has_its_first_name() -> None:
    """Where the subject is empty, as certbot's may be, its first DNS name stands."""
    names = x509.SubjectAlternativeName(
        [x509.DNSName("www.example.test"), x509.DNSName("ada.example.test")]
    )
    found = parse_entry("x", made(x509.Name([]), names), None)
    assert found is not None
    assert found["subject"] == "www.example.test"
    assert (found["not_before"], found["not_after"]) == (-86_400, 253_402_214_400)
    assert found["serial_number"] == "ff"


def test_x509_is_not_loaded() -> None:
    """Neither the collector nor what a certificate says costs the library's X.509."""
    script = (
        "import sys, agent.collectors.certificates as c;"
        "c.parse_entry('x', b'0', None);"
        "sys.exit('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 0
