# SPDX-License-Identifier: Apache-2.0
"""Names of machines that stand beside their address or port, or end in a dollar.

Rules: localhost, shares and numbers stay; a name found once is hidden in the whole
text.
Not here: names after a word or key (`hosts_in_context.py`).
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.host_names import HOST, WORD, accept_host

NAME = "hosts_at_addresses"
CLASS = HOST

_RULES = (
    ContextRule(rb"\bopenvpn(?:\[[0-9]+\])?: ", WORD, rb"/[0-9a-f]"),
    ContextRule(rb"\(", WORD, rb" ?\[[0-9a-f:.]+\]\)"),
    ContextRule(
        rb"\b", rb"[a-z0-9][a-z0-9.-]*[a-z][a-z0-9.-]*", rb"\[[0-9]{1,3}\.[0-9.]+\]"
    ),
    ContextRule(
        rb"\b",
        rb"[a-z][a-z0-9.-]*[a-z0-9]",
        rb"/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b",
    ),
    ContextRule(rb"\b", rb"[a-z][a-z0-9-]{1,14}", rb"\$(?:[ \t\r\"',;)]|$)"),
    ContextRule(rb"\b", rb"[a-z]+-[a-z0-9-]*[0-9]", rb":[0-9]{2,5}\b"),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_host)

HITS = (
    ("connect from ws7[192.0.2.7]", "ws7"),
    ("Old: ws-41/192.0.2.7:9000", "ws-41"),
    ("account WS7$ logged on", "WS7"),
    ("lease of node-41:9000", "node-41"),
)
MISSES = (
    "class Foo$Bar and cost 5$",
    "Old: localhost/192.0.2.7:9000",
    "share ADMIN$ opened",
    "took 12-34:56 to finish",
    "openvpn[7]: amelie/192.0.2.7:1194 TLS: soft reset",
)
WORST = "ws-7/192.0.2.7:9 "
