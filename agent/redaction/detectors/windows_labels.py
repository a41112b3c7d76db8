# SPDX-License-Identifier: Apache-2.0
r"""Names after the labels of rendered Windows events: `Account Name:  amelie`.

Rules: labels in English, German, French, Spanish, Italian, Portuguese and Dutch; a
blank after one may be spaces, tabs, \t of JSON and #011 of syslog; a name of several
words counts only where it clearly ends.
Not here: fields (`windows_fields.py`), sentences (`windows_sentences.py`).
Sources: Microsoft, Advanced security auditing; OSSEC and Snare, forms of a line.
"""

import re

from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.windows_names import account_spans, host_spans, is_authority

NAME = "windows_labels"
CLASS = "user"

_USERS = (
    rb"(?:account[ ]?name|user[ ]?name|logon account|member name|user[ ]?id|user|owner|"
    rb"user principal name|display name|detection user|connected user|service account|"
    rb"(?:netzwerk)?kontoname|benutzername|benutzer|anmeldekonto|anzeigename|"
    rb"nom du compte|nom d.{1,3}utilisateur|utilisateur|"
    rb"compte d.{1,3}ouverture de session|nombre de(?: la)? cuenta|"
    rb"nombre de usuario|usuario|cuenta de inicio de sesi.{1,2}n|"
    rb"nome account|nome utente|nome da conta|nome de usu.{1,2}rio|accountnaam|"
    rb"gebruikersnaam)"
)
_HOSTS = (
    rb"(?:workstation[ ]?name|source workstation|workstation|computer[ ]?name|computer|"
    rb"client[ ]?name|client machine|target server name|server[ ]?name|machine[ ]?name|"
    rb"host[ ]?name|account domain|domain[ ]?name|domain|realm name|service name|"
    rb"arbeitsstationsname|quellarbeitsstation|(?:aufrufer)?computername|clientname|"
    rb"zielservername|(?:konto|netzwerkkonto)?dom.{1,3}ne|nom de la station de travail|"
    rb"station de travail source|nom de l.{1,3}ordinateur(?: appelant)?|nom du client|"
    rb"nom du serveur cible|domaine du compte|domaine|"
    rb"nombre de(?: la)? estaci.{1,2}n de trabajo|"
    rb"estaci.{1,2}n de trabajo de origen|nombre del? equipo[a-z ]*|"
    rb"nombre de(?:l)? cliente|dominio de(?: la)? cuenta|dominio|nome (?:della )?"
    rb"workstation|nome computer|dominio account|dom.{1,2}nio da conta|nome da "
    rb"esta.{2,4}o de trabalho|accountdomein|naam van werkstation)"
)
_GAP = rb"(?:[ ]|\xc2\xa0)?:(?:[ \t]|\\+[trn]|#01[0-9]){1,12}"
_WORD = rb"[^\s\\#,;:\"<>|=][^\s\\#,;:\"<>|]*"
_NAME = (
    rb"(?:CN=[^\n\"\t#]+?(?:[ ]{2}|[\t\r]|\\+[trn]|#0|\"|$)|"
    rb"(?:NT [A-Za-z]+\\+)?" + _WORD + rb"(?:[ ]" + _WORD + rb")?"
    rb"(?:[ ]"
    + _WORD
    + rb")?(?:[ ]{2}|[\t\r\"]|\\+[trn]|#0|$)|"
    + _WORD
    + rb"\\+"
    + _WORD
    + rb"|"
    rb"NT [A-Za-z]+\\+|" + _WORD + rb")"
)
_OSSEC = (
    rb"WinEvtLog: [^:\n]+: [A-Z_]+\([0-9]+\): [^:\n]+: [^:\n]+: [^:\n]+: [^\s:]+: |"
    rb"(?:\t|#011)[^\t\n#]+(?:\t|#011)[^\t\n#]+(?:\t|#011)"
    rb"(?:Success|Failure|Information|Warning|Error|Audit)[A-Za-z ]*"
    rb"(?:\t|#011)[A-Za-z0-9._-]+(?:\t|#011)"
)
PATTERN = (
    rb"(?im:(?:"
    + _USERS
    + b"|"
    + _HOSTS
    + b")"
    + _GAP
    + _NAME
    + b")|(?:"
    + _OSSEC
    + b")"
)
NEEDS = (b":", b"\t", b"#")
BESIDE = 12
SPREADS = True
DIGITS = Digits.MATCH

