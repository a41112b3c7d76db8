# SPDX-License-Identifier: Apache-2.0
r"""Names in the sentences of Windows events, of its services and of Wazuh's agents.

Rules: the words around a name are those of the message's own text.
Not here: labels (`windows_labels.py`), fields (`windows_fields.py`).
Sources: Microsoft, messages of User32, DCOM, Netlogon, Kerberos, PrintService; Wazuh,
messages of its daemons and form of an alert's location.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.windows_names import account_spans, host_spans

NAME = "windows_sentences"
CLASS = "host"

_H = rb"[a-z0-9_\x80-\xff][a-z0-9_.\x80-\xff-]*\$?"
_A = rb"[^\s\"'`,;:()\[\]{}<>=|]+"
_DAY = rb"(?:[0-9]{4}[ /-](?:[A-Z][a-z]{2}|[0-9]{2})[ /-][0-9]{2} [0-9:]{8} )"
_RULES = (
    ContextRule(rb"\.exe \(", _H, rb"\) has initiated"),
    ContextRule(rb" of computer ", _H, rb" on behalf of"),
    ContextRule(rb"on behalf of user ", _A, rb" for the", sure=True),
    ContextRule(
        rb"\b(?:from|with) the computer ", _H, rb" (?:failed|using|that|is|was)\b"
    ),
    ContextRule(rb"\bthe computer account ", _H),
    ContextRule(rb"\blog(?:ged|s)? (?:on|in|off) (?:from|to|at) ", _H),
    ContextRule(rb"\bdatabase is ", rb"[a-z0-9_.-]+\$", rb""),
    ContextRule(rb"\bfrom the server ", _H, rb"(?:\. |,|$)"),
    ContextRule(rb"\b(?:in|for) domain ", _H, rb"(?: due| is| has| for|\.? *$|\. )"),
    ContextRule(rb"\bthe name \"", rb"[a-z0-9_-]+[ ]*", rb":[0-9a-f]{1,2}\""),
    ContextRule(rb"\b", rb"[a-z0-9_-]+", rb"[ ]*<(?:00|03|1b|1c|1d|1e|20)>"),
    ContextRule(rb" owned by ", _A, rb" on ", sure=True),
    ContextRule(
        rb"\b(?:user|account|by|owner|principal|identity|logon) [\"'<(]?",
        rb"[a-z0-9][a-z0-9._-]*\\{1,8}[a-z0-9_$\x80-\xff][a-z0-9_.$\x80-\xff-]*",
        sure=True,
    ),
    ContextRule(rb"\\{2,8}", _H, rb" was printed"),
    ContextRule(rb"\b(?:cifs|termsrv|mssqlsvc|restrictedkrbhost|krbtgt|wsman)/", _H),
    ContextRule(
        rb"agent (?:started|disconnected|stopped|removed|connected|unreachable): "
        rb"\\*['\"]",
        _H,
        rb"-(?:>|any)",
    ),
    ContextRule(rb"new agent \(", _H, rb"\) "),
    ContextRule(
        rb"(?:for agent|agent name|duplicate name|duplicated name|invalid agent name)"
        rb":? ['\"(]",
        _H,
        rb"['\")]",
    ),
    ContextRule(rb"\bagent name as: ['\"]?", _H),
    ContextRule(rb"\bagent ['\"]", _H, rb"['\"]"),
    ContextRule(rb"requesting a key from server: ", _H),
    ContextRule(_DAY, _H, rb"->[/a-z]"),
    ContextRule(_DAY + rb"\(", _H, rb"\) [0-9a-f:.]{3,}->"),
    ContextRule(_DAY + rb"\(", _H, rb"\) any->"),
    ContextRule(rb"location: \(?", _H, rb"\)?(?: [0-9a-z:.]+)?->"),
    ContextRule(rb"\"location\\*\"[ ]?:[ ]?\\*\"\(", _H, rb"\) [0-9a-z:.]+->"),
    ContextRule(rb"\"location\\*\"[ ]?:[ ]?\\*\"", _H, rb"->/"),
    ContextRule(rb"\bdomain controller (?:\\{2,8})?", rb"[a-z0-9-]+\.[a-z0-9.-]+"),
)
PATTERN = context_pattern(_RULES)
NEEDS = (
    b".exe (",
    b"computer",
    b"behalf",
    b"database is",
    b"server",
    b"domain",
    b"the name",
    b"<",
    b"owned by",
    b"user ",
    b"account ",
    b"by ",
    b"owner ",
    b"principal ",
    b"identity ",
    b"log",
    b"printed",
    b"/",
    b"agent",
    b"duplicate",
    b"->",
)
BESIDE = 6
SPREADS = True
DIGITS = Digits.MATCH

_JOINT = LazyPattern(rb"\\+")
_WORDS = frozenset(
    b"a an the this that name id account control accounts objects group groups key ip "
    b"address any all local remote of with was is in to and for or not by "
    b"service console tty ssh".split()
)


def _accept(match: bytes, start: int, end: int, sure: bool) -> Found:  # noqa: FBT001 - Accept is called by place
    """Return the machine's name, or the account's where the rule is of one."""
    value = match[start:end]
    if sure:
        return account_spans(value, start)
    name = value.rstrip(b" .")
    if name.lower() in _WORDS:
        return ()
    return host_spans(name, start)


_named = context_verify(_RULES, _accept)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the name, unless a path goes on where the rule ends."""
    joint = _JOINT.search(match)
    run = len(after) - len(after.lstrip(b"\\"))
    if joint is not None and run == len(joint[0]):
        return ()
    return _named(match, before, after)


