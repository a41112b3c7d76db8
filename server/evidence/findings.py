# SPDX-License-Identifier: Apache-2.0
"""Findings in a package: what was found to be wrong, and what shows that it is over.

Rules: what is overdue comes first and is called so; a finding that was closed with a
test that fails in the given results is called failed; who closed one is told by the
ledger alone.
Not here: the register (`server/register/findings.py`).
"""

from collections import Counter
from collections.abc import Sequence

from server.evidence.clause_map import FAILED, Results, told_tests
from server.register.findings import Held, Standing


def findings(
    held: Sequence[Held], results: Results | None, as_of: int
) -> dict[str, object]:
    """Return the findings as they stand.

    Args:
        held: of the register, those that are open first.
        results: of each test that was run; None where none was.
        as_of: seconds since the epoch.
    """
    counts = Counter(one.standing(as_of) for one in held)
    return {
        **{standing.value: counts[standing] for standing in Standing},
        "list": [_plain(one, results or {}, as_of) for one in held],
    }


def _plain(held: Held, results: Results, as_of: int) -> dict[str, object]:
    finding, closing = held.finding, held.closing
    told: dict[str, object] = {
        "finding": finding.id,
        "title": finding.title,
        "severity": finding.severity.value,
        "source": finding.source.value,
        "owner": finding.owner,
        "opened": finding.opened,
        "due": finding.due,
        "state": held.standing(as_of).value,
    }
    if closing is None:
        return told
    told["closed"] = closing.time
    if not closing.test:
        return told | {"shown by": {"file": closing.proof.hex()}}
    result = told_tests([closing.test], results)[closing.test]
    if result == FAILED:
        told["state"] = FAILED
    return told | {"shown by": {"test": closing.test, "result": result}}
