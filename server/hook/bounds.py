# SPDX-License-Identifier: Apache-2.0
"""The webhook's bounds, each with its reason.

Rules: no number of the webhook stands anywhere else.
Not here: how long a ticket may be open (`server/keeper/bounds.py`).
"""

BODY_BYTES = 8 * 1_024
"""A ticket's id and its state have 200; with a hundred devices there is room."""
DROPPED_BYTES = 64 * 1_024
"""Read of a message that is too large, so that its sender sees the answer."""
SKEW_SECONDS = 300
"""Between the ticket system's clock and ours; a message is remembered for so long."""
SECRET_BYTES = 32
"""Of the shared secret at the least: as many as its digest has."""
CONNECTIONS = 16
"""At a time: a ticket system has one or two open, strangers have the others."""
REQUEST_SECONDS = 10.0
"""From the first byte of a handshake to the answer's last."""
TELL_SECONDS = 3_600
"""Between two lines of the ledger on what was refused: strangers do not fill it."""
TICK_SECONDS = 0.2
"""How often the process looks whether it is to end."""
