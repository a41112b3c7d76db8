# SPDX-License-Identifier: Apache-2.0
"""The bounds of people and their sessions, each with its reason.

Rules: no number of `server/access` stands anywhere else, but the step-up's
(`model.py`).
"""

PEOPLE = 2_000
"""A provider's staff and its client's few; the page of people shows all."""
NAME_CHARS = 100
"""Longest name of a person that is shown."""
HELD = 64
"""Roles of one person, each tenant counted."""
KEYS = 16
"""Keys and passkeys of one person, each: a phone, two laptops, a token, with room."""
INVITATION_SECONDS = 3 * 86_400
"""Over a weekend; a link that lies in a mailbox for longer is found by others."""
INVITATION_SECONDS_MOST = 14 * 86_400
SECRET_BYTES = 32
"""Of an invitation, a session or a challenge: nobody guesses 256 bits."""
SESSION_SECONDS = 8 * 3_600
"""A working day, whatever is done: then the person proves again to be there."""
IDLE_SECONDS = 30 * 60
"""A session that nobody used for so long ends: the desk is empty."""
USED_SECONDS = 60
"""So exactly it is known when a session was used last; each note is a write."""
SESSIONS = 16
"""Of one person at a time; the oldest ends for another."""
CHALLENGE_SECONDS = 120
"""An authenticator asks its person, who has to find it and touch it."""
CHALLENGES = 4_096
"""At a time, in memory; strangers can ask for them, each 100 octets."""
CREDENTIAL_BYTES = 1_023
"""Longest credential id (WebAuthn, 4)."""
PUBLIC_BYTES = 2_048
"""A COSE key: 77 octets for P-256, 300 for RSA, a kilobyte and more after quantum."""
