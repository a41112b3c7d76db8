# SPDX-License-Identifier: Apache-2.0
"""Names of machines, by what stands beside them in logs.

Rules: localhost and numbers stay; a name found once is hidden in the whole text.
Not here: names with dots in other places (`fqdns.py`), own names (`identities.py`).
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits, Found
from agent.redaction.windows_names import is_authority, is_share

NAME = "hosts_in_context"
CLASS = "host"

_H = rb"[a-z0-9_][a-z0-9_.-]*"
_TIME = (
    rb"(?:[A-Z][a-z]{2} [ 0-9]?[0-9] (?:[0-9]{4} )?[0-9]{2}:[0-9]{2}:[0-9]{2}"
    rb"(?:[.,][0-9]+)?|"
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[0-9.,]*(?:Z|[+-][0-9:]+)?)"
)
_KEYS = (
    rb"(?:[a-z_]*host(?:[_.]?name)?|station|computer(?:_?name)?|workstation(?:_?name)?|"
    rb"machine(?:_?name)?|device_?name|"
    rb"remote_?host|nodename|src_?host|dst_?host|[sd]host|devname|client_?name|helo|ehlo|"
    rb"server_?name|[a-z_]*domain(?:_?name)?)"
)
_RULES = (
    ContextRule(
        rb"^(?:<[0-9]{1,3}>)?(?:[0-9] )?" + _TIME + rb" (?:[a-z0-9_]+@)?",
        _H,
        rb" [^\s:\[]+(?:\[[0-9]+\])?:?",
        sure=True,
    ),
    ContextRule(rb"^", _H, rb" [a-z0-9_./()-]+\[[0-9]+\]:", sure=True),
    ContextRule(
        rb"\b[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} (?:[a-z0-9_]+@)?",
        _H,
        rb"(?:/"
        + _H
        + rb")? [^\s:\[(]+(?:\([a-z_]+\))?(?:\[[0-9]+\](?:\([a-z]+\))?[: ]|:)",
        sure=True,
    ),
    ContextRule(rb"<[0-9]{1,3}>[0-9] " + _TIME + rb" ", _H, rb" ", sure=True),
    ContextRule(
        rb"\b[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ",
        rb"[a-z][a-z0-9]*[0-9-][a-z0-9-]*",
        rb" [^\s:\[]+",
    ),
    ContextRule(
        rb"\bauth,log(?:in|out),(?:[^,\n]*,){3}[a-z]{2},", _H, rb",[0-9a-f.:]+,"
    ),
    ContextRule(rb"\blogged (?:on|in) (?:from|to|at) ", _H),
    ContextRule(rb"[0-9a-f]{2}[:-][0-9a-f]{2} \(", _H, rb"\)"),
    ContextRule(
        rb"\b(?:on|to|from|at|host|node) ",
        rb"[a-z][a-z0-9-]*[0-9-][a-z0-9-]*",
        rb":[0-9]{2,5}\b",
    ),
    ContextRule(rb"\b" + _KEYS + rb"=\"?'?<?\[?", _H),
    ContextRule(rb"\bH=\(?", _H, rb"\)? "),
    ContextRule(rb"\\?\"" + _KEYS + rb"\\?\"[ ]*:[ ]*\\?\"", _H, rb"\\?\""),
    ContextRule(
        rb"\b(?:computer|workstation|host|hostname|machine|server|helo|ehlo|"
        rb"account domain|primary domain)"
        rb"(?: name)?[ ]?:[ \t]+",
        _H,
    ),
    ContextRule(
        rb"\bdevicedetail\\?\"[ ]*:[ ]*\{[^{}\n]*\bdisplayname"
        rb"\\?\"[ ]*:[ ]*\\?\"",
        _H,
        rb"\\?\"",
    ),
    ContextRule(rb"\bpid [0-9]+ on ", _H, rb" by "),
    ContextRule(rb"\bdevice ", _H, rb"[ ]*[,;:]? serial(?: number)?[ :=]"),
    ContextRule(rb"\bset(?:ting)? hostname to \"?", _H),
    ContextRule(rb"\buser '[^'\n]*'@'", _H, rb"'"),
    ContextRule(rb"\bgetaddrinfo(?: for)?[ (]+", _H),
    ContextRule(
        rb"\bfailed to resolve [a-z]+ [a-z]+ name ", _H + rb"(?: " + _H + rb")*"
    ),
    ContextRule(rb"\b(?:maps to|mapped to|helo|ehlo) [<(\"]?", _H),
    ContextRule(rb"\bfrom ", _H, rb" ?[\[(][0-9a-f:.]+[\])]"),
    ContextRule(rb"\bfor ", _H, rb" \[[0-9a-f:.]+\]"),
    ContextRule(rb"\(", _H, rb" ?\[[0-9a-f:.]+\]\)"),
    ContextRule(
        rb"\b", rb"[a-z0-9][a-z0-9.-]*[a-z][a-z0-9.-]*", rb"\[[0-9]{1,3}\.[0-9.]+\]"
    ),
    ContextRule(
        rb"\b",
        rb"[a-z][a-z0-9.-]*[a-z0-9]",
        rb"/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b",
    ),
    ContextRule(rb"\b", rb"[a-z][a-z0-9-]{1,14}", rb"\$(?:[\s\"',;)]|$)"),
    ContextRule(rb"\b", rb"[a-z]+-[a-z0-9-]*[0-9]", rb":[0-9]{2,5}\b"),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

_LOCAL = frozenset({b"localhost", b"localhost.localdomain", b"last", b"message"})
_NAMELESS = _LOCAL | frozenset(
    b"window font iis target command workgroup builtin nt unknown none null nil kernel "
    b"last message from "
    b"to the and with for at is a an in on not http https tcp udp unix ip host name "
    b"info warn warning error debug notice true false yes no any all chrome firefox "
    b"safari version applewebkit gecko mozilla php apache openssl curl java python "
    b"-- - ? repeated inet addr ssh telnet gui console jsconsole vty".split()
)


def _accept(match: bytes, start: int, end: int, sure: bool) -> Found:  # noqa: FBT001 - Accept is called by place
    """Return each name that is no number, no address and not nobody's."""
    spans: list[tuple[int, int, str]] = []
    for name in match[start:end].split(b" "):
        if sure or not _of_share(match, end, name.rstrip(b".-")):
            spans.extend(_accept_one(name, start, sure=sure))
        start += len(name) + 1
    return tuple(spans)


