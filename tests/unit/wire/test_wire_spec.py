# SPDX-License-Identifier: Apache-2.0
"""The specification names what the code has: labels, classes, bounds, kinds, schema.

Rules: a number or a name that changes in one place only fails here.
Not here: whether the specification is enough (`tests/vectors/second_opener.py`).
"""

import ast
import re
from pathlib import Path

import pytest

from tests.vectors import first_opener, generate
from wire import cddl, data_key, envelope, errors, limits
from wire.refusals import SENTENCES, Refusal
from wire.signed import SignedKind

ROOT = Path(__file__).resolve().parents[3]
SPEC = (ROOT / "docs" / "spec" / "wire.md").read_text("utf-8")
PAPERS = (ROOT / "docs" / "spec" / "keeper.md").read_text("utf-8")
BOUNDS = [
    limits.CBOR_DEPTH,
    limits.MESSAGE_ITEMS,
    limits.MESSAGE_BYTES,
    limits.SIGNATURES,
    limits.HEADER_BYTES,
    limits.ENVELOPE_BYTES,
    limits.ENVELOPE_BYTES + envelope.sealing.OVERHEAD_BYTES,
    envelope.ENVELOPE_LIMIT,
    limits.SHIPMENT_ENVELOPES,
    limits.SHIPMENT_BYTES,
    limits.ANSWER_BYTES,
    limits.BODY_BYTES,
    limits.BODY_RATIO,
    limits.BODY_RATIO_FLOOR,
    limits.BODY_TABLES,
    limits.BODY_COLUMNS,
    limits.BODY_ROWS,
    limits.HEAD_BYTES,
    limits.NOTE_COUNT,
    limits.BLOCK_SOURCES,
    data_key.SEALED_LIMIT,
    limits.ROW_NUMBER,
    limits.RESYNCS,
    limits.RESYNC_BYTES,
    limits.RESYNC_SECONDS,
    limits.ORDERS,
    limits.SEALED_ORDER_BYTES,
    limits.ORDER_BYTES,
    limits.REQUEST_BYTES,
    limits.ORDER_SECONDS,
    limits.DOING,
    limits.POLL_WAIT_SECONDS,
    limits.REVOCATIONS_BYTES,
    limits.REVOCATION_SECONDS,
    limits.TOKEN_CHARS,
    limits.CLOCK_SKEW_SECONDS,
]


def _labels() -> set[str]:
    """Return every label in the source of `wire`."""
    found = set()
    for path in (ROOT / "wire").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
                text = node.value.decode("ascii", "replace")
                if text.startswith("discreet/"):
                    found.add(text.rstrip("\x00"))
    return found


@pytest.mark.parametrize("label", sorted(_labels()))
def test_every_label_is_specified(label: str) -> None:
    """Each label that separates one use from another stands in the table."""
    assert f'`"{label}' in SPEC or f'("{label}' in PAPERS


def test_no_label_is_another_s_beginning() -> None:
    """With its zero octet, no label is how another begins, so no use is another."""
    labels = sorted(label + "\x00" for label in _labels())
    assert not [(a, b) for a in labels for b in labels if a != b and b.startswith(a)]


def test_every_bound_of_papers_is_specified() -> None:
    """The bounds that the papers' page names are those of the code."""
    skew, most = limits.CLOCK_SKEW_SECONDS, data_key.SEALED_LIMIT
    bounds = limits.PROOF_BYTES, limits.DECISION_BYTES, skew, most
    assert all(f" {bound:,} " in PAPERS for bound in bounds)


@pytest.mark.parametrize("bound", BOUNDS)
def test_every_bound_is_specified(bound: int) -> None:
    """Each bound stands in the table with its number."""
    table = SPEC.partition("## 17.")[2].partition("## 18.")[0]
    assert re.search(rf"(?<!\d)(?<!\d,){bound:,}(?!\d|,\d)", table)


def test_every_failure_class_is_specified() -> None:
    """Each class that bytes can cause stands in the table."""
    table = SPEC.partition("## 16.")[2].partition("## 17.")[0]
    codes = {
        held.code
        for held in vars(errors).values()
        if isinstance(held, type) and issubclass(held, errors.WireError)
    }
    of_people = {"wire", "bad-policy", "bad-catalogue", "bad-parameter"}
    assert codes - of_people == set(re.findall(r"`([a-z-]+)`", table))


def test_every_kind_is_specified() -> None:
    """Each kind of signed message and of vector stands in its table."""
    signed = SPEC.partition("## 4.")[2].partition("## 5.")[0]
    vectors = SPEC.partition("## 18.")[2].partition("## 19.")[0]
    assert all(f"| `{kind.value}` |" in signed for kind in SignedKind)
    assert all(f"`{kind}`" in vectors for kind in first_opener.kinds())


def test_every_reason_of_a_refusal_is_specified() -> None:
    """Each reason for which an order is not obeyed stands in the table, in order."""
    table = SPEC.partition("**A device obeys**")[2].partition("Then the machine")[0]
    told = [slug for slug in re.findall(r"`([a-z-]+)`", table) if "-" in slug]
    slugs = [one.value for one in Refusal if "-" in one.value]
    assert slugs == told
    assert all(f"`{one.value}`" in table for one in Refusal)
    assert set(SENTENCES) == set(Refusal)


def test_every_kind_of_vector_is_used() -> None:
    """No kind is described without a vector."""
    used = {
        vector["kind"] for path in generate.paths() for vector in generate.read(path)
    }
    assert set(first_opener.kinds()) == used


def test_the_schema_is_generated() -> None:
    """The published CDDL is what the codecs say."""
    published = ROOT / "docs" / "spec"
    assert cddl.document() == (published / "wire.cddl").read_text("utf-8")
    assert cddl.paper_document() == (published / "keeper.cddl").read_text("utf-8")
