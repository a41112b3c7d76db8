# SPDX-License-Identifier: Apache-2.0
"""Asks the provider what stand-ins of a release mean, and opens what it answers.

Rules: a question is of one verified release; an answer is believed only when the
provider's keeper signed it and it is the answer to this very question.
Not here: the formats (`wire/papers/resolve.py`), releases (`releases.py`).
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from recipient import files
from recipient.errors import TRUST, USAGE, RecipientError
from recipient.keys import Keys
from wire import limits
from wire.errors import SchemaError
from wire.papers.fetch import NONCE_BYTES
from wire.papers.release import Release
from wire.papers.resolve import (
    Resolve,
    open_meanings,
    sign_resolve,
    verify_resolved,
)


def ask(
    head: Release, stand_ins: Iterable[str], reason: str, keys: Keys, now: int
) -> bytes:
    """Return a signed question.

    Args:
        head: of the release, verified.
        stand_ins: as its files have them.
        reason: why the recipient must know.
        keys: the recipient's.
        now: seconds since the epoch.

    Raises:
        RecipientError: it is about none, too many, or too long ones.
    """
    named = tuple(sorted(set(stand_ins)))
    nonce = os.urandom(NONCE_BYTES)
    question = Resolve(head.id, head.recipient, now, nonce, named, reason)
    try:
        return sign_resolve(question, keys.signing)
    except SchemaError:
        msg = (
            f"ask about 1 to {limits.RESOLVED_AT_ONCE} stand-ins, as a file of the "
            f"release has them, with a reason of up to {limits.TEXT_CHARS} bytes"
        )
        raise RecipientError(USAGE, msg) from None


def told(
    head: Release, question: Path, answer: Path, keys: Keys, digest: bytes
) -> bytes:
    """Return what an answer says, as JSON: stand-in > meaning, or null.

    Args:
        head: of the release, verified.
        question: the file that was sent.
        answer: the file that came back.
        keys: the recipient's.
        digest: root digest of the collector.

    Raises:
        RecipientError: a file cannot be read, or the answer is of another release.
        WireError: the answer does not verify or open.
    """
    asked = files.read(question, limits.RECIPIENT_BYTES)
    found = verify_resolved(files.read(answer, limits.PROOF_BYTES), digest)
    if found.release != head.id:
        msg = "this is the answer about another release: give that one's directory"
        raise RecipientError(TRUST, msg)
    meanings = open_meanings(found, asked, keys.opening).meanings
    text = json.dumps({one.stand_in: one.value for one in meanings}, indent=1)
    return text.encode() + b"\n"
