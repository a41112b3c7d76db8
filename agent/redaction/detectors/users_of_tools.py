# SPDX-License-Identifier: Apache-2.0
"""Names of accounts in what su, passwd, usermod, sshd and net say.

Rules: built-in accounts stay; the words of these programs are all there is to go by.
Not here: words that many programs share (`users_in_context.py`).
Sources: util-linux and shadow, su.c, usermod.c; Linux-PAM, pam_unix; OpenSSH,
session.c; Pure-FTPd, log messages; Samba, auth.c.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.user_names import USER, WORD, accept_user

NAME = "users_of_tools"
CLASS = USER

_SU = rb"\bsu(?:\[[0-9]+\])?: [+-] [^ \n]+ "
_RULES = (
    ContextRule(rb"\(to [^) \n]+\) ", WORD, rb" on "),
    ContextRule(_SU + rb"(?:root|<[^>\n]+>):", WORD),
    ContextRule(_SU, WORD, rb":"),
    ContextRule(
        rb"\b(?:add|delete|remove)d? [\"']",
        WORD,
        rb"[\"'] (?:to|from) (?:shadow )?group",
    ),
    ContextRule(rb"\bpassword changed for ", WORD, rb"$"),
    ContextRule(rb"\bfor ", WORD, rb" from [0-9a-f:.<][^ \n]+ port [0-9]"),
    ContextRule(rb"\bfor user \[", rb"[^\]\n]+", rb"\]"),
    ContextRule(rb" /u(?:ser)?:", rb"[a-z0-9][a-z0-9._\\-]*"),
)
PATTERN = context_pattern(_RULES)
NEEDS = (
    b"(to ",
    b"su",
    b" group",
    b"password changed",
    b" port ",
    b"for user [",
    b" /u",
)
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE


verify = context_verify(_RULES, accept_user)

HITS = (
    ("su[7]: FAILED SU (to root) amelie on pts/0", "amelie"),
    ("su[7]: (to broux) amelie on pts/0", "amelie"),
    ("su[7]: + /dev/pts/1 amelie:root", "amelie"),
    ("su: - pts/1 root:amelie", "amelie"),
    ("su: - pts/1 <user-0123abcd>:amelie", "amelie"),
    ("usermod[7]: add 'amelie' to shadow group 'sudo'", "amelie"),
    ("pam_unix(passwd:chauthtok): password changed for amelie", "amelie"),
    ("Starting session: shell on pts/0 for amelie from 192.0.2.7 port 7", "amelie"),
    ("Authentication failed for user [amelie]", "amelie"),
    (r"net use \\FS-2\home /user:kiosk7\amelie", "amelie"),
    (r"net use \\FS-2\home /user:kiosk7\amelie", "kiosk7"),
    (r"Authentication for user [CONTOSO\amelie] -> [broux] FAILED", "amelie"),
)
MISSES = (
    "su: (to root) root on none and su[7]: + /dev/pts/1 root:root",
    "add 'wheel' group; password changed for security reasons",
    "new connection for tunnel from the port 7",
    "no such rule for user [root]",
)
WORST = "su: + x for user [x (to x) "
