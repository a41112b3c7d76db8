# SPDX-License-Identifier: Apache-2.0
r"""Takes the value of a Windows field apart: DOMAIN\name, name@realm, HOST$, a DN.

Rules: accounts, groups, authorities and shares that every Windows has stay, in the
languages it is sold in most; a value that is no name (a SID, a number, `%%1793`) is
none of ours; a name of a domain is a `host`, for a machine's own accounts carry its
name in the same place.
Not here: which fields hold names (`detectors/windows_fields.py`,
`detectors/windows_labels.py`).
Sources: Microsoft, Well-known SIDs and Default accounts; Advanced security auditing.
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS
from agent.redaction.wrapping import without_signs

_ACCOUNTS = frozenset(
    name.encode()
    for name in (
        *BUILT_IN_ACCOUNTS,
        *"""
        system|système|sistema|local system|localsystem|lokales system|local service
        local_service|localservice|lokaler dienst|service local|servicio local
        servizio locale|network service|networkservice|network_service|netzwerkdienst
        service réseau|servicio de red|servizio di rete|anonymous logon
        anonymous-anmeldung|administrateur|administrador|amministratore|invité|invitado
        gast|krbtgt|iusr|defaultapppool|defaultuser0|everyone|jeder|tout le monde|todos
        users|authenticated users|interactive|network|batch|service|dialup
        terminal server user|trustedinstaller|local|remote desktop users
        backup operators|power users
        event log readers|hyper-v administrators|account operators|server operators
        print operators|replicator|guests|administrators|domain admins|domain users
        domain guests|domain computers|domain controllers|enterprise admins
        schema admins|administratoren|administrateurs|administradores|benutzer|gäste
        utilisateurs
        performance monitor users|performance log users|distributed com users
        cryptographic operators|remote management users|device owners|no user|(no user)
        no domain|none|local use only|unknown|n/a|null|(null)|(empty)|<unknown>
        consolehost|default host|serverremotehost|windows powershell ise host
        nt|iis|font|window|domain|enterprise|schema|remote|backup|power|authenticated
        """.replace("\n", "|").split("|"),
    )
    for name in (name.strip(),)
    if name
)
_SESSION_ACCOUNT = LazyPattern(rb"(?i)(?:dwm|umfd)-[0-9]+\Z")
_AUTHORITY = LazyPattern(
    rb"(?i)(?:nt[ _-]?(?:authority|service|virtual machine|autorit.{1,3}t)|autorit. nt|"
    rb"autorit.. nt|autoridad nt|authority|builtin|vordefiniert|predefinito|integrado|"
    rb"window manager|font driver host|iis apppool|apppool|nt|window|font|iis|"
    rb"application package authority|mandatory label|workgroup|arbeitsgruppe|mshome|"
    rb"microsoftaccount|azuread|no domain|local|localhost|console ?host|default host|"
    rb"serverremotehost|windows powershell ise host|anonymous|null|none|unknown|any|"
    rb"n/a|true|false)\Z"
)
_NOT_A_DOMAIN = LazyPattern(
    rb"(?i)(?:dienst|dienste|server|service|services|manager|host|hk[a-z_]+|registry|"
    rb"machine|device|system|system32|syswow64|bin|lib|software|windows|"
    rb"program files.*|users|root|cimv2|microsoft|policy|package)\Z"
)
"""Words before a backslash in paths and keys."""
_NOT_A_NAME = LazyPattern(
    rb"(?i)(?:s-1-[0-9-]+|[0-9.:%x+*/_-]*|%%?[0-9]+|0x[0-9a-f]+|[{(]?[0-9a-f]{8}-[0-9a-f]{4}-"
    rb"[0-9a-f-]{22}[})]?|[%$].*|.*[%{}|*?].*)\Z"
)
_RELATIVE = LazyPattern(
    rb"(?i)(?:cn|ou|dc|uid|o)=((?:[^,\\]|\\[^\\])+?)[ ]*(?:(?=,)|\Z)"
)
_LINE_END = LazyPattern(rb"\\{1,8}r\\{1,8}n\Z")
_JOINT = LazyPattern(rb"\\{1,8}")
_HOST = LazyPattern(rb"[A-Za-z0-9_\x80-\xff][A-Za-z0-9_.\x80-\xff-]*\Z")
_NETWORKS = frozenset(b"com net org local edu gov lan internal".split())
_ADDRESS = LazyPattern(rb"(?:[0-9]+\.){3}[0-9]+\Z|[0-9a-fA-F:]*:[0-9a-fA-F:.%]*\Z")
_SHARES = frozenset(b"ipc admin print netlogon sysvol fax wsl c d e".split())
_LONGEST = 104
"""Characters of a full account name with a domain in Windows."""


def is_built_in(name: bytes) -> bool:
    """Tell whether an account or a group is one that every Windows has.

    Args:
        name: without its domain, in any case.
    """
    return name.lower() in _ACCOUNTS or _SESSION_ACCOUNT.match(name) is not None


def is_authority(name: bytes) -> bool:
    r"""Tell whether what stands before a backslash is no machine and no domain.

    Args:
        name: NT AUTHORITY, BUILTIN, a workgroup's default name, in any case.
    """
    return _AUTHORITY.match(name) is not None


def is_share(name: bytes) -> bool:
    """Tell whether a name before a dollar sign is a share's: IPC$.

    Args:
        name: without the dollar sign.
    """
    return name.lower() in _SHARES


def account_spans(value: bytes, at: int) -> Found:
    r"""Return the parts of an account that name somebody.

    Args:
        value: DOMAIN\name, name@realm, HOST$, a distinguished name or a plain name.
        at: where it starts in the match.
    """
    value, at = _trimmed(value, at)
    if not value or len(value) > _LONGEST * 2 or b"://" in value:
        return ()
    if value[:3].lower() in (b"cn=", b"ou=", b"uid", b"dc=") and b"=" in value:
        return _distinguished(value, at)
    joints = list(_JOINT.finditer(value))
    if not joints:
        return _plain_account(value, at)
    joint = joints[-1]
    domain = value[: joint.start()].rpartition(b"\\")[2]
    name = value[joint.end() :]
    if is_authority(domain) or _NOT_A_DOMAIN.match(domain) or _is_path(value):
        return ()
    found = host_spans(domain, at + joint.start() - len(domain))
    return (*found, *_plain_account(name, at + joint.end()))


def _is_path(value: bytes) -> bool:
    return value[1:2] == b":" or value[:1] in (b"/", b"?")


def _plain_account(name: bytes, at: int) -> Found:
    if is_built_in(name) or _NOT_A_NAME.match(name) or len(name) > _LONGEST:
        return ()
    if b"\t" in name:  # it was an escape that only looks like one: CONTOSO\tim
        return ()
    if name.endswith(b"$") and len(name) > 1:
        return host_spans(name, at)
    local, sign, realm = name.partition(b"@")
    if sign and (b"." not in realm or _ADDRESS.match(realm.strip(b"[]"))):
        return ((at, at + len(local), "user"), *host_spans(realm, at + len(local) + 1))
    return ((at, at + len(name), "user"),)


def host_spans(value: bytes, at: int) -> Found:
    r"""Return the name of a machine or domain, without leading backslashes.

    Args:
        value: a short name, a name with dots, \\NAME, NAME$ or service/name.
        at: where it starts in the match.
    """
    value, at = _trimmed(value, at)
    start = max(value.rfind(b"\\"), value.rfind(b"/")) + 1
    name = value[start:].removesuffix(b"$").rstrip(b".")
    if not _HOST.match(name) or _NOT_A_NAME.match(name) or _ADDRESS.match(name):
        return ()
    if is_authority(name) or (value.endswith(b"$") and is_share(name)):
        return ()
    return ((at + start, at + start + len(name), "host"),)


def _distinguished(value: bytes, at: int) -> Found:
    """Return the person, and the labels of the domain, of a distinguished name."""
    spans = []
    for part in _RELATIVE.finditer(value):
        name = part[1]
        if part[0][:2].lower() in (b"cn", b"ui"):
            if not is_built_in(name) and name.lower() not in (b"computers", b"builtin"):
                spans.append((at + part.start(1), at + part.end(1), "user"))
        elif part[0][:2].lower() == b"dc" and name.lower() not in _NETWORKS:
            spans.append((at + part.start(1), at + part.end(1), "host"))
    return tuple(spans)


def _trimmed(value: bytes, at: int) -> tuple[bytes, int]:
    """Return the value without blanks and escapes around it, and where it starts."""
    first, last = without_signs(value)
    value, at = value[first:last], at + first
    ended = _LINE_END.search(value)
    value = value if ended is None else value[: ended.start()]
    end = value.rstrip(b" \t\r\\.,;)>]'\"")
    bare = end.lstrip(b" \t'\"[(<")
    return bare, at + len(end) - len(bare)
