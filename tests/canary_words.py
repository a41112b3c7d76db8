# SPDX-License-Identifier: Apache-2.0
"""Canaries: values that occur nowhere else, and the tree of a machine made of them.

Rules: a canary knows which columns it is a value of, which texts may hold it as they
are read and never as they leave, or that nothing may ever read it; a file of secrets is
one that nothing may open; a tree that is there stays as it is.
Not here: what lies where (`canary_machine.py` and its parts).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.host.linux import LinuxHost

_LETTERS = "bcdfghjklmnpqrstvwxz"


@dataclass
class Canaries:
    """Makes canaries and remembers what each is a value of.

    Attributes:
        columns: canary -> the columns that hold it, as `dataset.column`.
        texts: canary -> columns whose text may hold it as read, and never as it leaves.
        identities: canaries that name a person, account, machine or address.
    """

    columns: dict[str, set[str]] = field(default_factory=dict)
    texts: dict[str, set[str]] = field(default_factory=dict)
    identities: set[str] = field(default_factory=set)

    def word(self, *columns: str, identity: bool = False) -> str:
        """Return a new word of letters; no columns: nothing may ever read it."""
        number = len(self.columns)
        tail = "".join(_LETTERS[number // 20**place % 20] for place in range(3))
        return self.known(f"zqx{tail}qzv", *columns, identity=identity)

    def name(self, *columns: str) -> str:
        """Return a new word that names a person, account, machine or place."""
        return self.word(*columns, identity=True)

    def known(self, value: str, *columns: str, identity: bool = False) -> str:
        """Take a value of another form, such as an address, for a canary."""
        self.columns.setdefault(value, set()).update(columns)
        if identity:
            self.identities.add(value)
        return value

    def inside(self, column: str, *values: str) -> None:
        """Say that a text holds canaries as it is read: redaction has to take them."""
        for value in values:
            self.columns.setdefault(value, set())
            self.texts.setdefault(value, set()).add(column)

    def raw(self, canary: str) -> set[str]:
        """Return the columns whose values may hold a canary as they are read."""
        return self.columns[canary] | self.texts.get(canary, set())

    def never(self) -> set[str]:
        """Return the canaries that nothing may ever read."""
        return {canary for canary in self.columns if not self.raw(canary)}

    def found_in(self, octets: bytes) -> set[str]:
        """Return the canaries that can be read in bytes, also in UTF-16."""
        lowered = octets.lower()
        both = lowered + b"\0" + lowered.replace(b"\0", b"")
        words = set(re.findall(rb"zqx[a-z]{3}qzv", both))
        return {
            value
            for value in self.columns
            if (
                value.lower().encode() in words
                if value.startswith("zqx")
                else value.lower().encode() in both
            )
        }


@dataclass
class CanaryMachine:
    """The tree under a folder, and the Host over it; one that is there stays.

    Attributes:
        secrets: files that nothing may open, as the machine names them.
        users: names of its people's accounts.
        node: the machine's own name.
        port: name of its network interface.
        service: name of one of its services.
    """

    root: Path
    there: bool = False
    canaries: Canaries = field(default_factory=Canaries)
    facts: dict[str, object] = field(default_factory=dict)
    programs: dict[str, bytes] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    users: list[str] = field(default_factory=list)
    node: str = ""
    port: str = ""
    service: str = ""

    def host(self, allowed: frozenset[str] = frozenset()) -> LinuxHost:
        """Return the machine."""
        return LinuxHost(
            str(self.root), allowed=allowed, programs=self.programs, facts=self.facts
        )

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file of the tree that everybody may read."""
        if self.there:
            return
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        target.chmod(0o644)

    def folder(self, path: str) -> None:
        """Make an empty folder of the tree."""
        if not self.there:
            (self.root / path.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def link(self, path: str, target: str) -> None:
        """Write a symbolic link of the tree."""
        if not self.there:
            place = self.root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)

    def values(self, folder: str, **columns: str) -> None:
        """Write files of one value each: a canary of a column, or of none."""
        for file, column in columns.items():
            value = self.canaries.word(*([column] if column else []))
            self.write(f"{folder}/{file}", value + "\n")

    def secret(self, path: str, form: str = "{}\n") -> None:
        """Write a file that nothing may open, a canary in its middle."""
        self.secrets.add(path)
        self.write(path, form.replace("{}", self.canaries.word()))

    def log(self, *lines: str) -> None:
        """Add lines to the system log, as a log daemon does."""
        with (self.root / "var/log/syslog").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)


def texts(value: object) -> Iterator[str]:
    """Yield the texts of a value that JSON could hold."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value
