# SPDX-License-Identifier: Apache-2.0
"""Names of accounts, by what stands beside them in logs.

Rules: built-in accounts stay; plain numbers stay; a name found once is hidden in the
whole text.
Not here: accounts this machine knows (`identities.py`).
"""

import re

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS
from agent.redaction.windows_names import is_authority, is_built_in

NAME = "users_in_context"
CLASS = "user"

_N = rb"[^\s\"'`,;:()\[\]{}<>=|]+"
_Q = rb"[^\"\n<>]+"
_KEYS = (
    rb"(?:[a-z0-9_.]*us(?:e)?r[_.-]?name|operator|[lr]?user|suser|duser|logname|acct|account(?:[_.-]?name)?|"
    rb"login|sasl_username|owner|target_?user|caller_?user|remote_?user|subject_?user|"
    rb"[a-z0-9_]*(?:samaccountname|accountname)|initiated_?by|run_?as)"
)
_JSON_KEYS = (
    rb"(?:[a-z0-9_.]*user_?name|user|users?\.name|[sd]?user|account|account_?name|login|"
    rb"logonuser|owner|sourceuser|targetuser|samaccountname|membername|srcuser|dstuser|acct)"
)
_START = rb"(?:^|[ \t;,(\[])"
_RULES = (
    ContextRule(
        rb"(?:invalid|illegal) user ",
        rb"[^\n]{0,64}?",
        rb" from [0-9a-f:.<]",
        sure=True,
    ),
    ContextRule(rb"(?:invalid|illegal|authenticating|unknown|root) user[ :]+", _N),
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
    ContextRule(rb"\bconfigured from [a-z]+ by ", _N, rb" on "),
    ContextRule(rb"\blogin failed: [\"']?", _N, rb"[\"']? \("),
    ContextRule(rb"\bauthentication failed for ", _N, rb" with (?:result|error)"),
    ContextRule(rb"\bauth,log(?:in|out),[a-z]+,,", _N, rb","),
    ContextRule(rb"\battempt failed for [\"']?", _N),
    ContextRule(rb"\b(?:uid|cn)=", _N, rb",[ ]?(?:ou|dc|cn|o)="),
    ContextRule(
        rb"(?:for|by|of|from|as|with) (?:the )?user(?:name)?[ :]+[\"'`(<]?", _N
    ),
    ContextRule(
        rb"\buser(?:name)? ",
        _N,
        rb" (?:from|at|on|by|not|logged|does|has|is|was|in|port)\b",
    ),
    ContextRule(rb"\buser(?:name)?[ =:]*\"", rb"[^\"\n]+", rb"\""),
    ContextRule(rb"\buser(?:name)?[ =:]*[\"'`<\[]", _N, rb"[\"'`>\]]"),
    ContextRule(rb"\]:? user ", _N, rb":", sure=True),
    ContextRule(
        rb"^[0-9a-z.:-]+ [^ \n]+ ", _N, rb" \[[0-9]{2}/[a-z]{3}/[0-9]{4}:", sure=True
    ),
    ContextRule(rb":: user name: ", rb"[^\n]+?", rb" :: viewer address", sure=True),
    ContextRule(rb"\bauth failed for +", _N, rb" : "),
    ContextRule(rb"[:-] USER ", _N, rb"(?::| \()", sure=True),
    ContextRule(rb"\b(?:pam|passwd-file|ldap|sql|dict|shadow)\(", _N, rb",", sure=True),
    ContextRule(rb"\bset_id=", _N),
    ContextRule(rb"\]: \[", rb"[^\]\n]+", rb"\] (?:ok|fail) ", sure=True),
    ContextRule(rb"\[", rb"[^\]\n]+", rb"\] ->"),
    ContextRule(rb"-> \[", rb"[^\]\n]+", rb"\]"),
    ContextRule(rb"\blogin [a-z]+[^\[\n]*: \[", rb"[^\]/\n]+", rb"(?:/[^\]\n]*)?\] \("),
    ContextRule(
        rb":[0-9]+ ", _N, rb" (?:hier_[a-z_]+|direct|none|[a-z_]+_parent)/", sure=True
    ),
    ContextRule(
        rb" - ", rb"[^\s\[]+", rb" \[[0-9]{1,2}/[a-z]{3}/[0-9]{4}[: ]", sure=True
    ),
    ContextRule(rb"\bby \"", rb"[a-z][a-z0-9_.-]+", rb"\""),
    ContextRule(rb"\s(?:-u|--user)[ =]['\"]?", rb"[^\s:'\"=]+", rb":"),
    ContextRule(rb":[0-9]{2,5} as ", rb"[a-z][a-z0-9_.-]+", rb"(?:[\s,;\"'<)]|$)"),
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
    ContextRule(rb" auth=", _N, rb" host="),
    ContextRule(rb"\buser ?name [a-z ]+\"", rb"[^\"\n]+", rb"\""),
    ContextRule(rb"\bnew (?:user|group|account): name=", _N, sure=True),
    ContextRule(rb"\buser \[", rb"[0-9]+", rb"@"),
    ContextRule(rb"\bacls(?: groups)? to: ", rb"[a-z0-9_.,-]+"),
    ContextRule(rb"\bpermissions: set\(", rb"[^)\n]+", rb"\)"),
    ContextRule(rb"\b(?:file )?owner ", _N, rb" does "),
    ContextRule(rb"\bby ", _N, rb"\([a-z]*id="),
    ContextRule(rb"\b[ug]id=[0-9]+\(", _N, rb"\)"),
    ContextRule(rb"\bsu(?:do)?(?:\[[0-9]+\])?:[ \t]+", _N, rb" : "),
    ContextRule(rb"\(to ", _N, rb"\) [a-z0-9_.-]+ on "),
    ContextRule(rb"\bsu for ", _N, rb" by "),
    ContextRule(rb"\b'su ", _N, rb"'"),
    ContextRule(
        rb"\(",
        rb"[a-z_][a-z0-9_.-]*",
        rb"\) (?:cmd|reload|replace|list|begin edit|end edit)\b",
    ),
    ContextRule(
        rb"\b(?:login|logon|authentication|auth)[a-z ]* (?:for|of) [\"'<]?",
        _N,
        rb"[\"'>]?(?: from|@| \[|$|:|,)",
    ),
    ContextRule(
        rb"\\?\"" + _JSON_KEYS + rb"\\?\"[ ]*:[ ]*\\?\"", rb"[^\"\n]*?", rb"\\?\""
    ),
    ContextRule(rb"\b" + _KEYS + rb"=\"", rb"[^\"\n]+", rb"\""),
    ContextRule(rb"\b" + _KEYS + rb"='", rb"[^'\n]+", rb"'"),
    ContextRule(rb"\b" + _KEYS + rb"(?:=| = )[<(\[]?", _N),
    ContextRule(
        _START + rb"(?:user|username|user name|login|account|account name|"
        rb"logon account)[ ]?:[ \t]+",
        _N,
        rb"(?:[^=\w]|$)",
    ),
    ContextRule(rb"(?:\b|_|:)", rb"[a-z_][a-z0-9_.-]*", rb"@[a-z][a-z0-9-]*[a-z0-9]\b"),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

_BUILT_IN = frozenset(name.encode("ascii") for name in BUILT_IN_ACCOUNTS)
_NAMELESS = _BUILT_IN | frozenset(
    b"the a an is was not and or for from to in on at with by - ? (unknown) mode space "
    b"service session sessions manager id ids name names account accounts data input "
    b"agent interface error exceeded request requests level group groups list table "
    b"database db process does has logged unknown uid= password authentication "
    b"were are have will can cannot could should must that this which who whose "
    b"ldap saml radius kerberos certificate login "
    b"credentials profile profiles registry code key keys client found".split()
)
_EXTENSION = LazyPattern(rb"(?i)\buser \[")
"""Where a number is a person's telephone on the desk."""
_DOMAIN = LazyPattern(rb"(?P<domain>[^\\]+)\\{1,8}(?P<name>[^\\]+)\Z")
_NOT_DOMAINS = LazyPattern(
    rb"(?i)(?:nt authority|authority|service|host|manager|policy|package|nt service|"
    rb"builtin|font driver host|window manager|hk[a-z]+|"
    rb"registry|system|software|windows|program files|users|device|machine|"
    rb"iis apppool)\Z"
)
_OBJECT = LazyPattern(
    rb"@(?:[0-9a-f]{5,}|v[0-9.]+|[0-9]+|tty[0-9]*|localhost)\Z", re.IGNORECASE
)


def _accept(match: bytes, start: int, end: int, sure: bool) -> Found:  # noqa: FBT001 - Accept is called by place
    """Return the name, and the domain before it, unless nobody is meant."""
    if match[end : end + 1] == b"@":
        return _accept_at(match, start, end)
    if b"," in match[start:end]:
        parts: list[tuple[int, int, str]] = []
        for part in match[start:end].split(b","):
            parts.extend(_accept_one(match, start, start + len(part), sure=sure))
            start += len(part) + 1
        return tuple(parts)
    return _accept_one(match, start, end, sure=sure)


def _accept_one(match: bytes, start: int, end: int, *, sure: bool) -> Found:
    """Return one name, and the domain before it, unless nobody is meant."""
    start += len(match[start:end]) - len(match[start:end].lstrip(b" "))
    name = match[start:end].rstrip(b".!?\\ \t")
    if b"\t" in name:  # it was an escape that only looks like one: CONTOSO\tim
        return ()
    found = _DOMAIN.match(name)
    spans: list[tuple[int, int, str]] = []
    if found is not None:
        if _NOT_DOMAINS.match(found["domain"]) or is_authority(found["domain"]):
            return ()
        if len(found["domain"]) > 1:
            spans.append((start, start + found.end("domain"), "host"))
        start += found.start("name")
        name = found["name"]
    nameless = _BUILT_IN if sure else _NAMELESS
    if name.lower() in nameless or is_built_in(name) or name.startswith(b"/"):
        return tuple(spans)
    if name.lower() == b"user" and match.startswith(b" [", end):  # for user [amelie]
        return tuple(spans)
    if not name.strip(b"0123456789-+*.%_/#:;=, {}[]()") and not (
        name.isdigit() and _EXTENSION.search(match)
    ):
        return tuple(spans)
    machine = name.removesuffix(b"$")
    kind = CLASS if machine in (name, b"") else "host"
    spans.append((start, start + len(machine or name), kind))
    return tuple(spans)


def _accept_at(match: bytes, start: int, end: int) -> Found:
    """Return user and host of user@host, unless it is an object or a unit."""
    if _OBJECT.search(match) or match.endswith((b"service", b"slice", b"socket")):
        return ()
    spans: list[tuple[int, int, str]] = []
    if match[start:end].lower() not in _NAMELESS:
        spans.append((start, end, CLASS))
    spans.append((end + 1, len(match), "host"))
    return tuple(spans)


verify = context_verify(_RULES, _accept)

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
    ("auth failure; ruser=x7y rhost=h user=amelie", "amelie"),
    ("sudo:   amelie : TTY=pts/0 ; USER=root", "amelie"),
    ("New session 4 of user amelie.", "amelie"),
    ('{"TargetUserName": "amelie", "x": 1}', "amelie"),
    ('TargetUserName="amelie" x', "amelie"),
    (r"User=CONTOSO\amelie failed", "amelie"),
    (r"User=CONTOSO\amelie failed", "CONTOSO"),
    ("Failed password for user from 192.0.2.7", "for user"),
    ("CRON[7]: (amelie) CMD (run)", "amelie"),
    ("user=<amelie>, method=PLAIN", "amelie"),
    ("uid=1000(amelie) gid=1000", "amelie"),
    ("Invalid user amelie from 192.0.2.7, amelie again", ", amelie"),
    ("amelie@ws7:~$ ls", "amelie"),
    ("login failure for user amelie roux from 192.0.2.7 via ssh", "roux"),
    ('BIND dn="uid=amelie,ou=people,dc=example"', "amelie"),
    ("Failed Login: username=amelie ip=192.0.2.7", "amelie"),
    ('192.0.2.7 - amelie [07/Jan/2024:10:11:12 +0000] "GET /"', "amelie"),
    ('vsftpd[1]: [amelie] FAIL LOGIN: Client "192.0.2.7"', "amelie"),
    ("Login incorrect: [amelie/x] (from client ap port 0)", "amelie"),
    ("FAILED :: User Name: amelie r :: Viewer Address: 192.0.2.7", "amelie r"),
    ("ws7[192.0.2.7] - USER amelie: no such user found", "amelie"),
    ("digest: auth failed for  amelie : wrong password", "amelie"),
    ("Account Name:\t\tamelie", "amelie"),
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
    ("usrName=amelie\tx OPERATOR=broux", "broux"),
    ("account=WS-7$ x", "WS-7"),
)
MISSES = (
    "gateway-auth,login,LDAP,,,DE,",
    "Accepted password for root from console",
    "session opened for user root",
    r'User="NT AUTHORITY\SYSTEM"',
    "logname= uid=0 euid=0 ruser= tty=ssh",
    "imap-login: Disconnected (auth failed)",
    "running in user mode",
    "object Foo@1a2b3c4d",
    "Started user@1000 and getty@tty1",
    "uid=0 euid=0",
    "no such user found from here",
    'vsftpd[9]: [x] FAIL LOGIN: Client "192.0.2.7"'.replace("[x]", "[root]"),
    "192.0.2.7 - - [04/Mar/2026:10:11:12 +0000] ...",
    "session opened for user root by LOGIN(uid=0)",
    'authentication failure for "/private": Password Mismatch',
)
WORST = "for user user=user "
