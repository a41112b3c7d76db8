# SPDX-License-Identifier: Apache-2.0
"""What a gate counts of the buffer before the store.

Rules: outcomes are the code's own slugs; a gate without a buffer shows zeros.
Not here: the gate's other figures (`../figures.py`).
"""

from server.figures.kept import Figure, Kind

QUEUED, FULL, AWAY = "queued", "full", "away"
STORED, DROPPED, SET_ASIDE, LATER = "stored", "dropped", "set-aside", "later"
OUTCOMES = (QUEUED, FULL, AWAY, STORED, DROPPED, SET_ASIDE, LATER)
DECLARED = (
    Figure(
        "gate_intake_total",
        Kind.COUNTER,
        "Shipments at the buffer before the store, by what became of them.",
        {"outcome": OUTCOMES},
    ),
    Figure("gate_intake_there", Kind.GAUGE, "1 while the buffer is connected."),
    Figure("gate_intake_waiting", Kind.GAUGE, "Shipments that wait in the buffer."),
    Figure("gate_intake_aside", Kind.GAUGE, "Shipments set aside in the buffer."),
    Figure("gate_store_away", Kind.GAUGE, "1 while the store cannot be asked."),
)
