# SPDX-License-Identifier: Apache-2.0
"""Verifies a package of evidence with nothing but the collector's pinned digest.

Rules: no installation, key, clock or network is needed; a file that was changed,
added, taken away or renamed is named; each certificate is verified, and its line is
shown to be in the ledger.
Not here: making a package (`building.py`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from server.errors import TrustError
from server.evidence import archive
from wire import limits
from wire.errors import WireError
from wire.papers.certificate import verify_certificate
from wire.papers.evidence import Evidence, differences, read_line, verify_evidence
from wire.papers.keeper import PROOF

DELETIONS = "deletions/"
LINE = "-line.cbor"
OPEN = ("findings.json", "incidents.json")
"""Files that say how much is overdue."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What holds of a package.

    Attributes:
        evidence: the signed paper.
        certificates: how many certificates of deletions hold.
        lines: how many of them the ledger has, as the package shows.
        pending: how many certificates are pending.
        overdue: how much of findings and incidents is overdue by what it says of them;
            None for a package of an earlier release, which does not say.
    """

    evidence: Evidence
    certificates: int
    lines: int
    pending: int
    overdue: int | None


def verify(octets: bytes, digest: bytes) -> Verified:
    """Return what holds of a package.

    Args:
        octets: the package.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        TrustError: something of it does not hold; says what.
        WireError: the paper does not verify.
    """
    files = archive.unpack(octets)
    paper = files.pop(archive.PAPER, None)
    if paper is None:
        msg = f"{archive.PAPER} is missing: this is no package of evidence"
        raise TrustError(msg)
    evidence = verify_evidence(paper, digest)
    wrong = differences(evidence, files)
    if wrong:
        msg = f"this is not the package that was signed: {'; '.join(wrong)}"
        raise TrustError(msg)
    counts = _certificates(evidence, files, digest)
    return Verified(
        *(evidence, counts["all"], counts["lines"], counts["pending"]), _overdue(files)
    )


def _overdue(files: Mapping[str, bytes]) -> int | None:
    """Return how much is overdue by the signed files; None where they are not there."""
    names = [name for name in OPEN if name in files]
    return sum(json.loads(files[name])["overdue"] for name in names) if names else None


def _certificates(
    evidence: Evidence, files: Mapping[str, bytes], digest: bytes
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name in files:
        if not name.startswith(DELETIONS) or name.endswith(LINE):
            continue
        try:
            certificate = verify_certificate(files[name], digest)
            line = files.get(name.removesuffix(".cbor") + LINE)
            if line is not None:
                _check_line(evidence, files[name], line)
        except WireError as error:
            msg = f"{name} does not hold: {error}"
            raise TrustError(msg) from None
        counts["all"] += 1
        counts["lines"] += line is not None
        counts["pending"] += certificate.until is not None
    return counts


def _check_line(evidence: Evidence, proof: bytes, line: bytes) -> None:
    """Require that the ledger's line names this very certificate.

    Raises:
        TrustError: it names another.
        WireError: it is not in the ledger.
    """
    entry, body = read_line(line, evidence.ledger)
    paper = PROOF.decode(proof, limits.PROOF_BYTES).paper
    if entry.act != "certified" or body.get("digest") != hashlib.sha256(paper).digest():
        msg = f"entry {entry.index} of the ledger is about another certificate"
        raise TrustError(msg)
