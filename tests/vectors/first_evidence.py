# SPDX-License-Identifier: Apache-2.0
"""What `wire` reads of packages of evidence.

Rules: as in `first_opener.py`, which judges all else.
Not here: what the vectors are (`families_evidence.py`).
"""

from collections.abc import Callable, Mapping

from tests.vectors.forms import bytes_of, input_of, shown
from wire.ledger import ENTRY
from wire.papers import evidence
from wire.papers.evidence import TreeHead

Vector = Mapping[str, object]


def _evidence(vector: Vector) -> object:
    found = evidence.verify_evidence(input_of(vector), bytes_of(vector, "digest"))
    return shown(evidence.EVIDENCE.plain(found))


def _line(vector: Vector) -> object:
    head = TreeHead(int(str(vector["size"])), bytes_of(vector, "root"))
    entry, body = evidence.read_line(input_of(vector), head)
    return {"entry": shown(ENTRY.plain(entry)), "body": shown(dict(body))}


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "evidence": _evidence,
    "ledger-line": _line,
}
