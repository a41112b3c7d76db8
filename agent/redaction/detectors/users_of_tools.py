# SPDX-License-Identifier: Apache-2.0
r"""Names of accounts in what tools for accounts, logins and jobs say of their work.

Rules: built-in accounts stay; the words of these programs are all there is to go by.
Not here: servers of mail, files and the web (`users_of_servers.py`), words that many
programs share (`users_in_context.py`).
Sources: util-linux, su-common.c, login.c; shadow, su.c, usermod.c, gpasswd.c;
Linux-PAM, pam_unix; OpenSSH, session.c, auth.c; Dropbear, svr-authpasswd.c; cron,
log_it; polkit; systemd-logind; Microsoft, net use.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.user_names import USER, WORD, accept_user

NAME = "users_of_tools"
CLASS = USER

_SU = rb"\bsu(?:\[[0-9]+\])?: "
_CRON = rb"\bcron[a-z]*(?:\[[0-9]+\])?: \("
_RULES = (
    ContextRule(rb"\(to [^) \n]+\) ", WORD, rb" on "),
    ContextRule(_SU + rb"[+-] [^ \n]+ (?:root|<[^>\n]+>):", WORD),
    ContextRule(_SU + rb"[+-] [^ \n]+ ", WORD, rb":"),
    ContextRule(_SU + rb"(?:bad su )?", WORD, rb" to [^ \n]+ on "),
    ContextRule(rb"\bsu for [^ \n]+ by ", WORD),
    ContextRule(rb"'su [^'\n]+' (?:failed|succeeded) for ", WORD),
    ContextRule(rb"\blogin on [a-z0-9/]+ by ", WORD),
    ContextRule(rb"\bfailed login [^\n,]+ for '?", WORD, rb"'?,"),
    ContextRule(
        rb"\b(?:password|login|logon|auth[a-z]*) (?:[a-z]+ )?"
        rb"(?:attempt|succeeded|failed|failure|accepted|rejected|denied) for [\"']",
        WORD,
        rb"[\"']",
    ),
    ContextRule(rb"\bdropbear(?:\[[0-9]+\])?: exit \(", WORD, rb"\): "),
    ContextRule(
        rb"\b(?:add|delete|remove)d? [\"']",
        WORD,
        rb"[\"'] (?:to|from) (?:shadow )?group",
    ),
    ContextRule(rb"\bgroup '", WORD, rb"' owned by"),
    ContextRule(rb" owned by '", WORD, rb"'"),
    ContextRule(rb"\bpassword (?:changed|expiry) for ", WORD, rb"$"),
    ContextRule(rb"\bshadow information for ", WORD, rb"$"),
    ContextRule(rb"\bstarting session: [^\n]+ for ", WORD, rb" from "),
    ContextRule(rb"\bfor user \[", rb"[^\]\n]+", rb"\]"),
    ContextRule(rb"\buser ", WORD, rb" (?:(?:added|removed) by |timed out after )"),
    ContextRule(
        _CRON + rb"(?:root|<[^>\n]+>)\) (?:begin edit|end edit|list|replace|delete) \(",
        WORD,
        rb"\)",
    ),
    ContextRule(_CRON, WORD, rb"\) [a-z]"),
    ContextRule(rb"\buser slice of ", WORD),
    ContextRule(rb"\bunix-user:", WORD),
    ContextRule(rb" /u(?:ser)?:", rb"[a-z0-9][a-z0-9._\\-]*"),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_user)

HITS = (
    ("su[7]: FAILED SU (to root) amelie on pts/0", "amelie"),
    ("su[7]: (to broux) amelie on pts/0", "amelie"),
    ("su[7]: + /dev/pts/1 amelie:root", "amelie"),
    ("su: - pts/1 root:amelie", "amelie"),
    ("su: - pts/1 <user_0123abcd>:amelie", "amelie"),
    ("su: BAD SU amelie to root on /dev/ttyp0", "amelie"),
    ("su: amelie to root on /dev/ttyp0", "amelie"),
    ("su[7]: Successful su for root by amelie", "amelie"),
    ("su: 'su root' failed for amelie on /dev/pts/1", "amelie"),
    ("login[7]: LOGIN ON tty1 BY amelie", "amelie"),
    ("FAILED LOGIN (1) on 'pts/0' from 'h' FOR 'amelie', Auth", "amelie"),
    ("FAILED LOGIN SESSION FROM 192.0.2.7 FOR amelie, Auth", "amelie"),
    ("dropbear[7]: Bad password attempt for 'amelie' from h", "amelie"),
    ("dropbear[7]: Exit (amelie): Disconnect received", "amelie"),
    ("usermod[7]: add 'amelie' to shadow group 'sudo'", "amelie"),
    ("userdel[7]: removed group 'broux' owned by 'amelie'", "amelie"),
    ("userdel[7]: removed group 'amelie' owned by 'root'", "amelie"),
    ("pam_unix(passwd:chauthtok): password changed for amelie", "amelie"),
    ("chage[7]: changed password expiry for amelie", "amelie"),
    ("sshd[7]: Could not get shadow information for amelie", "amelie"),
    ("Starting session: shell on pts/0 for amelie from 192.0.2.7 port 7", "amelie"),
    ("gpasswd[7]: user amelie added by root to group sudo", "amelie"),
    ("crond[7]: (amelie) FAILED to authorize user with PAM", "amelie"),
    ("crontab[7]: (root) LIST (amelie)", "amelie"),
    ("Created slice User Slice of amelie.", "amelie"),
    ("authenticated as unix-user:amelie to gain", "amelie"),
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
    "crond[7]: (CRON) INFO (Running @reboot jobs)",
    "cron[7]: (*system*) RELOAD (/etc/crontab)",
    "User Slice of root. Exit (0): done",
    "su: failed to open a session; user namespaces added to the kernel",
    "waiting for connections from 192.0.2.7 port 22; check failed for 'name'",
)
WORST = "su: + x for user [x (to x) "