def _accept_one(name: bytes, start: int, *, sure: bool) -> Found:
    """Return the name unless it is a number, an address or nobody's."""
    name = name.rstrip(b".-")
    nameless = _LOCAL if sure else _NAMELESS
    if not sure and is_authority(name):
        return ()
    if name.lower() in nameless or not name.strip(b"0123456789.-_:"):
        return ()
    return ((start, start + len(name), CLASS),)


def _of_share(match: bytes, end: int, name: bytes) -> bool:
    return match[end : end + 1] == b"$" and is_share(name)


verify = context_verify(_RULES, _accept)

HITS = (
    ("at step 3: Mar  4 10:00:00 kiosk-7 System up", "kiosk-7"),
    ("gateway-auth,login,LDAP,,x,DE,KIOSKAB,192.0.2.1,0.0.0.0", "KIOSKAB"),
    ("joined device_name=kiosk-ab ip=192.0.2.1", "kiosk-ab"),
    ('"deviceDetail":{"deviceId":"","displayName":"kiosk-ab"}', "kiosk-ab"),
    ("locked by PID 77 on kiosk-ab by x", "kiosk-ab"),
    ("INFO device KIOSKAB serial: C02X", "KIOSKAB"),
    ("Jan  7 10:11:12 ws7 sshd[812]: started", "ws7"),
    ("2024-01-07T10:11:12.5+01:00 ws7 sshd[812]: started", "ws7"),
    ("ws7 sshd[812]: started", "ws7"),
    ("ruser= rhost=ws7 user=", "ws7"),
    ('{"Computer": "WS7", "x": 1}', "WS7"),
    ('Computer="WS7" x', "WS7"),
    ("reverse mapping checking getaddrinfo for ws7.example.net [192.0.2.7]", "ws7"),
    ("connect from ws7[192.0.2.7]", "ws7"),
    ("Old: ws-41/192.0.2.7:9000", "ws-41"),
    ("account WS7$ logged on", "WS7"),
    ("Jan  7 10:11:12 ws7 cron[8]: job on WS7 done", "on WS7"),
    ("lease of node-41:9000", "node-41"),
    ("Jan  7 10:11:12 host sshd[812]: started", " host sshd"),
    ("- 11 2024.01.07 ws7 Jan 7 10:11:12 ws7/ws7 cron[8]: run", "ws7"),
    ("Account Domain:\t\tCONTOSO", "CONTOSO"),
    ("Server environment:host.name=ws-41", "ws-41"),
    ("Warning: we failed to resolve data source name ws7 ws8 ws9", "ws7"),
    ("Warning: we failed to resolve data source name ws7 ws8 ws9", "ws8"),
    ("Warning: we failed to resolve data source name ws7 ws8 ws9", "ws9"),
    ('setting hostname to "Amelies-Air.local"', "Amelies-Air"),
    ("Access denied for user 'x'@'ws7' (using password: YES)", "ws7"),
    ("rejected H=(ws-7) [192.0.2.7]", "ws-7"),
    ("Jan  7 10:11:12 ws7 krb5kdc[8](info): AS_REQ", "ws7"),
    ("x Jan  7 10:11:12 ws7/ws7 crond(pam_unix)[8]: session", "ws7"),
    ("Jan  7 10:11:12 ws7 proftpd[8] ws7 (x): begun", " ws7 proftpd"),
    ("got <34>1 2026-01-07T10:11:12Z ws7 app 7 ID47 - x", "ws7"),
    ("bob logged on from ws7", "ws7"),
    ("DHCPACK to 00:00:5e:00:53:01 (ws7) via eth0", "ws7"),
    ("in memory on worker-a:14102 (free)", "worker-a"),
    ("OPERATOR=x|STATION=ws7|ok", "ws7"),
)
MISSES = (
    "Jan  7 10:11:12 localhost sshd[812]: started",
    "host=localhost port=1",
    "Helo command rejected: no",
    "rhost=192.168",
    "class Foo$Bar and cost 5$",
    "login failed from ssh(192.0.2.7)",
)
WORST = "Jan  7 10:11:12 ws7 host="
