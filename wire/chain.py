# SPDX-License-Identifier: Apache-2.0
"""The chain of one device and incarnation: what may follow what.

Rules: sequence numbers rise by one; each envelope names the one before it, in whose
place a void may stand; nothing is opened and no signature is looked at.
Not here: what is done about a fork (`server/store`), envelopes (`wire/envelope.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wire import envelope
from wire.errors import ChainError


@dataclass(frozen=True, slots=True)
class Link:
    """Place of one envelope in its chain.

    Attributes:
        tenant: 16 bytes.
        device: 16 bytes.
        incarnation: 16 bytes.
        sequence: from 1.
        previous: the name of the envelope before it.
        name: what the next one names as its previous; None for a void in the place of
            an envelope whose digest nobody knows any more: then any name fits.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    previous: bytes
    name: bytes | None


def link_of(octets: bytes) -> Link:
    """Return the place of an encoded envelope.

    Raises:
        DecodeError: malformed.
        VersionError: a version or suite that this release does not know.
        LimitError: too large.
    """
    _, header = envelope.read(octets)
    return Link(
        header.tenant,
        header.device,
        header.incarnation,
        header.sequence,
        header.previous,
        envelope.named(envelope.digest(octets), header.instead),
    )


def check_chain(octets: Iterable[bytes]) -> None:
    """Require that envelopes are a part of one chain, in its order and without a hole.

    Args:
        octets: encoded envelopes.

    Raises:
        ChainError: two of them do not follow each other.
        DecodeError: one is malformed.
    """
    before: Link | None = None
    for one in octets:
        link = link_of(one)
        if before is not None and not _follows(before, link):
            msg = "an envelope does not follow the one before it"
            raise ChainError(msg)
        before = link


def _follows(before: Link, link: Link) -> bool:
    ours = before.tenant, before.device, before.incarnation
    return (
        ours == (link.tenant, link.device, link.incarnation)
        and link.sequence == before.sequence + 1
        and before.name in {None, link.previous}
    )
