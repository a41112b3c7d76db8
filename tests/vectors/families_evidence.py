# SPDX-License-Identifier: Apache-2.0
"""Vectors of packages of evidence: the paper, and lines of the ledger.

Rules: what is refused is properly signed unless its name says not.
Not here: the people and papers (`paper_world.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import paper_world as papers
from tests.vectors import world
from tests.vectors.families_papers import (
    CANONICAL,
    EXPIRED,
    IDENTITY,
    MALFORMED,
    SCHEMA,
    SIGNATURE,
)
from wire import cbor, ledger, signed, trust
from wire.papers import evidence, tree
from wire.papers.evidence import (
    EVIDENCE,
    LEDGER_LINE,
    Evidence,
    LedgerLine,
    TreeHead,
    files_of,
)
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
Rows = tuple[tuple[str, bytes, str], ...]
CHAIN = "broken-chain"
FILES = {"about.md": b"# About\n", "deletions/000001.cbor": b"\xa0"}


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    lines, size, root = _lines()
    return {
        "papers-evidence": [
            *_vectors(
                "evidence", _papers(), digest=trust.root_digest(world.root()).hex()
            ),
            *_vectors("ledger-line", lines, size=size, root=root.hex()),
        ]
    }


def _vectors(kind: str, rows: Rows, **fields: object) -> Family:
    return [
        {
            "name": name,
            "kind": kind,
            "input": octets.hex(),
            **fields,
            "expect": expect,
        }
        for name, octets, expect in rows
    ]


def _paper(**changes: object) -> bytes:
    """Return the proof of a paper, with changes."""
    whole = Evidence(
        world.TENANT,
        world.NOW,
        world.octets("policy", 32),
        TreeHead(12, world.octets("tree", 32)),
        files_of(FILES),
    )
    changed = replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields
    return _proof(EVIDENCE.encode(changed))


def _proof(
    payload: bytes, kind: SignedKind = SignedKind.EVIDENCE, signer: str = papers.KEEPER
) -> bytes:
    return papers.proof(signed.sign(kind, payload, [world.signing(signer)]))


def _papers() -> Rows:
    good = _paper()
    about, deletion = files_of(FILES)
    payload = EVIDENCE.encode(evidence.verify_evidence(good, _digest()))

    def named(name: str) -> bytes:
        return _paper(files=(replace(about, name=name),))

    return (
        ("two files", good, "ok"),
        ("a file in a folder", _paper(files=(deletion,)), "ok"),
        ("no file", _paper_without_files(), SCHEMA),
        ("files not in order", _paper(files=(deletion, about)), SCHEMA),
        ("a file twice", _paper(files=(about, about)), SCHEMA),
        ("out of the package", named("../about.md"), SCHEMA),
        ("from the root", named("/about.md"), SCHEMA),
        ("two folders", named("a/b/about.md"), SCHEMA),
        ("large letters", named("About.md"), SCHEMA),
        ("of another tenant", _paper(tenant=world.octets("other", 16)), IDENTITY),
        (
            "after the keeper's time",
            _paper(made=world.NOW + 31 * world.DAY),
            EXPIRED,
        ),
        ("by the store role", _proof(payload, signer="store"), SIGNATURE),
        ("called a release", _proof(payload, SignedKind.RELEASE), SIGNATURE),
        ("cut", good[:-1], MALFORMED),
        ("an octet too many", good + b"\x00", CANONICAL),
    )


def _paper_without_files() -> bytes:
    value = EVIDENCE.plain(evidence.verify_evidence(_paper(), _digest()))
    return _proof(cbor.encode({**value, 5: []}))


def _digest() -> bytes:
    return trust.root_digest(world.root())


def _lines() -> tuple[Rows, int, bytes]:
    """Return lines of a ledger of five entries, its size and its root."""
    head, made = ledger.EMPTY, []
    for number in range(5):
        salt = world.octets(f"salt {number}", 16)
        body = {"number": number}
        head, entry, octets = ledger.append(head, "certified", body, salt, world.NOW)
        made.append((entry, octets, salt))
    leaves = [ledger.entry_digest(entry) for entry, _, _ in made]

    def line(number: int, **changes: object) -> bytes:
        path = tree.inclusion(leaves, number)
        whole = replace(LedgerLine(*made[number], path), **changes)  # type: ignore[arg-type]  # names of its fields
        return LEDGER_LINE.encode(whole)

    other = tree.inclusion(leaves, 1)
    rows = (
        ("the first line", line(0), "ok"),
        ("the third line", line(2), "ok"),
        ("the last line", line(4), "ok"),
        ("another body", line(2, body=made[3][1]), CHAIN),
        ("another salt", line(2, salt=made[3][2]), CHAIN),
        ("another's path", line(2, path=other), CHAIN),
        ("a step short", line(2, path=other[:1]), CHAIN),
        ("no path", line(4, path=()), CHAIN),
        ("cut line", line(2)[:-1], MALFORMED),
    )
    return rows, len(leaves), tree.root_of(leaves)
