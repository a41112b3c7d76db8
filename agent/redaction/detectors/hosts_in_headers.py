# SPDX-License-Identifier: Apache-2.0
"""Names of machines in the heads of lines: syslog and what writes like it.

Rules: localhost and numbers stay; a name found once is hidden in the whole text.
Not here: names in messages (`hosts_in_context.py`).
Source: RFC 3164 4.1, RFC 5424 6.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.host_names import HOST, WORD, accept_host

NAME = "hosts_in_headers"
CLASS = HOST

_TIME = (
    rb"(?:[A-Z][a-z]{2} [ 0-9]?[0-9] (?:[0-9]{4} )?[0-9]{2}:[0-9]{2}:[0-9]{2}"
    rb"(?:[.,][0-9]+)?|"
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[0-9.,]*(?:Z|[+-][0-9:]+)?)"
)
_RULES = (
    ContextRule(
        rb"^(?:<[0-9]{1,3}>)?(?:[0-9] )?" + _TIME + rb" (?:[a-z0-9_]+@)?",
        WORD,
        rb" [^\s:\[]+(?:\[[0-9]+\])?:?",
        sure=True,
    ),
    ContextRule(rb"^", WORD, rb" [a-z0-9_./()-]+\[[0-9]+\]:", sure=True),
    ContextRule(
        rb"\b[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} (?:[a-z0-9_]+@)?",
        WORD,
        rb"(?:/"
        + WORD
        + rb")? [^\s:\[(]+(?:\([a-z_]+\))?(?:\[[0-9]+\](?:\([a-z]+\))?[: ]|:)",
        sure=True,
    ),
    ContextRule(rb"<[0-9]{1,3}>[0-9] " + _TIME + rb" ", WORD, rb" ", sure=True),
    ContextRule(
        rb"\b[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ",
        rb"[a-z][a-z0-9]*[0-9-][a-z0-9-]*",
        rb" [^\s:\[]+",
    ),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_host)

HITS = (
    ("at step 3: Mar  4 10:00:00 kiosk-7 System up", "kiosk-7"),
    ("Jan  7 10:11:12 ws7 sshd[812]: started", "ws7"),
    ("2024-01-07T10:11:12.5+01:00 ws7 sshd[812]: started", "ws7"),
    ("ws7 sshd[812]: started", "ws7"),
    ("Jan  7 10:11:12 ws7 cron[8]: job on WS7 done", "on WS7"),
    ("Jan  7 10:11:12 host sshd[812]: started", " host sshd"),
    ("- 11 2024.01.07 ws7 Jan 7 10:11:12 ws7/ws7 cron[8]: run", "ws7"),
    ("Jan  7 10:11:12 ws7 krb5kdc[8](info): AS_REQ", "ws7"),
    ("x Jan  7 10:11:12 ws7/ws7 crond(pam_unix)[8]: session", "ws7"),
    ("Jan  7 10:11:12 ws7 proftpd[8] ws7 (x): begun", " ws7 proftpd"),
    ("got <34>1 2026-01-07T10:11:12Z ws7 app 7 ID47 - x", "ws7"),
)
MISSES = (
    "Jan  7 10:11:12 localhost sshd[812]: started",
    "Jan  7 10:11:12 last message repeated 3 times",
    "2024-01-07T10:11:12 7 sshd[812]: started",
)
WORST = "Jan  7 10:11:12 ws7 host="
