# SPDX-License-Identifier: Apache-2.0
"""Names of accounts before the machine that they are on: amelie@ws7.

Rules: built-in accounts stay; objects (`Foo@1a2b3c4d`) and units of systemd stay.
Not here: addresses of mail (`email.py`).
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.user_names import USER, accept_user

NAME = "users_at_hosts"
CLASS = USER

_RULES = (
    ContextRule(
        rb"(?:(?:^|[^a-z0-9\\\n])\\{1,8}[tnr]|\b|_|:)",
        rb"[a-z_][a-z0-9_.-]*",
        rb"@[a-z][a-z0-9-]*[a-z0-9]\b",
    ),
    ContextRule(
        rb"(?:^|[ (\[=:,'\"])",
        rb"[a-z_][a-z0-9_.-]*",
        rb"@[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b",
    ),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_user)

HITS = (
    ("amelie@ws7:~$ ls", "amelie"),
    ("copied broux@ws7:/srv to disk", "broux"),
    ("copied broux@ws7:/srv to disk", "ws7"),
    ("root@ws7:~# ls", "ws7"),
    ("pure-ftpd: (amelie@192.0.2.7) [INFO] done", "amelie"),
)
MISSES = (
    "object Foo@1a2b3c4d",
    "Started user@1000 and getty@tty1",
    "root@localhost",
)
WORST = "a@b a@b7 "
