# SPDX-License-Identifier: Apache-2.0
"""The gate's own bounds, each with its reason.

Rules: a number that limits what strangers can make the gate hold or do stands here.
Not here: bounds that both ends share (`wire/limits.py`).
"""

from wire.limits import CLOCK_SKEW_SECONDS, KIB, MIB

NONCE_SECONDS = 2 * CLOCK_SKEW_SECONDS
"""A message stays acceptable from one skew before its time to one skew after it."""
NONCES = 262_144
"""Remembered nonces: 50 MiB; 50,000 devices that poll and ship four times an hour."""
NONCES_OF_ONE = 16_384
"""Nonces of one device in the window, some nine a second: one cannot fill the rest."""

QUEUED_REQUESTS = 512
"""Shipments that wait for a commit: at 1,000 commits a second, half a second."""
QUEUED_BYTES = 64 * MIB
"""Envelopes that wait for a commit."""
BATCH_ENVELOPES = 2_048
"""Envelopes in one commit: more would only lengthen the wait of the first."""
BATCH_BYTES = 16 * MIB
"""Bytes in one commit."""

REQUESTS = 1_024
"""Requests under way at once."""
BODY_BYTES_UNDER_WAY = 128 * MIB
"""Bytes of bodies that are arriving or being judged, over all requests."""
BODY_SECONDS = 60.0
"""A body arrives within this time: 4 MiB at 70 kB/s; a slower one is cut off."""
JUDGES = 2
"""Threads that verify: hashing and signatures run outside the interpreter's lock."""
RETRY_SECONDS = 30
"""What a device is asked to wait when the gate is full; it adds its own jitter."""
BACKLOG = 1_024
"""Connections that wait to be accepted."""
CONNECTIONS = 8_192
"""Open connections; each costs some 60 KiB of TLS state."""
DESCRIPTORS = CONNECTIONS + 256
"""Open files: those that still shake hands are no connections yet, and count here."""
HEAD_BYTES = 16 * KIB
"""Request line and header fields: an agent sends 300 bytes."""
HEAD_SECONDS = 20.0
"""They arrive within this time after the connection or the request begins."""
IDLE_SECONDS = 15
"""A connection without a request is closed after this."""
GRACE_SECONDS = 10
"""Requests under way get this long when the gate ends."""
