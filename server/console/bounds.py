# SPDX-License-Identifier: Apache-2.0
"""The console's bounds, each with its reason.

Rules: no number of the console stands anywhere else.
Not here: sessions and challenges (`server/access/bounds.py`), connections
(`server/gate/bounds.py`).
"""

BODY_BYTES = 64 * 1_024
"""A passkey's answer has 1 to 4 kB, a form less."""
BODY_SECONDS = 10.0
"""For a body to arrive."""
FIELDS = 64
"""Of a form: the longest has a dozen."""
CONNECTIONS = 256
"""At a time: a provider's staff, each with a few."""
ADDRESS_CONNECTIONS = 64
"""From one address: an office is behind one."""
STRANGER_ACTS = 20
"""Of an address that are never put off: a dozen people of an office sign in at nine."""
STRANGER_ACTS_A_SECOND = 1.0
"""In the long run; each costs a signature's check."""
DAY_SECONDS = 86_400
TELL_SECONDS = 3_600
"""Between two lines of the ledger on refused sign-ins: strangers do not fill it."""
STATIC_SECONDS = 300
"""A browser keeps style and script so long; after an upgrade they are fresh soon."""
FARED_SECONDS = 2 * DAY_SECONDS
"""Back from now, for how agents fared: what is read daily is in it, and it is soon."""
PAGE_DEVICES = 50
"""Of a page of the fleet: what a person goes through, and a phone draws at once."""
PAGE_ALERTS = 50
"""Of a page of alerts, for the same reason: an outage has one for each device."""
SHOWN_ROWS = 500
"""Of a table on a page; more is for a file."""
LIVE_READINGS = 30
"""In a row, a minute apart, for a page that stays open: each is a line of the ledger,
and nobody's forgotten window writes there all night."""
SERIES_ROWS = 20_000
"""Of what is drawn: a week by the minute has 10,080."""
BARS = 15
"""Of a chart: what is seen at a glance; the rest is in the table."""
CELL_CHARS = 2_000
"""Of a cell on a page: a log line has fewer; the rest is said to be cut."""
DRAFTS = 256
"""That wait at a time, of 15 kB at most: people sign one after another."""
DRAFTS_OF_ONE = 16
"""Of one person: the oldest gives way, so nobody takes the others' room."""
DRAFT_SECONDS = 86_400
"""No request is good for longer."""
SIGN_AT = "http://localhost:8347"
"""Where `discreet-authorise` waits, unless the passkey says another port."""
