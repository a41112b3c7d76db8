# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""Certificates of this Windows machine's own stores.

Rules: opened for reading, and only where they exist; of a key it is told that there is
one, never its container, and no key is acquired; people's stores are not opened.
Stated limit: the authorities that Microsoft adds by itself are in a store that is not
read, those that come with Windows are in the machine's.
Not here: what a certificate says (`wire/crypto/x509_facts.py`).
Source: wincrypt.h; the registry's provider, so that no other store is mixed in.
"""

import sys
from collections.abc import Iterator, Mapping

import pywintypes
import win32crypt

from agent.budget import CERTIFICATE_FILES
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_certificates is for Windows"
    raise ImportError(reason)

_REGISTRY = 13
"""CERT_STORE_PROV_SYSTEM_REGISTRY_W."""
_READ = 0x00008000 | 0x00004000
"""CERT_STORE_READONLY_FLAG | CERT_STORE_OPEN_EXISTING_FLAG."""
_MACHINE, _POLICY, _ENTERPRISE = 2 << 16, 8 << 16, 9 << 16
"""CERT_SYSTEM_STORE_LOCAL_MACHINE, its group policy's and its enterprise's."""
_STORES = (
    ("machine-personal", _MACHINE, "MY"),
    ("machine-root", _MACHINE, "ROOT"),
    ("policy-root", _POLICY, "ROOT"),
    ("enterprise-root", _ENTERPRISE, "ROOT"),
)
_ABSENT = 2
"""ERROR_FILE_NOT_FOUND: a machine without policies has no store of them."""
_KEY = 2
"""CERT_KEY_PROV_INFO_PROP_ID: only that there is one is looked at."""


def certificates(fields: frozenset[str]) -> Iterator[Mapping[str, Value]]:
    """Yield the certificates of the machine's stores, in hexadecimal."""
    for name, place, store in _STORES:
        try:
            opened = win32crypt.CertOpenStore(_REGISTRY, 0, None, place | _READ, store)
        except pywintypes.error as error:
            if error.winerror != _ABSENT:
                raise
            continue
        listed = opened.CertEnumCertificatesInStore()
        for certificate in listed[:CERTIFICATE_FILES]:
            row: dict[str, Value] = {"store": name}
            if "certificate" in fields:
                row["certificate"] = certificate.CertEncoded.hex()
            if "private_key" in fields:
                properties = certificate.CertEnumCertificateContextProperties()
                row["private_key"] = _KEY in properties
            yield row
