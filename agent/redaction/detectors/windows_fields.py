# SPDX-License-Identifier: Apache-2.0
"""Names in the fields of Windows events and of what collects them.

Rules: JSON with any number of backslashes, key="value", XML and `Name : value` alike;
only a field's name decides, so that a value may be any word but a built-in one.
Not here: labels of rendered messages (`windows_labels.py`), fields that Unix and web
logs share (`users_in_context.py`, `hosts_in_context.py`), what a value consists of
(`agent/redaction/windows_names.py`).
Sources: Microsoft, Advanced security auditing; Sysmon's schema; Wazuh, JSON decoder.
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.windows_names import account_spans, host_spans

NAME = "windows_fields"
CLASS = "user"

_USERS = (
    rb"(?:user[ _]?name|user[ _]?context|user|account[ _]?name|samname|jobowner|"
    rb"member[ _]?name|principal[ _]?name|user[ _]?id|mappedname|author|requester)"
)
_HOSTS = (
    rb"(?:computer[ _]?name|computer|workstation[ _]?name|workstation|client[ _]?name|"
    rb"client[ _]?machine|machine[ _]?name|server[ _]?name|host[ _]?name|"
    rb"target[ _]?info|dc[ _]?name|channelname|agent[._]name|host\.name|"
    rb"manager[._]?name|system_?name|cluster[._]node|domain[ _]?name|"
    rb"domain|realm[ _]?name|realm)"
)
_TEXT = rb"\\*(?:\"[^\"<>\n]+|'[^\"'<>\n]+)"
_OPEN = (
    rb"(?:\\*[\"'][ ]?[:=][ ]?[\[{]?(?:\\*\"[#@a-z]+\\*\"[ ]?:[ ]?)?|[ ]?=[ ]?|"
    rb"\\*[\"'],[ ]?\\*[\"'][#@]?[a-z]+\\*[\"'][ ]?:[ ]?)" + _TEXT
)
_MARKUP = (
    rb"(?:\\*[\"']|&quot;|&apos;)?(?:>|&gt;)[^<>\"&\n]+"
    rb"(?:<|&lt;)\\?/"
)
_BARE = rb"(?:[ ]?=[ ]?|[ \t]*:[ \t]+)[^\s\"'<>,;|&(){}=]+"
_EVENT = rb"(?:subject|target|caller|source|destination|account|parent|win\.[a-z.]+)"
_OBJECT = (
    rb"\"(?:user|host|agent|manager|predecoder|observer|beat|related|winlog)\\*\""
    rb"[ ]?:[ ]?\{[^{}\n]*"
)
_PARAMETERS = (
    rb"param[0-9]\\*\"?[ ]?[:=][ ]?\\*\"[^\"\n]*\"[, ]+\\*\"?param[0-9]\\*\"?[ ]?"
    rb"[:=][ ]?\\*\"[^\"\n]*\"(?:[, ]+\\*\"?param[0-9]\\*\"?[ ]?[:=][ ]?\\*\"[^\"\n]*)?"
)
PATTERN = (
    rb"(?i:(?:" + _USERS + b"|" + _HOSTS + b")(?:" + _OPEN + b"|" + _MARKUP + b")|"
    rb"" + _EVENT + b"[a-z]*(?:" + _USERS + b"|" + _HOSTS + b")" + _BARE + b"|"
    rb"(?:(?:agent|manager|predecoder|user|host)\.(?:host)?name|"
    rb"(?:src|dst)_?user(?:name)?|usrname|identhostname|[sd]ntdom)" + _BARE + b"|"
    rb"display[ _]?name\\*\"[ ]?[:=][ ]?\\*\"[^\"\n]+\"[, ]+\\*\"?userprincipalname|"
    rb"display[ _]?name=\"[^\"\n]+\"[, ]+userprincipalname|"
    rb"user(?:id)?[ ]?=[ ]?[^\s\\\"'=,;]+\\+[^\s\"'<>,;|&(){}=]+|"
    + _OBJECT
    + b"|"
    + _PARAMETERS
    + b")"
)
NEEDS = (
    b"user",
    b"account",
    b"computer",
    b"workstation",
    b"client",
    b"machine",
    b"server",
    b"host",
    b"target",
    b"name",
    b"owner",
    b"domain",
    b"realm",
    b"agent",
    b"manager",
    b"param",
    b"requester",
    b"author",
    b"node",
    b"ntdom",
    b"usrname",
)
BESIDE = 16
SPREADS = True
DIGITS = Digits.MATCH

_KEY = LazyPattern(
    rb"(?i)(?:"
    + _EVENT
    + rb"[a-z]*?|(?:agent|predecoder|user|host|manager)\.(?:host)?|(?:src|dst)_?)?(?:"
    rb"(?P<user>(?:" + _USERS + rb"|usrname)(?![a-z]))|"
    rb"(?P<host>(?:" + _HOSTS + rb"|identhostname|[sd]ntdom|(?<=\.)name)(?![a-z])))"
)
_OPENED = LazyPattern(
    rb"(?i)(?:\\*[\"'][ ]?[:=][ ]?[\[{]?(?:\\*\"[#@a-z]+\\*\"[ ]?:[ ]?)?\\*[\"']|"
    rb"[ ]?=[ ]?\\*[\"']|\\*[\"'],[ ]?\\*[\"'][#@]?[a-z]+\\*[\"'][ ]?:[ ]?\\*[\"']|"
    rb"(?:\\*[\"']|&quot;|&apos;)?(?:>|&gt;)|[ ]?=[ ]?|"
    rb"[ \t]*:[ \t]+)"
)
_CLOSED = LazyPattern(rb"(?i)(?:<|&lt;)\\?/\Z")
_PAIR = LazyPattern(
    rb"(?i)\"(name|hostname|computer|computer_name|domain|username)\\*\"[ ]?:[ ]?\\*\""
    rb"([^\"\n]+)"
)
_VALUE = LazyPattern(rb"[:=][ ]?\\*\"([^\"\n]*)")
_EXACT = LazyPattern(rb"(?i)param([0-9])\\*\"?[ ]?[:=]")
_SHUT_DOWN = LazyPattern(rb"\.(?:exe|EXE) \(([A-Za-z0-9-]+)\)\\*\Z")
_IP = LazyPattern(
    rb"[0-9a-fA-F:]*(?:[0-9]{1,3}\.){3}[0-9]{1,3}\Z|[0-9a-f]*:[0-9a-f:]+\Z"
)
_PREFIXES = LazyPattern(
    rb"(?i)(?:\A|[^a-z]|\\[trn]|subject|target|caller|source|destination|parent|detection|sam|"
    rb"outbound|old|new|logon|login|modifying|network|principal|initiating|remote|"
    rb"effective|client|src|dst|[sd]|dns|s|user|account|connected|host|local)\Z"
)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the names in a field's value, or in each of an object."""
    lowered = match.lower()
    if lowered.startswith(b"param"):
        return _parameters(match)
    if match[:1] == b'"':
        return _objects(match)
    if lowered.startswith(b"display"):
        value = _VALUE.search(match)
        return () if value is None else account_spans(value[1], value.start(1))
    if after[:1] == b"=" and b"\\" in match:  # the next key, behind an escaped tab
        match = match[: match.rindex(b"\\")].rstrip(b"\\")
    return _field(match) if _PREFIXES.search(before) else ()