_LABEL = LazyPattern(
    rb"(?i)(?:(?P<user>" + _USERS + rb")|(?P<host>" + _HOSTS + rb"))" + _GAP
)
_END = LazyPattern(rb"(?:[ ]{2}|[\t\r\"]|\\+[trn](?![a-z0-9])|#01[0-9]?|#0)\Z")
_PREFIXES = LazyPattern(
    rb"(?i)(?:\A|[\t\"'(|,;>.:]|  |\\+[trn]|#[0-9]{3}|\b(?:sam|network|target|caller|"
    rb"source|client|primary|new|old|supplied|user|logon|object|member|subject|machine|dns|"
    rb"detection|connected|qualified|actual|login|and|by|the|target user|from)[ ]|"
    rb"[:=-] |[0-9a-z)}-] )\Z"
)
_SHORT_LABELS = frozenset(b"user owner domain computer workstation".split())
"""Words of every text: in a sentence they are no labels."""
_SENTENCE = LazyPattern(rb"(?i)[a-z0-9] \Z")
_OF_A_LABEL = LazyPattern(rb"(?i)(?:target|caller|primary|client|detection) \Z")
_FIRST = LazyPattern(rb"[ ]*[^\s]+")
_CAPITALS = LazyPattern(rb"[A-Z0-9]")
_CAPITAL = LazyPattern(rb"\b[A-Z][a-z]+ \Z")
_PARTS = LazyPattern(
    rb"WinEvtLog: [^:]+: [A-Z_]+\([0-9]+\): [^:]+: ([^:]+): ([^:]+): ([^\s:]+): \Z"
)
_TABS = LazyPattern(
    rb"(?:\t|#011)([^\t#]+)(?:\t|#011)([^\t#]+)(?:\t|#011)[A-Za-z ]+(?:\t|#011)"
    rb"([A-Za-z0-9._-]+)(?:\t|#011)\Z"
)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Return the names after a label, or of the head of a line."""
    del after
    if match[:1] in (b"\t", b"#"):
        return _snare(match)
    if match.startswith(b"WinEvtLog: "):
        return _ossec(match)
    label = _LABEL.match(match)
    value = b"" if label is None else match[label.end() :]
    if label is None or _is_prose(label, before, value):
        return ()
    end = _END.search(value)
    if end is not None:
        value = value[: end.start()]
    if label["user"] is not None:
        return _person(label["user"].lower(), value, label.end())
    return _machine(label["host"].lower(), value, label.end())


def _machine(word: bytes, value: bytes, at: int) -> Found:
    """Return the machine or domain that a value starts with."""
    first = _FIRST.match(value)
    if first is None or is_authority(value.strip()):
        return ()
    if b" " in value.strip() and not _CAPITALS.search(first[0]):
        return ()
    if word == b"service name" and not (b"/" in first[0] or first[0].endswith(b"$")):
        return ()
    return host_spans(first[0], at)


def _is_prose(label: re.Match[bytes], before: bytes, value: bytes) -> bool:
    """Tell whether it is a word of a sentence: labels begin with a capital letter."""
    word = label["user"] or label["host"]
    if not _PREFIXES.search(before):
        return True
    if label[0][len(word) :] != b": ":
        return False
    if word.lower() in _SHORT_LABELS and not _OF_A_LABEL.search(before):
        capitals = word[:1].isupper() and value.partition(b" ")[0].isupper()
        return not capitals and _SENTENCE.search(before) is not None
    return word[:1].islower() and not _CAPITAL.search(before)


def _person(word: bytes, value: bytes, at: int) -> Found:
    if word == b"display name" and b" " not in value.strip():
        return ()
    return account_spans(value, at)


def _ossec(match: bytes) -> Found:
    """Return user, domain and machine of OSSEC's classic line."""
    parts = _PARTS.match(match)
    if parts is None:
        return ()
    return (
        *account_spans(parts[1], parts.start(1)),
        *host_spans(parts[2], parts.start(2)),
        *host_spans(parts[3], parts.start(3)),
    )


