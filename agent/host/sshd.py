# SPDX-License-Identifier: Apache-2.0
"""The settings of the SSH server as they take effect, from its own files.

Rules: four keywords are read and nothing else of a line is kept; a file outside of
the server's own folders is not opened; where one cannot be read or understood nothing
is told, for an earlier line may have settled it.
Stated limit: what a Match block changes for some people or addresses is not told, only
that there is one; a keyword that is set nowhere has OpenSSH's own default.
Not here: whether the server runs (`_linux/settings.py`).
Source: sshd_config(5) of OpenSSH 9: the first value of a keyword counts, Include is
read in its place, and Match lasts to the end of its file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from agent.budget import SMALL_FILE_BYTES, SSHD_DEPTH, SSHD_FILES
from agent.errors import HostError, NotFoundError
from agent.host.interface import Host

COLUMNS = frozenset({"setting", "value", "source"})

_ARGUMENT = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s\"']+)")
_FLAG = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_ROOT = _FLAG | {
    "prohibit-password": "prohibit-password",
    "without-password": "prohibit-password",
    "forced-commands-only": "forced-commands-only",
}
_KEYWORDS = {
    "permitrootlogin": "permit_root_login",
    "passwordauthentication": "password_authentication",
    "kbdinteractiveauthentication": "keyboard_interactive_authentication",
    "challengeresponseauthentication": "keyboard_interactive_authentication",
    "permitemptypasswords": "permit_empty_passwords",
}
_DEFAULTS = {
    "permit_root_login": "prohibit-password",
    "password_authentication": "yes",
    "keyboard_interactive_authentication": "yes",
    "permit_empty_passwords": "no",
}
_MATCHES = "match_blocks"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system keeps the server's files.

    Attributes:
        mains: the first of these that is there is the server's file.
        folder: what an Include without a folder is relative to.
        folders: where included files may be.
        separator: between the names of a path.
    """

    mains: tuple[str, ...]
    folder: str
    folders: tuple[str, ...]
    separator: str = "/"


LINUX = Place(
    ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"),
    "/etc/ssh",
    ("/etc/ssh/", "/usr/etc/ssh/", "/etc/crypto-policies/back-ends/"),
)
WINDOWS = Place(
    ("C:\\ProgramData\\ssh\\sshd_config",),
    "C:\\ProgramData\\ssh",
    ("C:\\ProgramData\\ssh\\",),
    "\\",
)


def parse_lines(data: bytes) -> Iterator[tuple[str, list[str]]]:
    """Yield the keyword of each line, in lower case, and its arguments."""
    for raw in data.decode("utf-8", "replace").split("\n"):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        keyword, _, rest = line.replace("=", " ", 1).partition(" ")
        if "\t" in keyword:
            keyword, _, more = keyword.partition("\t")
            rest = f"{more} {rest}"
        arguments: list[str] = []
        for double, single, plain in _ARGUMENT.findall(rest):
            if plain.startswith("#"):
                break
            arguments.append(double or single or plain)
        yield keyword.lower(), arguments


@dataclass
class _Files:
    """Reads the server's files in their order, within bounds."""

    host: Host
    place: Place
    found: dict[str, str | None] = field(default_factory=dict)
    matches: bool = False
    opened: int = 0

    def follow(self, path: str, depth: int = 0) -> None:
        self.opened += 1
        if depth > SSHD_DEPTH or self.opened > SSHD_FILES:
            reason = "too-many-includes"
            raise HostError(reason)
        for keyword, arguments in parse_lines(self.host.read(path, SMALL_FILE_BYTES)):
            if keyword == "match":
                self.matches = True
                return
            if keyword == "include":
                for pattern in arguments:
                    for included in self._named(pattern):
                        self.follow(included, depth + 1)
            elif keyword in _KEYWORDS and arguments:
                self._settle(_KEYWORDS[keyword], arguments[0].lower())

    def _settle(self, setting: str, word: str) -> None:
        known = _ROOT if setting == "permit_root_login" else _FLAG
        self.found.setdefault(setting, known.get(word))

    def _named(self, pattern: str) -> list[str]:
        """Return the files that an Include names, those that are there."""
        separator = self.place.separator
        path = pattern.replace("/", separator)
        path = path.replace("__PROGRAMDATA__", "C:\\ProgramData")
        if not path.startswith(separator) and ":" not in path:
            path = f"{self.place.folder}{separator}{path}"
        folder, _, name = path.rpartition(separator)
        own = path.startswith(self.place.folders) and ".." not in path
        if not own or any(sign in folder for sign in "*?["):
            reason = "include-elsewhere"
            raise HostError(reason)
        try:
            listed = self.host.list(folder)
        except NotFoundError:
            return []
        return [
            f"{folder}{separator}{item}" for item in listed if fnmatchcase(item, name)
        ]


def settings(host: Host, place: Place) -> list[dict[str, str]]:
    """Return the server's settings, each with its value and where that is from.

    Raises:
        NotFoundError: the server has no file.
        HostError: one of its files cannot be read or understood.
    """
    files = _Files(host, place)
    for main in place.mains:
        try:
            files.follow(main)
        except NotFoundError:
            continue
        return list(_told(files))
    reason = "no-ssh-server-settings"
    raise NotFoundError(reason)


def _told(files: _Files) -> Iterator[dict[str, str]]:
    for name, default in _DEFAULTS.items():
        value = files.found.get(name, default)
        source = "sshd-config" if name in files.found else "default"
        if value is not None:
            yield {"setting": f"ssh.{name}", "value": value, "source": source}
    word = "present" if files.matches else "absent"
    yield {"setting": f"ssh.{_MATCHES}", "value": word, "source": "sshd-config"}


def read_ssh_server(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the asked columns of each setting of the SSH server."""
    try:
        found = settings(host, LINUX)
    except NotFoundError:
        return []
    return [{name: row[name] for name in columns} for row in found]
