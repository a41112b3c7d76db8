# SPDX-License-Identifier: Apache-2.0
"""User accounts: who can sign in on this machine, and with which rights.

Rules: passwords, their hashes and /etc/shadow have no code path; of the comment field
only the name is read, rooms and telephone numbers never; of a shell in somebody's
folder only its name; an account's full name is declared for the identity dictionary
and dropped by default.
Not here: who is signed in (`sessions.py`), accounts of a directory server.
Sources: passwd(5), group(5); login.defs's UID_MIN and UID_MAX on common systems;
on Windows its own list of accounts and the ProfileList key.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import direct, harmless, quasi
from agent.collectors._shared.gather import number, pick, small, take, text
from agent.collectors._shared.groups import (
    ADMINISTRATORS,
    WINDOWS_GROUPS,
    Group,
    parse_groups,
)
from agent.collectors._windows.steps import (
    PEOPLE,
    PROFILES,
    fields_for,
    registry,
    registry_keys,
    words,
)
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "user_accounts",
    Kind.SNAPSHOT,
    "Accounts of this machine and their rights.",
    ("user.id",),
    (
        direct("user.name", "user", "Finds accounts that should be closed."),
        direct("user.id", "user", "Tells accounts apart when names change."),
        direct(
            "user.full_name",
            "person",
            "Feeds this machine's own list of names to take out of logs; not sent.",
            "drop",
        ),
        harmless("type", TEXT, "Tells people's accounts from those of services."),
        harmless("is_admin", ValueType.BOOLEAN, "Shows needless administrators."),
        direct("home", "home", "Shows where an account keeps files.", "shorten_path"),
        harmless("shell", TEXT, "Shows accounts that cannot sign in."),
        quasi("groups", TEXT, "Shows rights given by group.", "scrub"),
    ),
)

_ADMIN_GROUPS = frozenset({b"admin", b"sudo", b"wheel"})
_PASSWD_FIELDS = 7
_PERSON_MINIMUM, _PERSON_MAXIMUM = 1000, 60_000
"""UID_MIN and UID_MAX: ordinary accounts lie between."""
_SHELL_FOLDERS = frozenset(
    {
        "/bin",
        "/dev",
        "/run/current-system/sw/bin",
        "/sbin",
        "/usr/bin",
        "/usr/local/bin",
        "/usr/sbin",
    }
)
_GROUP_COLUMNS = ("groups", "is_admin")
_WINDOWS_FIELDS = {
    "user.name": "name",
    "user.full_name": "full_name",
    "groups": "groups",
    "is_admin": "groups",
}
_ADMINISTRATOR = 500
"""Relative id of the account that no one can remove, whatever its name."""
_IMAGE_PATH = "ProfileImagePath"


def parse_account(raw: bytes, groups: list[Group]) -> dict[str, Value] | None:
    """Return the values of one line of a passwd file; None for another form."""
    fields = raw.split(b":")
    if len(fields) != _PASSWD_FIELDS or not fields[0]:
        return None
    name, _, uid, gid, comment, home, shell = fields
    identifier, primary = number(uid), number(gid)
    if identifier is None or primary is None:
        return None
    own = {
        group.name
        for group in groups
        if name in group.members or group.identifier == primary
    }
    return {
        "user.name": text(name),
        "user.id": str(identifier),
        "user.full_name": text(comment.partition(b",")[0]).strip() or None,
        "type": _account_type(identifier),
        "is_admin": identifier == 0 or not own.isdisjoint(_ADMIN_GROUPS),
        "home": text(home) or None,
        "shell": _shell(text(shell).strip()),
        "groups": ",".join(sorted(text(group) for group in own - {name})) or None,
    }


def _shell(path: str) -> str | None:
    """Return a shell; only the name of one that lies elsewhere, as with a person."""
    folder, _, name = path.rpartition("/")
    return (path if folder in _SHELL_FOLDERS else name) or None


def _account_type(identifier: int) -> str:
    if identifier == 0:
        return "root"
    person = _PERSON_MINIMUM <= identifier <= _PERSON_MAXIMUM
    return "user" if person else "system"


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each account of /etc/passwd."""
    groups: list[Group] = []
    if want.any(*_GROUP_COLUMNS):
        groups.extend(parse_groups(small(host, "/etc/group")))
    rows: list[Row] = []
    skipped = 0
    for raw in host.read("/etc/passwd").split(b"\n"):
        if not raw or raw[:1] in b"#+-":  # comments, and marks of NIS
            continue
        want.check()
        if len(rows) >= want.rows:
            return Reading(rows, skipped=skipped, truncated=True)
        values = parse_account(raw, groups)
        if values is None:
            skipped += 1
        else:
            rows.append(pick(want, values))
    return Reading(rows, skipped=skipped)


