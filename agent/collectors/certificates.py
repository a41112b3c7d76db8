# SPDX-License-Identifier: Apache-2.0
"""Certificates: which of the machine's will end, and which authorities were added.

Rules: machines' and services' certificates only, never a person's; private keys have no
code path; nothing is verified; of a name the common name or the organisation is told,
not the rest; the issuer of one that issued itself is its subject and not told again.
Not here: where they are (`agent/host/certificate_files.py` and
`windows_certificates.py`), what is read of one (`wire/crypto/x509_facts.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from agent.collectors._shared.declare import free_text, harmless, quasi
from agent.collectors._shared.gather import pick, text, there
from agent.collectors._windows.steps import words
from agent.errors import DeniedError, NotFoundError, UnsupportedError
from agent.host.certificate_files import CERTIFICATE, PLACES, STORE
from agent.host.certificate_files import Reader as Files
from agent.host.interface import Host, RootVerb
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.crypto.x509_facts import parse_certificate
from wire.values import Value

TEXT, FLAG, TIME = ValueType.TEXT, ValueType.BOOLEAN, ValueType.TIMESTAMP
_KEY_PRESENT = harmless("private_key_present", FLAG, "Tells own from others'.")

DATASET = Dataset(
    "certificates",
    Kind.SNAPSHOT,
    "Certificates of services and added authorities: who issued them, when they end.",
    ("store", "fingerprint.sha256"),
    (
        harmless("store", TEXT, "Says what a certificate is for."),
        quasi("fingerprint.sha256", TEXT, "Finds certificates that are known bad."),
        free_text("subject", "Says which service stops when it ends."),
        free_text("issuer", "Says who renews it."),
        quasi("serial_number", TEXT, "Needed to have it revoked.", "drop"),
        harmless("not_before", TIME, "Shows authorities that were added lately."),
        harmless("not_after", TIME, "Warns before a service stops."),
        harmless("key_algorithm", TEXT, "Shows keys that are too weak."),
        harmless("key_size", ValueType.COUNT, "Shows keys that are too weak."),
        harmless("self_signed", FLAG, "Shows certificates that nobody vouches for."),
        harmless("is_authority", FLAG, "Shows authorities that were added."),
        replace(_KEY_PRESENT, systems=(System.WINDOWS,)),
    ),
)

_Found = tuple[str, bytes, bool | None]
"""Store, certificate, and whether its private key is there."""


def parse_entry(store: str, der: bytes, key: bool | None) -> dict[str, Value] | None:  # noqa: FBT001 - a value
    """Return the values of a certificate; None where it is none."""
    facts = parse_certificate(der)
    if facts is None:
        return None
    issuer = None if facts.self_issued else facts.issuer
    return {
        "store": store,
        "fingerprint.sha256": facts.fingerprint,
        "subject": _plain(facts.subject),
        "issuer": _plain(issuer),
        "serial_number": facts.serial,
        "not_before": facts.not_before,
        "not_after": facts.not_after,
        "key_algorithm": facts.algorithm,
        "key_size": facts.bits,
        "self_signed": facts.self_issued,
        "is_authority": facts.authority,
        "private_key_present": key,
    }


def _plain(name: str | None) -> str | None:
    return text((name or "").encode("utf-8", "replace")).strip() or None


def _rows(want: Want, found: Iterator[_Found]) -> Reading:
    rows: list[Row] = []
    seen: set[tuple[Value, Value]] = set()
    broken = 0
    for store, der, key in found:
        want.check()
        values = parse_entry(store, der, key)
        if values is None:
            broken += 1
            continue
        identity = (store, values["fingerprint.sha256"])
        if identity in seen:
            continue
        seen.add(identity)
        if len(rows) >= want.rows:
            return Reading(rows, skipped=broken, truncated=True)
        rows.append(pick(want, values))
    return Reading(rows, skipped=broken)


class _Linux:
    """Reads the usual places, those that are root's through its side."""

    def __init__(self, host: Host, want: Want) -> None:
        self._host = host
        self._want = want
        self._files = Files(host)
        self._denied = 0

    @property
    def silent(self) -> int:
        """Return how many files and places were not read."""
        return self._files.skipped + self._denied

    def find(self) -> Iterator[_Found]:
        for place in PLACES:
            self._want.check()
            try:
                for der in self._files.read(place):
                    yield place.store, der, None
            except NotFoundError:
                continue
            except DeniedError:
                yield from self._by_root()

    def _by_root(self) -> Iterator[_Found]:
        try:
            told = self._host.ask_root(RootVerb.READ_CERTIFICATES, self._want.columns)
        except DeniedError:
            self._denied += 1
            return
        for row in told:
            yield row[STORE], bytes.fromhex(row[CERTIFICATE]), None


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each certificate of the usual places."""
    if not want.columns:
        return Reading([])
    if not any(there(host, place.folder) for place in PLACES):
        reason = "no-certificate-folders"
        raise UnsupportedError(reason)
    linux = _Linux(host, want)
    reading = _rows(want, linux.find())
    if linux.silent and not reading.rows:
        reason = "access-denied"
        raise DeniedError(reason)
    return replace(reading, skipped=reading.skipped + linux.silent)


def _stored(host: Host, want: Want) -> Iterator[_Found]:
    fields = {"store", "certificate"}
    if "private_key_present" in want:
        fields.add("private_key")
    for row in windows(host).ask(Source.CERTIFICATES, frozenset(fields)):
        key = row.get("private_key")
        yield (
            words(row.get("store")) or "",
            _bytes(row.get("certificate")),
            key if isinstance(key, bool) else None,
        )


def _bytes(value: Value) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return b""


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each certificate of the machine's stores."""
    return _rows(want, _stored(host, want)) if want.columns else Reading([])


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
