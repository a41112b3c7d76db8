# SPDX-License-Identifier: Apache-2.0
"""Promises of signed notes and checkpoints.

Rules: the first note is of other people's documentation, made by their program.
Not here: the tree whose root is noted (`test_papers_tree.py`).
"""

import base64

import pytest

from wire.crypto.signing import SigningKey
from wire.errors import DecodeError, SignatureError, WireError
from wire.papers import note
from wire.papers.note import Checkpoint

THEIRS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""From the documentation of golang.org/x/mod/sumdb/note."""
THEIR_KEY = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(32))
ORIGIN = "discreet-ledger/" + "ab" * 16
ROOT = bytes(range(32))
MADE = note.sign(ORIGIN, 12, ROOT, KEY)


def test_theirs_opens() -> None:
    """A note that Go's program signed opens, and names its key as Go does."""
    assert note.key_id("PeterNeumann", THEIR_KEY[1:]).hex() == "c74f20a3"
    text = note.open_text(THEIRS, "PeterNeumann", THEIR_KEY[1:])
    assert text == (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )


def test_reads_as_text() -> None:
    """A checkpoint is three lines that a person can read, and a signature."""
    lines = MADE.split("\n")
    assert lines[:4] == [
        "discreet-ledger/abababababababababababababababab",
        "12",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "",
    ]
    assert lines[4].startswith(
        "\u2014 discreet-ledger/abababababababababababababababab "
    )


def test_round_trip() -> None:
    """What was signed is read again, by whichever key of the ledger signed it."""
    publics = (OTHER.public, KEY.public)
    assert note.read(MADE, ORIGIN, publics) == Checkpoint(ORIGIN, 12, ROOT, KEY.public)


def test_witnesses_may_sign() -> None:
    """A witness's signature more leaves the note what it is."""
    text = "\n".join(MADE.split("\n")[:3]) + "\n"
    witnessed = MADE + note.sign_text(text, "witness.example", OTHER).split("\n\n")[1]
    assert note.read(witnessed, ORIGIN, (KEY.public,)).size == 12


def test_other_keys_and_ledgers() -> None:
    """A note of another key or another ledger is refused."""
    with pytest.raises(SignatureError, match="not signed by a key of this ledger"):
        note.read(MADE, ORIGIN, (OTHER.public,))
    with pytest.raises(SignatureError, match="of another ledger"):
        note.read(MADE, "discreet-ledger/other", (KEY.public,))


def test_every_changed_character() -> None:
    """No character of a note can be another one."""
    for place in range(len(MADE)):
        changed = MADE[:place] + chr(ord(MADE[place]) ^ 1) + MADE[place + 1 :]
        with pytest.raises(WireError):
            note.read(changed, ORIGIN, (KEY.public,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        MADE[:-1],
        MADE + "\n",
        MADE.replace("\n12\n", "\n012\n"),
        MADE.replace("\n12\n", "\n-1\n"),
        MADE.replace("\n12\n", "\n12\nmore\n"),
        MADE.replace("\u2014 ", "- "),
        MADE.replace("\n", "\r\n"),
        MADE + "\u2014 \n",
        MADE + "\u2014 witness AAAA\n",
        MADE + "\u2014 wit+ness AAAAAAAA\n",
        MADE + "\u2014 witness AAAAAAB=\n",
        "\udcff" + MADE,
        MADE + "\u2014 w AAAAAAAA\n" * 2_000,
    ],
)
def test_other_forms(text: str) -> None:
    """What is not of the one form is no note."""
    with pytest.raises((DecodeError, SignatureError)):
        note.read(text, ORIGIN, (KEY.public,))