def parse_windows(row: Mapping[str, Value], home: str | None) -> dict[str, Value]:
    """Return the values of one local account.

    Args:
        row: fields of the accounts source.
        home: of its profile, where it has one.
    """
    groups = (words(row.get("groups")) or "").split(",")
    sid = words(row.get("sid"))
    own = sorted({WINDOWS_GROUPS.get(group, group) for group in groups if group})
    return {
        "user.name": words(row.get("name")),
        "user.id": sid,
        "user.full_name": words(row.get("full_name")),
        "type": _windows_type(sid) if sid else None,
        "is_admin": ADMINISTRATORS in groups if "groups" in row else None,
        "home": home,
        "groups": ",".join(own) or None,
    }


def _windows_type(sid: str) -> str:
    relative = number(sid.rpartition("-")[2]) or 0
    if relative == _ADMINISTRATOR:
        return "root"
    return "user" if relative >= _PERSON_MINIMUM else "system"


def _profiles(host: Host) -> dict[str, str | None]:
    """Return the home of each person that has signed in here, by SID."""
    return {
        sid: words(registry(host, f"{PROFILES}\\{sid}", _IMAGE_PATH).get(_IMAGE_PATH))
        for sid in registry_keys(host, PROFILES)
        if sid.startswith(PEOPLE)
    }


