# SPDX-License-Identifier: Apache-2.0
"""Names of accounts in fields: user=amelie, "user": "amelie", User: amelie.

Rules: built-in accounts stay; plain numbers stay; a name found once is hidden in the
whole text.
Not here: sentences (`users_in_context.py`), events of Windows (`windows_fields.py`).
"""

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Digits
from agent.redaction.user_names import USER, WORD, accept_user

NAME = "users_in_fields"
CLASS = USER

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
        rb"\\?\"" + _JSON_KEYS + rb"\\?\"[ ]*:[ ]*\\?\"", rb"[^\"\n]*?", rb"\\?\""
    ),
    ContextRule(rb"\b" + _KEYS + rb"=\"", rb"[^\"\n]+", rb"\""),
    ContextRule(rb"\b" + _KEYS + rb"='", rb"[^'\n]+", rb"'"),
    ContextRule(rb"\b" + _KEYS + rb"(?:=| = )[<(\[]?", WORD, rb"=?"),
    ContextRule(
        _START + rb"(?:user|username|user name|login|account|account name|"
        rb"logon account)[ ]?:[ \t]+",
        WORD,
        rb"(?:[^=\w\n]|$)",
    ),
)
PATTERN = context_pattern(_RULES)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 0
SPREADS = True
DIGITS = Digits.NONE

verify = context_verify(_RULES, accept_user)

HITS = (
    ("auth failure; ruser=x7y rhost=h user=amelie", "amelie"),
    ('{"TargetUserName": "amelie", "x": 1}', "amelie"),
    ('TargetUserName="amelie" x', "amelie"),
    (r"User=CONTOSO\amelie failed", "amelie"),
    (r"User=CONTOSO\amelie failed", "CONTOSO"),
    ("user=<amelie>, method=PLAIN", "amelie"),
    ("Failed Login: username=amelie ip=192.0.2.7", "amelie"),
    ("FAILED :: User Name: amelie r :: Viewer Address: 192.0.2.7", "amelie r"),
    ("Account Name:\t\tamelie", "amelie"),
    ("usrName=amelie\tx OPERATOR=broux", "broux"),
    (r"usrName=amelie\tidentHostName=ws7", "amelie"),
    ("account=WS-7$ x", "WS-7"),
)
MISSES = (
    r'User="NT AUTHORITY\SYSTEM"',
    "logname= uid=0 euid=0 ruser= tty=ssh",
    "user=root",
    '{"user": "SYSTEM"}',
)
WORST = "user=user "