def _field(match: bytes) -> Found:
    """Return the names in one field's value."""
    key = _KEY.match(match)
    opened = None if key is None else _OPENED.match(match, key.end())
    if key is None or opened is None:
        return ()
    closed = _CLOSED.search(match)
    value = match[opened.end() : closed.start() if closed else len(match)]
    if key[0].lower() == b"author" and b"\\" not in value:
        return ()
    of_user = key["user"] is not None or key[0].lower() == b"user.name"
    spans = account_spans if of_user else host_spans
    return spans(value, opened.end())


def _objects(match: bytes) -> Found:
    """Return the names in an object that is a user, a machine or an agent."""
    users = match[1:5].lower() == b"user"
    spans: list[tuple[int, int, str]] = []
    for pair in _PAIR.finditer(match):
        of_user = users and pair[1].lower() in (b"name", b"username")
        of_user = of_user or pair[1].lower() == b"username"
        found = account_spans if of_user else host_spans
        spans += found(pair[2], pair.start(2))
    return tuple(spans)


def _parameters(match: bytes) -> Found:
    r"""Return the names in numbered parameters, where their neighbours tell of them.

    1149 of Terminal Services: user, domain, address. 10016 of DCOM: domain, user, SID.
    1074 of User32: program (machine), machine. 307 of PrintService: user, \\machine.
    """
    numbers = b"".join(_EXACT.findall(match))
    values = [(value[1], value.start(1)) for value in _VALUE.finditer(match)]
    third = values[2][0] if len(values) == 3 else b""  # noqa: PLR2004 - three parameters
    if numbers == b"123" and _IP.match(third):
        return (*account_spans(*values[0]), *host_spans(*values[1]))
    if numbers == b"678" and third.startswith((b"S-1-5-21-", b"S-1-12-1-")):
        return (*host_spans(*values[0]), *account_spans(*values[1]))
    if numbers.startswith(b"34") and values[1][0].startswith(b"\\\\"):
        return (*account_spans(*values[0]), *host_spans(*values[1]))
    shut_down = _SHUT_DOWN.search(values[0][0])
    if numbers.startswith(b"12") and shut_down is not None:
        at = values[0][1] + shut_down.start(1)
        return (*host_spans(shut_down[1], at), *host_spans(*values[1]))
    return ()


