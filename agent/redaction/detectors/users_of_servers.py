# SPDX-License-Identifier: Apache-2.0
"""Names of accounts in what servers of mail, files and the web say of their work.

Rules: built-in accounts stay; the words of these programs are all there is to go by.
Not here: tools for accounts and logins (`users_of_tools.py`), words that many programs
share (`users_in_context.py`).
Sources: BSD ftpd; Cyrus, imapd.c; Exim, log files; Samba, vfs_full_audit; rsync,
authenticate.c; OpenVPN, multi.c; Squid, access.log; Microsoft, W3C logging; Horde;
Cisco, messages of the ASA; SonicWall, log events; Apple, loginwindow; AWS, IAM.
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.user_names import USER, WORD, accept_user

NAME = "users_of_servers"
CLASS = USER

_METHOD = rb"\b(?:get|post|head|put|connect|options|delete)"
_RULES = (
    ContextRule(rb"\bftp login (?:failed )?from [^,\n]+, ", WORD),
    ContextRule(rb"\bbadlogin: [^\n\]]+\] [a-z0-9-]+ ", WORD),
    ContextRule(
        rb"\blogin: [^\n\]]+\] ", WORD, rb" [a-z0-9+-]+ user logged in", sure=True
    ),
    ContextRule(rb"\bP=e?l?smtp[a-z]* [^\n]*\bA=[a-z0-9_]+:", WORD),
    ContextRule(rb"\bsmbd_audit(?:\[[0-9]+\])?: ", rb"[^|\n:]+", rb"\|"),
    ContextRule(rb"\bauth failed on module [^\n:]+ for ", WORD, rb":"),
    ContextRule(
        _METHOD + rb" (?:[a-z]+://[^ \n]+|[^ \n]+:[0-9]+) ",
        WORD,
        rb" (?:hier_[a-z_]+|direct|none|[a-z_]+_parent|[a-z_]+_hit)/",
    ),
    ContextRule(
        _METHOD + rb" [^ \n]+ (?:-|[^ \n]*=[^ \n]*) [0-9]{2,5} ",
        WORD,
        rb" (?:[0-9]{1,3}\.[0-9]|<ip)",
    ),
    ContextRule(rb"\bfailed login [^\n]+ as ", WORD, rb" \["),
    ContextRule(
        rb"\bopenvpn(?:\[[0-9]+\])?: ", WORD, rb"/(?:[0-9]{1,3}\.[0-9]|<ip|[0-9a-f]+:)"
    ),
    ContextRule(rb"\bopenvpn(?:\[[0-9]+\])?: [^ \n]+ \[", WORD, rb"\] peer connection"),
    ContextRule(rb"\bip address: [^ \n]+ uname: ", WORD),
    ContextRule(rb"\buser \"(?:uid|cn)=", rb"[^,\"\n]+", rb",[ ]?(?:ou|dc|cn|o)="),
    ContextRule(rb"\busr=\"?", WORD),
    ContextRule(rb"\buser logged (?:in|out|on|off): ", WORD),
    ContextRule(rb"\bcontext values set for ", WORD),
    ContextRule(rb"\barn:aws[a-z-]*:iam::[0-9]*:user/", WORD),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_user)

HITS = (
    ("ftpd[7]: FTP LOGIN FROM h.example.net [192.0.2.7], amelie", "amelie"),
    ("ftpd[7]: FTP LOGIN FAILED FROM 192.0.2.7, amelie", "amelie"),
    ("badlogin: h.example.net [192.0.2.7] plaintext amelie SASL(-13)", "amelie"),
    ("login: h.example.net [192.0.2.7] amelie plaintext User logged in", "amelie"),
    ("P=esmtpsa X=TLS1.2 A=login:amelie S=1234", "amelie"),
    ("smbd_audit: amelie|192.0.2.7|ws-7|data|open|ok|r|x.txt", "amelie"),
    ("auth failed on module x from h (192.0.2.7) for amelie: mismatch", "amelie"),
    ("GET http://h.example.net/x amelie DIRECT/192.0.2.7 text/html", "amelie"),
    (r"POST /ews/exchange.asmx - 443 ws7\amelie 192.0.2.7 MacOutlook", "amelie"),
    ("FAILED LOGIN 192.0.2.7 to localhost:143[imap] as amelie [on line 7", "amelie"),
    ("User authentication succeeded: IP address: 192.0.2.7, Uname: amelie", "amelie"),
    ('n=1 src=192.0.2.7:4432:X0 usr="amelie"', "amelie"),
    ('bind as user "uid=amelie,ou=People,dc=example" (Invalid)', "amelie"),
    ("openvpn[7]: amelie/192.0.2.7:1194 TLS: soft reset", "amelie"),
    ("openvpn[7]: 192.0.2.7:1194 [amelie] Peer Connection Initiated", "amelie"),
    ("loginwindow[7]: User logged in: amelie", "amelie"),
    ("SecurityAgent[7]: User info context values set for amelie", "amelie"),
    ("arn:aws:iam::123456789012:user/amelie", "amelie"),
)
MISSES = (
    "GET /x - 80 - 192.0.2.7 HTTP/1.1",
    "ANONYMOUS FTP LOGIN FROM h.example.net [192.0.2.7], guest@",
    "GET /a/b HTTP/1.1 took 7",
    "ls /usr/bin; usr=0; uname: Linux 6.1 and get the latest version/2",
    "a=group:BUNDLE audio and GET /a HTTP/1.1 200 text 192.0.2.7",
)
WORST = "login: ] a plaintext GET a a a/ "
