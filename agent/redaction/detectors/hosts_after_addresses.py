# SPDX-License-Identifier: Apache-2.0
"""Names of machines that follow their address: in relayed lines and in leases.

Rules: localhost and numbers stay.
Not here: names before an address (`hosts_in_context.py`).
Sources: dnsmasq, rfc2131.c; Cisco, system messages with a host name as origin.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.host_names import HOST, WORD, accept_host

NAME = "hosts_after_addresses"
CLASS = HOST

_RULES = (
    ContextRule(
        rb"[0-9]{2}:[0-9]{2}:[0-9]{2} (?:[0-9.]+|<ip-[^>\n]+>) ", WORD, rb" : "
    ),
    ContextRule(rb"\bdhcpack\([^)\n]*\) [^ \n]+ [^ \n]+ ", WORD, rb"$"),
)
PATTERN = context_pattern(_RULES)
NEEDS = (b" : ", b"dhcpack(")
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE


verify = context_verify(_RULES, accept_host)

HITS = (
    ("dnsmasq-dhcp[7]: DHCPACK(br0) 192.0.2.7 00:00:5e:00:53:01 ws7", "ws7"),
    ("Jan  7 10:11:12 192.0.2.7 ws7 : %ASA-6-302013: built", "ws7"),
    ("Jan  7 10:11:12 <ip-0123abcd> ws7 : %ASA-6-302013: built", "ws7"),
)
MISSES = (
    "Jan  7 10:11:12 192.0.2.7 localhost : started",
    "dnsmasq-dhcp[7]: DHCPACK(br0) 192.0.2.7 00:00:5e:00:53:01",
    "took 00:11:12 1.5 7 : 3",
)
WORST = "00:00:00 0 : dhcpack() a a "