def _snare(match: bytes) -> Found:
    """Return user and machine of Snare's line, whose third part says of what kind."""
    parts = _TABS.match(match)
    if parts is None:
        return ()
    return (
        *account_spans(parts[1], parts.start(1)),
        *host_spans(parts[3], parts.start(3)),
    )


HITS = (
    ("Account Name:\t\tamelie", "amelie"),
    ("Account Name:  Amelie Roux  Account Domain:  CONTOSO", "Amelie Roux"),
    ("Account Name:  amelie  Account Domain:  CONTOSO  Logon ID:  0x1", "CONTOSO"),
    (r"\r\n\tAccount Name:\t\tamelie\r\n\tAccount Domain:\t\tCONTOSO\r\n", "amelie"),
    (r"\r\n\tAccount Name:\t\tamelie\r\n\tAccount Domain:\t\tCONTOSO\r\n", "CONTOSO"),
    (r"\\r\\n\\tAccount Name:\\t\\tamelie\\r\\n", "amelie"),
    ("#011Account Name:#011#011amelie#015#012#011Account", "amelie"),
    ("Workstation Name: WS-41 Source Network Address: 192.0.2.7", "WS-41"),
    ("Caller Computer Name: WS-41", "WS-41"),
    ("Kontoname:\t\tamelie\tKontodomäne:\t\tCONTOSO\tx", "amelie"),
    ("Kontoname:\t\tamelie\tKontodomäne:\t\tCONTOSO\tx", "CONTOSO"),
    ("Nom du compte\u00a0:\t\tamelie", "amelie"),
    ("Nom de la station de travail :\tWS-41", "WS-41"),
    ("Nombre de estación de trabajo:\tWS-41", "WS-41"),
    ("Account Name:  CN=Amelie Roux,OU=Staff,DC=contoso  Group:", "Amelie Roux"),
    ("User:  CONTOSO\\amelie  Session ID: 2", "amelie"),
    ("Service Name:  WS7$  Service ID:  S-1", "WS7"),
    (
        "WinEvtLog: Security: AUDIT_FAILURE(4625): Source: amelie: CONTOSO: WS7: x",
        "amelie: CONTOSO: WS7",
    ),
    (
        "WinEvtLog: System: ERROR(7): Disk: (no user): no domain: WS7: bad block",
        "WS7",
    ),
    ("Attempted Domain Name: CONTOSO x", "CONTOSO"),
    ("User: x Domain: CONTOSO x", "CONTOSO"),
    ("Foo#011WS7\\amelie#011N/A#011Success Audit#011ws7#011Logon", "amelie"),
    ("1000\tFoo\tamelie\tUser\tInformation\tWS7\tNone\t\tx", "amelie"),
    ("1000\tFoo\tamelie\tUser\tSuccess Audit\tWS7\tNone\t\tx", "WS7"),
)
MISSES = (
    "Account Name:\t\t-\tAccount Domain:\t\t-\tLogon ID:\t\t0x0",
    "Account Name:  SYSTEM  Account Domain:  NT AUTHORITY  Logon ID:  0x3E7",
    "Account Name:  ANONYMOUS LOGON  Account Domain:  NT AUTHORITY",
    "User: NT AUTHORITY\\SYSTEM",
    "Service Name:  WinDefend  Service File Name: x",
    "Service Account: LocalSystem",
    "Display Name:  -  User Principal Name: -  Home Directory:  %%1793",
    "WinEvtLog: System: ERROR(7): Disk: (no user): no domain: localhost: x",
    "Group Name:  Administrators  Group Domain:  Builtin",
    "Host Name: ConsoleHost",
    "Dear user: please read this",
    "client 192.0.2.7] user username: authentication failure for x",
)
WORST = "user: user: a "