HITS = (
    (r'{"TargetUserName": "amelie", "x": 1}', "amelie"),
    (r"{\"TargetUserName\": \"Amelie Roux\"}", "Amelie Roux"),
    (r"{\\\"targetUserName\\\":\\\"amelie\\\"}", "amelie"),
    ("<Data Name='TargetUserName'>amelie</Data>", "amelie"),
    ("<Data Name='SubjectDomainName'>CONTOSO</Data>", "CONTOSO"),
    ("<Data Name=&quot;TargetUserName&quot;&gt;amelie&lt;/Data&gt;", "amelie"),
    ("<Computer>ws7.corp.example</Computer>", "ws7.corp.example"),
    ('"@Name":"TargetUserName","#text":"amelie"', "amelie"),
    ("win.eventdata.targetUserName: amelie", "amelie"),
    ("data.dstuser=amelie data.srcuser: eve", "amelie"),
    ("data.dstuser=amelie data.srcuser: eve", "eve"),
    ("usrName=amelie\tidentHostName=ws7", "amelie"),
    ("usrName=amelie\tidentHostName=ws7", "ws7"),
    ("dntdom=CONTOSO agent.name=ws7 x", "CONTOSO"),
    ("dntdom=CONTOSO agent.name=ws7 x", "ws7"),
    ("win.system.computer=WS7 x", "WS7"),
    ("SubjectUserName : amelie", "amelie"),
    ('"agent":{"id":"001","name":"ws7","ip":"192.0.2.7"}', "ws7"),
    ('"user":{"identifier":"S-1","name":"amelie","domain":"CONTOSO"}', "amelie"),
    ('"user":{"identifier":"S-1","name":"amelie","domain":"CONTOSO"}', "CONTOSO"),
    ('WorkstationName="WS-41" IpPort="0"', "WS-41"),
    ('"Detection User":"WS7\\\\amelie"', "amelie"),
    ('TargetInfo="cifs/fs-2.corp.example"', "fs-2.corp.example"),
    ('"MemberName": "CN=Amelie Roux,OU=Staff,DC=contoso,DC=example"', "Amelie Roux"),
    ('"MemberName": "CN=Amelie Roux,OU=Staff,DC=contoso,DC=example"', "contoso"),
    ('DisplayName="Amelie Roux" UserPrincipalName="-"', "Amelie Roux"),
    ('"Param1":"amelie","Param2":"CONTOSO","Param3":"192.0.2.9"', "amelie"),
    ('Param1="amelie" Param2="CONTOSO" Param3="192.0.2.9"', "CONTOSO"),
    ('param6="WS7" param7="amelie" param8="S-1-5-21-1-2-3-1001"', "amelie"),
    (r'Param3="amelie" Param4="\\WS-41" Param5="x"', "amelie"),
    (r'"Param3": "amelie", "Param4": "\\\\WS-41", "Param5": "x"', "WS-41"),
    (r'param1="C:\x\shutdown.exe (WS7)" param2="WS7" param3="no"', "WS7"),
    ('TargetUserName="O\'Brien" x', "O'Brien"),
    (r'{"log":"src=x\tusrName=amelie\tidentHostName=ws7"}', "amelie"),
    (r"src=x\tusrName=amelie\tidentHostName=ws7", "amelie"),
    (r"src=x\\tusrName=amelie\\tdst=192.0.2.7", "amelie"),
    ('TargetUserName="amelie@CONTOSO" x', "CONTOSO"),
)
MISSES = (
    'TargetUserName="ANONYMOUS LOGON" TargetDomainName="NT AUTHORITY"',
    'SubjectUserName="-" SubjectDomainName="-" WorkstationName="-"',
    'TargetUserName="DWM-2" TargetDomainName="Window Manager"',
    'TargetUserName="UMFD-0" TargetDomainName="Font Driver Host"',
    'TargetUserName="Administrators" TargetDomainName="Builtin"',
    'TargetUserName="%%1793" UserID="S-1-5-18" User="S-1-5-19"',
    r'User="NT AUTHORITY\SYSTEM" ParentUser="NT-AUTORITÄT\SYSTEM"',
    'ServiceType="user mode service" AccountName="LocalSystem"',
    'DisplayName="Windows Update" ServiceName="wuauserv"',
    "HostName=ConsoleHost HostVersion=5.1",
    "<User>: Helo command rejected: need a name; helo=<User>",
    'param1="Windows Update" param2="running"',
    "Security UserID='S-1-5-18'/&gt;&lt;/System&gt;&lt;Data Name='LogonType'&gt;",
    'IpAddress="-" TargetServerName="localhost" TargetInfo="localhost"',
    '"user":{"name":"SYSTEM","domain":"NT AUTHORITY"}',
)
WORST = 'user"user="user'
