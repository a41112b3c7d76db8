# SPDX-License-Identifier: Apache-2.0
"""Names of machines, by the words and keys that stand beside them in logs.

Rules: localhost and numbers stay; a name found once is hidden in the whole text.
Not here: heads of lines (`hosts_in_headers.py`), names beside an address
(`hosts_at_addresses.py`), names with dots in other places (`fqdns.py`).

Three detectors, for one pattern of all has more states than RE2 keeps.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.host_names import HOST, WORD, accept_host

NAME = "hosts_in_context"
CLASS = HOST

_KEYS = (
    rb"(?:[a-z_]*host(?:[_.]?name)?|station|computer(?:_?name)?|workstation(?:_?name)?|"
    rb"machine(?:_?name)?|device_?name|"
    rb"remote_?host|nodename|src_?host|dst_?host|[sd]host|devname|client_?name|helo|ehlo|"
    rb"server_?name|[a-z_]*domain(?:_?name)?)"
)
_RULES = (
    ContextRule(
        rb"\bauth,log(?:in|out),(?:[^,\n]*,){3}[a-z]{2},", WORD, rb",[0-9a-f.:]+,"
    ),
    ContextRule(rb"\blogged (?:on|in) (?:from|to|at) ", WORD),
    ContextRule(rb"[0-9a-f]{2}[:-][0-9a-f]{2} \(", WORD, rb"\)"),
    ContextRule(
        rb"\b(?:on|to|from|at|host|node) ",
        rb"[a-z][a-z0-9-]*[0-9-][a-z0-9-]*",
        rb":[0-9]{2,5}\b",
    ),
    ContextRule(rb"\b" + _KEYS + rb"=\"?'?<?\[?", WORD),
    ContextRule(rb"\bH=\(?", WORD, rb"\)? "),
    ContextRule(rb"\\?\"" + _KEYS + rb"\\?\"[ ]*:[ ]*\\?\"", WORD, rb"\\?\""),
    ContextRule(
        rb"\b(?:computer|workstation|host|hostname|machine|server|helo|ehlo|"
        rb"account domain|primary domain)"
        rb"(?: name)?[ ]?:[ \t]+",
        WORD,
    ),
    ContextRule(
        rb"\bdevicedetail\\?\"[ ]*:[ ]*\{[^{}\n]*\bdisplayname"
        rb"\\?\"[ ]*:[ ]*\\?\"",
        WORD,
        rb"\\?\"",
    ),
    ContextRule(rb"\bpid [0-9]+ on ", WORD, rb" by "),
    ContextRule(rb"\bdevice ", WORD, rb"[ ]*[,;:]? serial(?: number)?[ :=]"),
    ContextRule(rb"\bset(?:ting)? hostname to \"?", WORD),
    ContextRule(rb"\buser '[^'\n]*'@'", WORD, rb"'"),
    ContextRule(rb"\bgetaddrinfo(?: for)?[ (]+", WORD),
    ContextRule(
        rb"\bfailed to resolve [a-z]+ [a-z]+ name ", WORD + rb"(?: " + WORD + rb")*"
    ),
    ContextRule(rb"\b(?:maps to|mapped to|helo|ehlo) [<(\"]?", WORD),
    ContextRule(rb"\bfrom ", WORD, rb" ?[\[(][0-9a-f:.]+[\])]"),
    ContextRule(rb"\bfor ", WORD, rb" \[[0-9a-f:.]+\]"),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_host)

HITS = (
    ("gateway-auth,login,LDAP,,x,DE,KIOSKAB,192.0.2.1,0.0.0.0", "KIOSKAB"),
    ("joined device_name=kiosk-ab ip=192.0.2.1", "kiosk-ab"),
    ('"deviceDetail":{"deviceId":"","displayName":"kiosk-ab"}', "kiosk-ab"),
    ("locked by PID 77 on kiosk-ab by x", "kiosk-ab"),
    ("INFO device KIOSKAB serial: C02X", "KIOSKAB"),
    ("ruser= rhost=ws7 user=", "ws7"),
    ('{"Computer": "WS7", "x": 1}', "WS7"),
    ('Computer="WS7" x', "WS7"),
    ("reverse mapping checking getaddrinfo for ws7.example.net [192.0.2.7]", "ws7"),
    ("connect from ws7[192.0.2.7]", "ws7"),
    ("Account Domain:\t\tCONTOSO", "CONTOSO"),
    ("Server environment:host.name=ws-41", "ws-41"),
    ("Warning: we failed to resolve data source name ws7 ws8 ws9", "ws7"),
    ("Warning: we failed to resolve data source name ws7 ws8 ws9", "ws8"),
    ("Warning: we failed to resolve data source name ws7 ws8 ws9", "ws9"),
    ('setting hostname to "Amelies-Air.local"', "Amelies-Air"),
    ("Access denied for user 'x'@'ws7' (using password: YES)", "ws7"),
    ("rejected H=(ws-7) [192.0.2.7]", "ws-7"),
    ("bob logged on from ws7", "ws7"),
    ("DHCPACK to 00:00:5e:00:53:01 (ws7) via eth0", "ws7"),
    ("in memory on worker-a:14102 (free)", "worker-a"),
    ("OPERATOR=x|STATION=ws7|ok", "ws7"),
)
MISSES = (
    "host=localhost port=1",
    "Helo command rejected: no",
    "rhost=192.168",
)
WORST = "rhost=ws7 from ws7 "
