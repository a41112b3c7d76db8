# SPDX-License-Identifier: Apache-2.0
"""TLS certificate: what a service of a named machine shows of itself.

Rules: a handshake and nothing after it; trusted is what this machine's own authorities
vouch for.
Not here: shaking hands (`agent/sidecar/probes/certificate.py`), certificates of this
machine (`certificate_expiry.py`).
"""

from collections.abc import Mapping

from agent.collectors import certificates
from agent.collectors._shared.declare import harmless
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.again import columns_of
from agent.diagnostics._shared.declare import asked_for, host, whole
from agent.diagnostics._shared.probed import (
    DURATION,
    FAMILY,
    OUTCOME,
    TEXT,
    TYPE,
    peer,
    read_probe,
)
from agent.host.interface import Host, ProbeVerb
from agent.rows import Example, Reading, Want
from wire.catalogue import System
from wire.diagnostics import Checked

_COLUMNS = (
    TYPE,
    peer("Says which of its addresses shows it."),
    OUTCOME,
    DURATION,
    harmless("tls.protocol.version", TEXT, "Shows versions that are too old."),
    harmless("tls.cipher", TEXT, "Shows ciphers that are too weak."),
    *columns_of(
        certificates.DATASET,
        "subject",
        "issuer",
        "not_before",
        "not_after",
        "key_algorithm",
        "key_size",
        "self_signed",
        "fingerprint.sha256",
    ),
)

DATASET = asked_for(
    "tls_certificate",
    "What a service of a named machine shows of itself, and whether it is trusted.",
    _COLUMNS,
    host("Which machine to ask."),
    whole("port", "Which port of it.", 1, 65_535, 443),
    FAMILY,
    seconds=60,
)


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each address of the machine."""
    asked = dict(given.pairs())
    return read_probe(host, want, ProbeVerb.CERTIFICATE, _COLUMNS, asked)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_TOLD = {
    "network.type": "ipv4",
    "network.peer.address": "192.0.2.7",
    "outcome": "expired",
    "tls.protocol.version": "TLSv1.3",
    "tls.cipher": "TLS_AES_256_GCM_SHA384",
    "subject": "www.example.test",
    "issuer": "Example Trust",
    "not_after": "1767052800",
    "self_signed": "False",
    "key_size": "junk",
}

EXAMPLES = tuple(
    Case(example, {"host": "www.example.test"})
    for system in System
    for example in (
        Example(
            system,
            "A certificate that has ended.",
            rows=(
                {
                    **{k: v for k, v in _TOLD.items() if k != "key_size"},
                    "not_after": 1767052800,
                    "self_signed": False,
                },
            ),
            facts={"probe": {"certificate": (_TOLD,)}},
        ),
        Example(
            system,
            "A service that speaks no TLS.",
            rows=({"outcome": "no-tls"},),
            facts={"probe": {"certificate": ({"outcome": "no-tls"},)}},
        ),
    )
)
