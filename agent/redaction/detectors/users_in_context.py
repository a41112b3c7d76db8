# SPDX-License-Identifier: Apache-2.0
"""Names of accounts, by the words that stand beside them in logs.

Rules: built-in accounts stay; plain numbers stay; a name found once is hidden in the
whole text.
Not here: keys and values (`users_in_fields.py`), user@host (`users_at_hosts.py`),
accounts this machine knows (`identities.py`).

Three detectors, for one pattern of all has more states than RE2 keeps.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.user_names import USER, WORD, accept_user

NAME = "users_in_context"
CLASS = USER

_RULES = (
    ContextRule(
        rb"(?:invalid|illegal) user ",
        rb"[^\n]{0,64}?",
        rb" from [0-9a-f:.<]",
        sure=True,
    ),
    ContextRule(rb"(?:invalid|illegal|authenticating|unknown|root) user[ :]+", WORD),
    ContextRule(
        rb"(?:failed|accepted|postponed|partial) [a-z0-9/_-]+ for "
        rb"(?:invalid user |illegal user )?",
        rb"[^\n]{0,64}?",
        rb" from [0-9a-z:.<]",
        sure=True,
    ),
    ContextRule(
        rb"\bfor user ", rb"[^\n]{0,64}?", rb" from (?:<|[0-9a-f:.]{3})", sure=True
    ),
    ContextRule(rb"\bconfigured from [a-z]+ by ", WORD, rb" on "),
    ContextRule(rb"\blogin failed: [\"']?", WORD, rb"[\"']? \("),
    ContextRule(rb"\bauthentication failed for ", WORD, rb" with (?:result|error)"),
    ContextRule(rb"\bauth,log(?:in|out),[a-z]+,,", WORD, rb","),
    ContextRule(rb"\battempt failed for [\"']?", WORD),
    ContextRule(rb"\b(?:uid|cn)=", WORD, rb",[ ]?(?:ou|dc|cn|o)="),
    ContextRule(
        rb"(?:for|by|of|from|as|with) (?:the )?user(?:name)?[ :]+[\"'`(<]?", WORD
    ),
    ContextRule(
        rb"\buser(?:name)? ",
        WORD,
        rb" (?:from|at|on|by|not|logged|does|has|is|was|in|port)\b",
    ),
    ContextRule(rb"\buser(?:name)?[ =:]*\"", rb"[^\"\n]+", rb"\""),
    ContextRule(rb"\buser(?:name)?[ =:]*[\"'`<\[]", WORD, rb"[\"'`>\]]"),
    ContextRule(rb"\]:? user ", WORD, rb":", sure=True),
    ContextRule(
        rb"^[0-9a-z.:-]+ [^ \n]+ ", WORD, rb" \[[0-9]{2}/[a-z]{3}/[0-9]{4}:", sure=True
    ),
    ContextRule(rb":: user name: ", rb"[^\n]+?", rb" :: viewer address", sure=True),
    ContextRule(rb"\bauth failed for +", WORD, rb" : "),
    ContextRule(rb"[:-] USER ", WORD, rb"(?::| \()", sure=True),
    ContextRule(
        rb"\b(?:pam|passwd-file|ldap|sql|dict|shadow)\(", WORD, rb",", sure=True
    ),
    ContextRule(rb"\bset_id=", WORD),
    ContextRule(rb"\]: \[", rb"[^\]\n]+", rb"\] (?:ok|fail) ", sure=True),
    ContextRule(rb"\[", rb"[^\]\n]+", rb"\] ->"),
    ContextRule(rb"-> \[", rb"[^\]\n]+", rb"\]"),
    ContextRule(rb"\blogin [a-z]+[^\[\n]*: \[", rb"[^\]/\n]+", rb"(?:/[^\]\n]*)?\] \("),
    ContextRule(
        rb":[0-9]+ ", WORD, rb" (?:hier_[a-z_]+|direct|none|[a-z_]+_parent)/", sure=True
    ),
    ContextRule(
        rb" - ", rb"[^\s\[]+", rb" \[[0-9]{1,2}/[a-z]{3}/[0-9]{4}[: ]", sure=True
    ),
    ContextRule(rb"\bby \"", rb"[a-z][a-z0-9_.-]+", rb"\""),
    ContextRule(rb"(?:^|[ \t\r])(?:-u|--user)[ =]['\"]?", rb"[^\s:'\"=]+", rb":"),
    ContextRule(rb":[0-9]{2,5} as ", rb"[a-z][a-z0-9_.-]+", rb"(?:[ \t\r,;\"'<)]|$)"),
    ContextRule(
        rb"[,;|](?:log(?:in|on|out|off)|sign-?in|auth)[,;|]", rb"[^,;|\n]+", rb"[,;|]"
    ),
    ContextRule(
        rb"<", rb"[a-z][a-z0-9_.-]+", rb"> (?:opened|logged|joined|left|quit) "
    ),
    ContextRule(
        rb"\buser(?:name)?:? ", rb"[a-z0-9][a-z0-9._-]*\\{1,4}[a-z0-9][a-z0-9._-]*"
    ),
    ContextRule(rb"\buser \[", rb"[^\]\n]+", rb"\]"),
    ContextRule(rb" auth=", WORD, rb" host="),
    ContextRule(rb"\buser ?name [a-z ]+\"", rb"[^\"\n]+", rb"\""),
    ContextRule(rb"\bnew (?:user|group|account): name=", WORD, sure=True),
    ContextRule(rb"\buser \[", rb"[0-9]+", rb"@"),
    ContextRule(rb"\bacls(?: groups)? to: ", rb"[a-z0-9_.,-]+"),
    ContextRule(rb"\bpermissions: set\(", rb"[^)\n]+", rb"\)"),
    ContextRule(rb"\b(?:file )?owner ", WORD, rb" does "),
    ContextRule(rb"\bby ", WORD, rb"\([a-z]*id="),
    ContextRule(rb"\b[ug]id=[0-9]+\(", WORD, rb"\)"),
    ContextRule(rb"\bsu(?:do)?(?:\[[0-9]+\])?:[ \t]+", WORD, rb" : "),
    ContextRule(rb"\(to ", WORD, rb"\) [a-z0-9_.-]+ on "),
    ContextRule(rb"\bsu for ", WORD, rb" by "),
    ContextRule(rb"\b'su ", WORD, rb"'"),
    ContextRule(
        rb"\(",
        rb"[a-z_][a-z0-9_.-]*",
        rb"\) (?:cmd|reload|replace|list|begin edit|end edit)\b",
    ),
    ContextRule(
        rb"\b(?:login|logon|authentication|auth)[a-z ]* (?:for|of) [\"'<]?",
        WORD,
        rb"[\"'>]?(?: from|@| \[|$|:|,)",
    ),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_user)

HITS = (
    ("Configured from console by amelie on vty0 (192.0.2.1)", "amelie"),
    ("Login failed: amelie (Remote IP: 192.0.2.1)", "amelie"),
    ("Authentication failed for amelie with result ODErrorX", "amelie"),
    ("gateway-auth,login,LDAP,,amelie,DE,", "amelie"),
    ("Invalid user amelie from 192.0.2.7 port 22", "amelie"),
    ("Failed password for invalid user amelie from 192.0.2.7", "amelie"),
    ("Failed password for amelie from 192.0.2.7 port 22 ssh2", "amelie"),
    ("Accepted publickey for amelie from 192.0.2.7", "amelie"),
    ("session opened for user amelie by (uid=0)", "amelie"),
    ("session opened for user root by amelie(uid=1000)", "amelie"),
    ("sudo:   amelie : TTY=pts/0 ; USER=root", "amelie"),
    ("New session 4 of user amelie.", "amelie"),
    ("Failed password for user from 192.0.2.7", "for user"),
    ("CRON[7]: (amelie) CMD (run)", "amelie"),
    ("user=<amelie>, method=PLAIN", "amelie"),
    ("uid=1000(amelie) gid=1000", "amelie"),
    ("Invalid user amelie from 192.0.2.7, amelie again", ", amelie"),
    ("login failure for user amelie roux from 192.0.2.7 via ssh", "roux"),
    ('BIND dn="uid=amelie,ou=people,dc=example"', "amelie"),
    ('192.0.2.7 - amelie [07/Jan/2024:10:11:12 +0000] "GET /"', "amelie"),
    ('vsftpd[1]: [amelie] FAIL LOGIN: Client "192.0.2.7"', "amelie"),
    ("Login incorrect: [amelie/x] (from client ap port 0)", "amelie"),
    ("FAILED :: User Name: amelie r :: Viewer Address: 192.0.2.7", "amelie r"),
    ("ws7[192.0.2.7] - USER amelie: no such user found", "amelie"),
    ("digest: auth failed for  amelie : wrong password", "amelie"),
    ('vsftpd[9]: [amelie] FAIL LOGIN: Client "192.0.2.7"', "amelie"),
    ("for user [amelie] -> [AMELIE2] FAILED with error", "AMELIE2"),
    ("Login incorrect (pap: no match): [amelie] (from client x)", "amelie"),
    ("Login OK: [amelie/x] (from client x)", "amelie"),
    ("CONNECT x:443 amelie HIER_DIRECT/192.0.2.7 -", "amelie"),
    ("192.0.2.7 - amelie [04/Mar/2026:10:11:12 +0000] ...", "amelie"),
    ('Job 7 queued on "laser" by "amelie".', "amelie"),
    ("+ curl -u amelie:x https://h", "amelie"),
    ("Connecting to h/192.0.2.7:8020 as amelie", "amelie"),
    ("2026-01-07,login,amelie,192.0.2.7,ok", "amelie"),
    ("<amelie> opened tunnel 7", "amelie"),
    ("Can't find user [4017@::1] from 192.0.2.7", "4017"),
    ("Login failed user=amelie auth=broux host=x [192.0.2.7]", "broux"),
    ('The user name that has been provided was "amelie", from', "amelie"),
    ("new group: name=broux, GID=1007", "broux"),
    ("Changing view acls to: amelie,broux", "broux"),
    ("with modify permissions: Set(amelie, broux); groups", "broux"),
    ("explorer.exe, user ws-7\\amelie", "amelie"),
)
MISSES = (
    "session opened for user root by LOGIN(uid=0)",
    'authentication failure for "/private": Password Mismatch',
    "gateway-auth,login,LDAP,,,DE,",
    "Accepted password for root from console",
    "session opened for user root",
    "imap-login: Disconnected (auth failed)",
    "running in user mode",
    "uid=0 euid=0",
    "no such user found from here",
    'vsftpd[9]: [root] FAIL LOGIN: Client "192.0.2.7"',
    "192.0.2.7 - - [04/Mar/2026:10:11:12 +0000] ...",
)
WORST = "for user user "
