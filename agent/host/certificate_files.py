# SPDX-License-Identifier: Apache-2.0
"""Certificates of Linux's usual places: added authorities, and those of services.

Rules: a file whose name, or whose link's target, says key is not opened, nor one that
not everybody may read, for it may hold a private key; of a file only the blocks that
are certificates are decoded; the authorities that come with the system are left out.
Stated limits: certificates that a service keeps elsewhere are not looked for.
Not here: what a certificate says (`wire/crypto/x509_facts.py`).
Sources: update-ca-certificates(8), update-ca-trust(8), certbot's and kubeadm's folders.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.budget import CERTIFICATE_BYTES, CERTIFICATE_FILES
from agent.errors import BudgetError, DeniedError, HostError, NotFoundError
from agent.host.interface import Host

STORE = "store"
CERTIFICATE = "certificate"
"""Key of an answered row: the certificate in hexadecimal, not a column."""
COLUMNS = frozenset(
    {
        "store",
        "fingerprint.sha256",
        "subject",
        "issuer",
        "serial_number",
        "not_before",
        "not_after",
        "key_algorithm",
        "key_size",
        "self_signed",
        "is_authority",
    }
)
"""All that a certificate tells."""

_SUFFIXES = (".pem", ".crt", ".cer")
_SECRET = ("key", "priv")
_BUNDLES = frozenset({"ca-certificates.crt", "ca-bundle.crt", "ca-bundle.trust.crt"})
_EVERYBODY = 0o004
_BLOCK = re.compile(
    rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END "
)
_DER = b"\x30"
_LIVE = "/etc/letsencrypt/live"
_LIVE_NAME = "cert.pem"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of certificates.

    Attributes:
        store: what the place is for.
        folder: where it is.
        links: whether links in it count; where the system links its own, they do not.
        deep: whether its folders count too.
    """

    store: str
    folder: str
    links: bool = True
    deep: bool = False


_ADDED, _SERVICE = "added-authorities", "services"
PLACES = (
    Place(_ADDED, "/usr/local/share/ca-certificates", deep=True),
    Place(_ADDED, "/etc/pki/ca-trust/source/anchors"),
    Place(_ADDED, "/etc/pki/trust/anchors"),
    Place(_ADDED, "/etc/ca-certificates/trust-source/anchors"),
    Place(_SERVICE, "/etc/ssl/certs", links=False),
    Place(_SERVICE, "/etc/pki/tls/certs", links=False),
    Place("kubernetes", "/etc/kubernetes/pki", deep=True),
    Place("letsencrypt", _LIVE),
)


def parse_certificates(data: bytes) -> Iterator[bytes]:
    """Yield the certificates of a file, in DER; other blocks are passed over."""
    if data.startswith(_DER):
        yield data
        return
    for match in _BLOCK.finditer(data):
        try:
            yield binascii.a2b_base64(match[1])
        except binascii.Error:
            continue


def may_open(name: str) -> bool:
    """Tell whether a file of that name is a certificate's, and no key's."""
    lower = name.lower()
    secret = any(word in lower for word in _SECRET)
    return lower.endswith(_SUFFIXES) and not secret and lower not in _BUNDLES


class Reader:
    """Reads places within bounds, and counts files that were not read."""

    def __init__(self, host: Host) -> None:
        """Read on a machine."""
        self._host = host
        self._files = 0
        self.skipped = 0

    def read(self, place: Place) -> Iterator[bytes]:
        """Yield the certificates of a place, in DER.

        Raises:
            NotFoundError: it is not there.
            DeniedError: it is not ours to read.
        """
        if not place.links and self._target(place.folder) is not None:
            return  # it is the system's own store
        for path in self._paths(place):
            if self._files >= CERTIFICATE_FILES:
                self.skipped += 1
                return
            self._files += 1
            yield from parse_certificates(self._content(path, place))

    def _paths(self, place: Place) -> Iterator[str]:
        for name in self._host.list(place.folder):
            path = f"{place.folder}/{name}"
            if place.folder == _LIVE:
                yield f"{path}/{_LIVE_NAME}"
            elif may_open(name):
                yield path
            elif place.deep and "." not in name:
                yield from self._below(path)

    def _below(self, folder: str) -> Iterator[str]:
        try:
            listed = self._host.list(folder)
        except NotFoundError:  # a file
            return
        except DeniedError:
            self.skipped += 1
            return
        yield from (f"{folder}/{name}" for name in listed if may_open(name))

    def _content(self, path: str, place: Place) -> bytes:
        target = self._target(path)
        if target is not None and not (place.links and may_open(_last(target))):
            return b""
        try:
            if not self._host.facts(path).mode & _EVERYBODY:
                self.skipped += 1
                return b""
            return self._host.read(path, CERTIFICATE_BYTES)
        except BudgetError:
            raise
        except NotFoundError:  # removed since it was listed
            return b""
        except HostError:
            self.skipped += 1
            return b""

    def _target(self, path: str) -> str | None:
        try:
            return self._host.link(path)
        except HostError:  # no link
            return None


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def read_certificates(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the certificates of the places that are root's, with their store."""
    del columns  # all of them are of the certificate
    reader, found = Reader(host), list[dict[str, str]]()
    for place in PLACES:
        if place.folder == _LIVE:
            try:
                for certificate in reader.read(place):
                    found.append({STORE: place.store, CERTIFICATE: certificate.hex()})
            except NotFoundError:
                continue
    return found
