# SPDX-License-Identifier: Apache-2.0
"""Names of machines in the words of particular programs.

Rules: localhost and numbers stay; only the words of these programs tell.
Not here: words that many programs share (`hosts_in_context.py`), heads of lines
(`hosts_in_headers.py`).
Sources: dnsmasq, rfc2131.c; Cisco, system messages with a host name as origin; Samba,
service.c, vfs_full_audit; Microsoft, W3C logging; NetworkManager; osquery, log formats.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.host_names import HOST, WORD, accept_host

NAME = "hosts_of_tools"
CLASS = HOST

_RULES = (
    ContextRule(
        rb"[0-9]{2}:[0-9]{2}:[0-9]{2} (?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|<ip[^>\n]+>) ",
        WORD,
        rb" : ",
    ),
    ContextRule(rb"\bdhcpack\([^)\n]*\) [^ \n]+ [^ \n]+ ", WORD, rb"$"),
    ContextRule(
        rb"\b",
        WORD,
        rb" \((?:ipv[0-9]:)?[0-9a-f:.<][^)\n]*\) (?:connect|closed [a-z]+) to service",
    ),
    ContextRule(rb"\bsmbd_audit(?:\[[0-9]+\])?: [^|\n]+\|[^|\n]+\|", WORD, rb"\|"),
    ContextRule(rb"\bw[0-9]svc[0-9]+ ", WORD, rb" "),
    ContextRule(rb"\bhost ?name:? '", WORD, rb"'"),
    ContextRule(rb"\"hostidentifier\\*\"[ ]*:[ ]*\\*\"", WORD),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_host)

HITS = (
    ("dnsmasq-dhcp[7]: DHCPACK(br0) 192.0.2.7 00:00:5e:00:53:01 ws7", "ws7"),
    ("Jan  7 10:11:12 192.0.2.7 ws7 : %ASA-6-302013: built", "ws7"),
    ("Jan  7 10:11:12 <ip_0123abcd> ws7 : %ASA-6-302013: built", "ws7"),
    ("smbd[7]: ws7 (192.0.2.7) connect to service homes initially as", "ws7"),
    ("smbd[7]: ws7 (ipv4:192.0.2.7:4432) closed connection to service x", "ws7"),
    ("smbd_audit: amelie|192.0.2.7|ws7|data|open|ok|r|x.txt", "ws7"),
    ("W3SVC1 WS7 192.0.2.7 GET /x", "WS7"),
    ("dhcp4 (eth0):   hostname: 'ws7'", "ws7"),
    ('{"hostIdentifier":"ws7","name":"users"}', "ws7"),
)
MISSES = (
    "Jan  7 10:11:12 192.0.2.7 localhost : started",
    "dnsmasq-dhcp[7]: DHCPACK(br0) 192.0.2.7 00:00:5e:00:53:01",
    "took 00:11:12 1.5 7 : 3 and 10:11:12 2345 worker : started",
)
WORST = "00:00:00 0 : dhcpack() a a "
