# SPDX-License-Identifier: Apache-2.0
"""Deletions in a package: each certificate with what verifies it, and its ledger line.

Rules: the newest certificates are there, the others are counted; whether one is final
or pending is told as the certificate says it.
Not here: making certificates (`server/keeper/certifying.py`).
"""

from collections.abc import Iterator, Mapping, Sequence

from server.evidence.gathering import State
from server.evidence.verifying import DELETIONS, LINE
from server.ledger import SqliteLedger
from server.register.certificates import Held
from wire.papers import tree
from wire.papers.certificate import Certificate, read_certificate
from wire.papers.evidence import LEDGER_LINE, LedgerLine
from wire.papers.keeper import PROOF, Proof

MOST = 1_024
"""Certificates in a package: three years of one a day; the others are counted."""


def deletions(
    state: State, ledger: SqliteLedger, public: bytes
) -> tuple[dict[str, object], dict[str, bytes]]:
    """Return the list of all deletions, and the files of the newest.

    Args:
        state: what the package is made of.
        ledger: the ledger that it is of.
        public: the keeper's key.

    Raises:
        WireError: a certificate was not signed by the keeper.
    """
    held = state.registered.certificates
    newest = held[-MOST:]
    read = [read_certificate(one.octets, public) for one in held]
    files = {
        f"{DELETIONS}{one.number:06d}.cbor": PROOF.encode(
            Proof(state.roots, state.keeper, one.octets)
        )
        for one in newest
    }
    lines = dict(_lines(state, ledger, {one.number for one in newest}))
    told = {
        "certificates": len(held),
        "files": len(files),
        "pending": sum(one.pending and one.current for one in held),
        "list": [_plain(*pair) for pair in zip(held, read, strict=True)],
    }
    return told, files | lines


def _plain(held: Held, certificate: Certificate) -> dict[str, object]:
    return {
        "number": held.number,
        "state": certificate.state.value if held.current else "replaced",
        "until": certificate.until,
        "reason": certificate.reason,
        "method": certificate.method.value,
        "ended": certificate.ended,
        "keys": len(certificate.keys),
        "records": certificate.counts.records,
        "devices": certificate.counts.devices,
        "not claimed": list(certificate.not_claimed),
    }


def _lines(
    state: State, ledger: SqliteLedger, numbers: set[int]
) -> Iterator[tuple[str, bytes]]:
    """Yield the ledger's line of each certificate, where its words have not ended."""
    wanted: Mapping[int, int] = {
        act.index: number
        for act in state.acts
        if act.act == "certified"
        and act.body is not None
        and isinstance(number := act.body.get("number"), int)
        and number in numbers
    }
    levels = _levels([tree.leaf_hash(act.digest) for act in state.acts])
    for index, number in sorted(wanted.items()):
        entry, body, salt = ledger.line(index)
        line = LedgerLine(entry, body, salt, _path(levels, index - 1))
        yield f"{DELETIONS}{number:06d}{LINE}", LEDGER_LINE.encode(line)


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the tree of RFC 6962 level by level: one pass for all paths."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [
            tree.node_hash(below[place], below[place + 1])
            for place in range(0, len(below) - 1, 2)
        ]
        levels.append(above + list(below[len(above) * 2 :]))
    return levels


def _path(levels: Sequence[Sequence[bytes]], place: int) -> tuple[bytes, ...]:
    path = []
    for level in levels[:-1]:
        if (place ^ 1) < len(level):
            path.append(level[place ^ 1])
        place >>= 1
    return tuple(path)