HITS = (
    ("x.exe (WS7) has initiated the restart of computer WS8 on behalf of", "WS7"),
    ("x.exe (WS7) has initiated the restart of computer WS8 on behalf of", "WS8"),
    (r"on behalf of user ws7\amelie for the following reason: x", "amelie"),
    ("The session setup from the computer WS-41 failed to authenticate.", "WS-41"),
    ("referenced in the security database is WS-41$.", "WS-41"),
    ("a domain controller in domain CONTOSO due to the following:", "CONTOSO"),
    ("KRB_AP_ERR_MODIFIED error from the server ws-41$. The target", "ws-41"),
    ("The target name used was cifs/fs-2. This indicates", "fs-2"),
    ("Service krbtgt/CONTOSO.EXAMPLE failed", "CONTOSO.EXAMPLE"),
    ("unable to communicate with the computer FS-2 using any", "FS-2"),
    ('The name "CONTOSO        :1d" could not be registered', "CONTOSO"),
    ("WS7            <20>  UNIQUE", "WS7"),
    (r"process C:\x.exe, user ws-41\amelie", "amelie"),
    (r"run by ws-41\\amelie,", "ws-41"),
    ("amelie logged on from ws-41", "from ws-41"),
    (r"report.docx owned by amelie on \\WS-41 was printed", "amelie"),
    (r"report.docx owned by amelie on \\WS-41 was printed", "WS-41"),
    ("ossec: Agent started: 'ws7->192.0.2.7'.", "ws7"),
    ("ossec: Agent disconnected: 'ws7-any'.", "ws7"),
    ("Received request for a new agent (ws7) from: 192.0.2.7", "ws7"),
    ("Agent key generated for agent 'ws7' (requested by any)", "ws7"),
    ("INFO: Using agent name as: ws7", "ws7"),
    ("2024 Jan 07 10:11:12 (ws7) 192.0.2.1->WinEvtLog", "ws7"),
    ("2024 Jan 07 10:11:12 ws7->/var/log/auth.log", "ws7"),
    ('{"location":"(ws7) any->/var/log/auth.log"}', "ws7"),
    ("Location: ws7->/var/log/auth.log; user: x", "ws7"),
)
MISSES = (
    "The computer with the IP address did not allow the name to be claimed",
    "in domain name resolution for the local host",
    "a->b and p->next in x.exe (pid)",
    "Agent started: 'x",
    "from the server. Then",
    "owned by root on disk",
    "cifs/localhost",
    r"used by system32\drivers and by vendor\product\x and by user nt authority\system",
    "logged in from the console",
)
WORST = "agent 'agent name as: from the computer "
