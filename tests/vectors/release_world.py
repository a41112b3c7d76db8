# SPDX-License-Identifier: Apache-2.0
"""The fixed recipient, grant and release that vectors and tests share.

Rules: as in `world.py`: names give keys, times are constants.
Not here: the vectors (`families_releases.py`), other papers (`paper_world.py`).
"""

import hashlib
from dataclasses import replace

from tests.vectors import paper_world as papers
from tests.vectors import world
from wire.crypto.sealing import TAG_BYTES
from wire.papers.decision import Act, Role
from wire.papers.fetch import Fetch, Received, Said, sign_fetch, sign_received
from wire.papers.grant import Grant, grant_digest, sign_grant
from wire.papers.recipient import (
    Channel,
    ChannelKind,
    Recipient,
    RecipientRole,
    recipient_digest,
    sign_keys,
    sign_recipient,
)
from wire.papers.release import (
    Custody,
    Part,
    Release,
    ReleasedColumn,
    ReleasedFile,
    data_key_digest,
    head_digest,
    seal_part,
    sign_release,
)
from wire.purposes import Purpose

KEEPER = world.signing(papers.KEEPER)
SIGNING = world.signing("recipient")
OPENING = world.opening("recipient")
ID = world.octets("release", 16)
NONCE = world.octets("fetch", 16)
DATA_KEY = world.octets("release data key", 32)
FILE = b'{"package.name": "curl"}\n'
CUSTODY = Custody("keeper", world.NOW - 60, 7, 1, 2)
PART = seal_part(DATA_KEY, ID, 0, FILE, last=True)


def keys() -> bytes:
    """Return the recipient's keys, as it sends them."""
    return sign_keys("SOC of Examples", OPENING.public, SIGNING)


def recipient(**changes: object) -> Recipient:
    """Return an entry of the register, with changes."""
    whole = Recipient(
        world.TENANT,
        "example-soc",
        2,
        RecipientRole.MONITORING,
        "DPA 2026/7",
        world.NOW + 300 * world.DAY,
        (Purpose.SECURITY, Purpose.SUPPORT),
        "CH",
        "adequacy decision",
        "soc@example.com",
        OPENING.public,
        SIGNING.public,
        Channel(ChannelKind.SYSLOG, "siem.example", 6514, world.octets("pem", 32)),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def grant(**changes: object) -> Grant:
    """Return a grant that Amelie asked for and Bo approved, with changes."""
    asked = papers.decided(act=Act.ASK, role=Role.REQUESTER)
    approved = papers.decided(role=Role.APPROVER)
    whole = Grant(
        world.TENANT,
        papers.CASE,
        "example-soc",
        recipient_digest(recipient()),
        "Look for signs of an intrusion",
        Purpose.SUPPORT,
        papers.scope(),
        1_000_000,
        "The contract asks for it.",
        world.NOW - world.DAY,
        world.NOW + 90 * world.DAY,
        "jsonl",
        (asked, approved),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def file(**changes: object) -> ReleasedFile:
    """Return what a head says of a file of one row, with changes."""
    column = ReleasedColumn("package.name", "VARCHAR", "keep")
    whole = ReleasedFile("software", (column,), 1, "software.jsonl", len(FILE))
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def release(**changes: object) -> Release:
    """Return the head of a release of one file in one part, with changes."""
    whole = Release(
        world.TENANT,
        ID,
        grant_digest(grant()),
        "example-soc",
        world.NOW - 60,
        world.NOW + 14 * world.DAY,
        (file(),),
        (Part(hashlib.sha256(PART).digest(), len(FILE) + TAG_BYTES),),
        "jsonl",
        None,
        (papers.decided(),),
        data_key_digest(DATA_KEY),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def head(**changes: object) -> bytes:
    """Return a signed head with what verifies it."""
    return papers.proof(sign_release(release(**changes), KEEPER))


def entry(**changes: object) -> bytes:
    """Return a signed entry of the register."""
    return sign_recipient(recipient(**changes), KEEPER)


def granted(**changes: object) -> bytes:
    """Return a signed grant."""
    return sign_grant(grant(**changes), KEEPER)


def fetch() -> bytes:
    """Return the recipient's signed request."""
    return sign_fetch(Fetch(ID, "example-soc", world.NOW, NONCE), SIGNING)


def received(said: Said = Said.RECEIVED) -> bytes:
    """Return the recipient's signed receipt, or attestation."""
    digest = head_digest(release())
    return sign_received(Received(ID, "example-soc", digest, said, world.NOW), SIGNING)
