# SPDX-License-Identifier: Apache-2.0
"""What a gate counts of itself.

Rules: operations, outcomes and reasons are the code's own slugs; no figure is of one
device or one client.
Not here: how figures are kept and shown (`server/figures`).
"""

from collections import Counter
from collections.abc import Sequence

from server.figures.kept import OTHER, Figure, Figures, Kind
from server.gate.intake import figures as intake
from server.gate.openapi import OPERATIONS
from server.gate.protocol import Admitted
from server.problems import Problem
from server.store.interface import Verdict
from wire.messages import Fate

OK, LEFT = "ok", "left"
"""Answered as asked; whoever asked went away."""
_OPERATIONS = tuple(one.name for one in OPERATIONS)
_OUTCOMES = (OK, LEFT, *(problem.slug for problem in Problem))
_FATE = {fate: fate.name.lower() for fate in Fate}
REASONS = (
    *("bad-digest", "malformed", "too-large", "unknown-version", "wrong-identity"),
    *("forked", "revoked", "gone", "over-quota", OTHER),
)
DECLARED = (
    Figure(
        "gate_requests_total",
        Kind.COUNTER,
        "Requests, by what was asked and how that ended.",
        {"operation": _OPERATIONS, "outcome": _OUTCOMES},
    ),
    Figure(
        "gate_envelopes_total",
        Kind.COUNTER,
        "Envelopes in receipts, by what became of them.",
        {"fate": tuple(_FATE.values())},
    ),
    Figure(
        "gate_refused_total",
        Kind.COUNTER,
        "Envelopes that were not stored, by the reason in the receipt.",
        {"reason": REASONS},
    ),
    Figure("gate_stored_bytes_total", Kind.COUNTER, "Octets that were stored."),
    Figure(
        "gate_receipt_seconds",
        Kind.SECONDS,
        "From a shipment's manifest to its signed receipt.",
    ),
    Figure("gate_commit_seconds", Kind.SECONDS, "One commit of many requests."),
    Figure("gate_connections", Kind.GAUGE, "Open connections."),
    Figure("gate_connections_most", Kind.GAUGE, "Connections that it would take."),
    Figure("gate_waiting_polls", Kind.GAUGE, "Polls that wait for something new."),
    Figure("gate_queued", Kind.GAUGE, "Requests that wait for a commit."),
    Figure("gate_leaving", Kind.GAUGE, "1 while it ends and others are to be asked."),
    Figure("gate_started_timestamp_seconds", Kind.GAUGE, "When it started."),
    *intake.DECLARED,
)


def receipted(
    figures: Figures, admitted: Admitted, verdicts: Sequence[Verdict], seconds: float
) -> list[str]:
    """Count a shipment that has its receipt.

    Args:
        figures: the gate's.
        admitted: the shipment.
        verdicts: the store's, one for each of its envelopes.
        seconds: how long it took.

    Returns:
        The reasons of its envelopes that were not stored.
    """
    fates: dict[Fate, int] = {}
    reasons = list(admitted.refused.values())
    if reasons:
        fates[Fate.REFUSED] = len(reasons)
    octets = 0
    for item, verdict in zip(admitted.envelopes, verdicts, strict=True):
        fates[verdict.fate] = fates.get(verdict.fate, 0) + 1
        if verdict.fate is Fate.STORED:
            octets += len(item.octets)
        if verdict.reason not in {"", intake.QUEUED}:  # what waits is not refused
            reasons.append(verdict.reason)
    for fate, count in fates.items():
        figures.count("gate_envelopes_total", _FATE[fate], more=count)
    for reason, count in Counter(reasons).items() if reasons else ():
        figures.count("gate_refused_total", reason, more=count)
    figures.count("gate_stored_bytes_total", more=octets)
    figures.took("gate_receipt_seconds", seconds)
    return reasons