def _windows_accounts(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    fields = fields_for(want, _WINDOWS_FIELDS) | {"sid"}
    homes = _profiles(host)
    for row in windows(host).ask(Source.ACCOUNTS, fields):
        yield parse_windows(row, homes.pop(words(row.get("sid")) or "", None))
    for sid, home in homes.items():  # of a domain: it is no account of this machine
        name = (home or "").rpartition("\\")[2]
        yield {"user.name": name or None, "user.id": sid, "type": "user", "home": home}


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each local account and each person of a domain seen here."""
    return take(want, _windows_accounts(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "Root, a service and an administrator with a telephone number.",
        rows=(
            {
                "user.name": "root",
                "user.id": "0",
                "user.full_name": "root",
                "type": "root",
                "is_admin": True,
                "home": "/root",
                "shell": "/bin/bash",
            },
            {
                "user.name": "www-data",
                "user.id": "33",
                "type": "system",
                "is_admin": False,
                "home": "/var/www",
                "shell": "/usr/sbin/nologin",
            },
            {
                "user.name": "ada",
                "user.id": "1000",
                "user.full_name": "Ada Lovelace",
                "type": "user",
                "is_admin": True,
                "home": "/home/ada",
                "shell": "/bin/zsh",
                "groups": "docker,sudo",
            },
        ),
        files={
            "/etc/passwd": b"root:x:0:0:root:/root:/bin/bash\n"
            b"www-data:x:33:33::/var/www:/usr/sbin/nologin\n"
            b"ada:x:1000:1000:Ada Lovelace,Room 7,+41 44 000 00 00:"
            b"/home/ada:/bin/zsh\n",
            "/etc/group": b"root:x:0:\nwww-data:x:33:\nada:x:1000:\n"
            b"sudo:x:27:ada\ndocker:x:999:grace,ada\n",
        },
    ),
    Example(
        System.LINUX,
        "Shells that lie in a person's own folders, as Nix has it: without the folder.",
        rows=(
            {
                "user.name": "ada",
                "user.id": "1000",
                "type": "user",
                "is_admin": False,
                "home": "/home/ada",
                "shell": "zsh",
            },
            {
                "user.name": "eve",
                "user.id": "1001",
                "type": "user",
                "is_admin": False,
                "home": "/home/eve",
                "shell": "fish",
            },
        ),
        files={
            "/etc/passwd": b"ada:x:1000:100::/home/ada:/home/ada/.nix-profile/bin/zsh\n"
            b"eve:x:1001:100::/home/eve:/etc/profiles/per-user/eve/bin/fish\n",
        },
    ),
    Example(
        System.LINUX,
        "Marks of NIS are passed over, lines of junk are counted.",
        rows=(
            {
                "user.name": "\ufffd",
                "user.id": "4294967294",
                "type": "system",
                "is_admin": False,
            },
        ),
        files={
            "/etc/passwd": b"+::::::\n\xff:x:4294967294:65534:,,:: \n::\n"
            b"eve:x:one:1::/:/bin/sh\n:x:1:1::/:/bin/sh\nx:x:-1:1::/:/bin/sh\n"
            b"\0\n",
            "/etc/group": b"\xff\xff\nsudo:x:0x1b:eve\n:::\n",
        },
    ),
    Example(
        System.WINDOWS,
        "The built-in administrator, a person, and a person of a domain.",
        rows=(
            {
                "user.name": "Administrator",
                "user.id": "S-1-5-21-1-2-3-500",
                "type": "root",
                "is_admin": True,
                "groups": "Administrators",
            },
            {
                "user.name": "ada",
                "user.id": "S-1-5-21-1-2-3-1001",
                "user.full_name": "Ada Lovelace",
                "type": "user",
                "is_admin": False,
                "home": "C:\\Users\\ada",
                "groups": "Analysts,Users",
            },
            {
                "user.name": "grace",
                "user.id": "S-1-5-21-9-9-9-2044",
                "type": "user",
                "home": "C:\\Users\\grace",
            },
        ),
        facts={
            "accounts": (
                {
                    "name": "Administrator",
                    "full_name": "",
                    "sid": "S-1-5-21-1-2-3-500",
                    "enabled": False,
                    "groups": "S-1-5-32-544",
                },
                {
                    "name": "ada",
                    "full_name": "Ada Lovelace",
                    "sid": "S-1-5-21-1-2-3-1001",
                    "enabled": True,
                    "groups": "S-1-5-32-545,Analysts",
                },
            ),
            "registry": {
                f"{PROFILES}\\S-1-5-18": {_IMAGE_PATH: "%systemroot%\\system32"},
                f"{PROFILES}\\S-1-5-21-1-2-3-1001": {_IMAGE_PATH: "C:\\Users\\ada"},
                f"{PROFILES}\\S-1-5-21-9-9-9-2044": {_IMAGE_PATH: "C:\\Users\\grace"},
            },
        },
    ),
    Example(
        System.WINDOWS,
        "A service's account, and one whose SID is not told.",
        rows=(
            {
                "user.name": "WDAGUtilityAccount",
                "user.id": "S-1-5-21-1-2-3-504",
                "type": "system",
                "is_admin": False,
            },
            {"user.name": "odd\ufffd", "is_admin": False},
        ),
        facts={
            "accounts": (
                {
                    "name": "WDAGUtilityAccount",
                    "sid": "S-1-5-21-1-2-3-504",
                    "groups": "",
                },
                {"name": "odd\ufffd\0", "sid": None, "groups": ""},
            )
        },
    ),
)
