# SPDX-License-Identifier: Apache-2.0
"""A request as its file has it: read, told in words, and given a proof.

Rules: a file is a request, or an order of one that lacks a proof; what no device would
do is not signed; what is signed is what was read, octet by octet.
Not here: keys (`keys.py`), showing (`__main__.py`, `page.py`), who may (`wire`).
"""

from dataclasses import dataclass
from pathlib import Path

from technician import files
from technician.errors import TRUST, USAGE, TechnicianError
from wire import limits
from wire.asking import diagnostic_of, unfit
from wire.catalogue import Catalogue
from wire.errors import WireError
from wire.order_words import Line, describe, grouped
from wire.orders import Proof, Request, challenge, read_order, read_request, write_order
from wire.refusals import SENTENCES

_UNPROVED = "by the word of who sent it: the device checks it"
"""Of a signature beside which this one is put: others' keys are not known here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, the octets that it was read of, and who has signed it already."""

    octets: bytes
    request: Request
    proofs: tuple[Proof, ...]
    lines: tuple[Line, ...]

    @property
    def challenge(self) -> bytes:
        """Return what is signed."""
        return challenge(self.octets)


def read_asked(path: Path, catalogue: Catalogue, now: int) -> Asked:
    """Return what a file asks.

    Args:
        path: what `diagnose draft` wrote, or the order that a first technician signed.
        catalogue: of this release.
        now: seconds since the epoch.

    Raises:
        TechnicianError: it is another file, or no device would do what it asks.
    """
    octets = files.read(path, limits.ORDER_BYTES)
    return asked_of(octets, str(path), catalogue, now)


def asked_of(octets: bytes, name: str, catalogue: Catalogue, now: int) -> Asked:
    """Return what octets ask.

    Args:
        octets: of a request, or of an order that lacks a proof.
        name: by which a person knows them.
        catalogue: of this release.
        now: seconds since the epoch.

    Raises:
        TechnicianError: they are something else, or no device would do what they ask.
    """
    if len(octets) > limits.ORDER_BYTES:
        msg = f"{name} is larger than a request can be: it is another thing"
        raise TechnicianError(TRUST, msg)
    try:
        try:
            order, request = read_order(octets)
            octets, proofs = order.request, order.proofs
        except WireError:
            request, proofs = read_request(octets), ()
    except WireError:
        msg = f"{name} is no request: it is what diagnose draft or a console wrote"
        raise TechnicianError(TRUST, msg) from None
    refusal = unfit(request, catalogue, now)
    dataset = diagnostic_of(request, catalogue)
    if refusal is not None or dataset is None:
        reason = SENTENCES[refusal] if refusal else "it is unknown"
        raise TechnicianError(USAGE, f"this is not signed: {reason}")
    before = (Line("Signed already", grouped(one.signer), _UNPROVED) for one in proofs)
    return Asked(octets, request, proofs, (*describe(request, dataset), *before))


def write_signed(path: Path, asked: Asked, proof: Proof) -> None:
    """Write an order with one proof more.

    Raises:
        TechnicianError: as of `signed`, or the file cannot be written.
    """
    files.write_new(path, signed(asked, proof))


def signed(asked: Asked, proof: Proof) -> bytes:
    """Return an order with one proof more.

    Raises:
        TechnicianError: this key has signed it already, or it has all proofs.
    """
    if any(one.signer == proof.signer for one in asked.proofs):
        msg = "this key has signed it already: the second signature is another person's"
        raise TechnicianError(USAGE, msg)
    if len(asked.proofs) >= limits.PROOFS:
        msg = "it has both signatures already: send it"
        raise TechnicianError(USAGE, msg)
    return write_order(asked.octets, (*asked.proofs, proof))
