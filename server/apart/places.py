# SPDX-License-Identifier: Apache-2.0
"""Which file of a collector each of its users may use, where processes run apart.

Rules: what stands in no line is the office's alone, which owns all; what a process
makes is for those of its directory.
Not here: the users (`server/users.py`), giving and taking it (`dividing.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.users import User

PASS, LOOK, WRITE = "x", "r", "w"
"""To reach what lies in a directory; to read; to read and write, and in a directory to
make and remove."""
Allowed = Mapping[User, str]
_READER, _KEEPER, _CONSOLE = User.READER, User.KEEPER, User.CONSOLE


@dataclass(frozen=True, slots=True)
class Place:
    """A directory of an installation.

    Attributes:
        name: below the installation's directory; empty for this itself.
        here: what users may do in it, beside the office, which may do all.
        within: what they may do to all in it, also to what comes later.
        files: what they may do to some files of it alone.
        registers: which of these are SQLite's, and have a journal beside them.
        made: which of these are made where they are not there.
    """

    name: str
    here: Allowed
    within: Allowed = field(default_factory=dict)
    files: Mapping[str, Allowed] = field(default_factory=dict)
    registers: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


MARK = "apart"
"""An empty file, for units to know what is to start."""
CONSOLE_MARK = "apart-console"
"""Another, where there is a console to start."""
GIVEN = "apart-elsewhere"
"""Which files elsewhere users were let read, named in config.toml still or not."""
CONSOLE = "console"
MASTER = "master"
"""Stands for the directory of the master key, wherever it is."""
SETTINGS: Allowed = {_READER: LOOK, _KEEPER: LOOK, _CONSOLE: LOOK}
_PEOPLE: Allowed = {_READER: LOOK, _KEEPER: LOOK, _CONSOLE: WRITE}
_LEDGER: Allowed = {_READER: WRITE, _KEEPER: WRITE, _CONSOLE: WRITE}
_STATEMENTS: Allowed = {_READER: LOOK, _KEEPER: LOOK}
_KEPT: Allowed = {_READER: LOOK, _KEEPER: WRITE}
_ALERTS: Allowed = {_READER: WRITE, _KEEPER: WRITE}
_KEYS: Allowed = {_READER: LOOK, _KEEPER: WRITE}
_KEEPERS: Allowed = {_KEEPER: WRITE}
_SEEN: Allowed = {_KEEPER: LOOK}
"""It looks for what is left of what it ended, and says of what it may not read that
nothing was looked for."""
_CONSOLES: Allowed = {_CONSOLE: WRITE, _KEEPER: LOOK}
_LOCK = "ask.lock"
"""The console reaches a socket, and could else keep a process from starting."""
PLACES = (
    Place(
        "authority",
        {_READER: PASS, _KEEPER: LOOK},
        files={"statements.sqlite": _STATEMENTS},
    ),
    Place("offline", _SEEN),
    Place("update-keys", _SEEN),
    Place("store", _SEEN, within=_SEEN),
    Place("gate", {User.GATE: LOOK}, within={User.GATE: LOOK}),
    Place("keyring", _KEYS, within=_KEYS),
    Place(MASTER, _KEYS, within=_KEYS),
    Place(
        "ledger",
        {_READER: PASS, _KEEPER: LOOK, _CONSOLE: PASS},
        files={"ledger.sqlite": _LEDGER},
        registers=("ledger.sqlite",),
    ),
    Place("ledger/anchors", _KEEPERS, within=_KEEPERS),
    Place("ledger/ended", _KEEPERS, within=_KEEPERS),
    Place(
        "access",
        {_READER: PASS, _KEEPER: LOOK, _CONSOLE: PASS},
        files={"people.sqlite": _PEOPLE},
        registers=("people.sqlite",),
    ),
    Place(
        "keeper",
        {_READER: PASS, _KEEPER: WRITE},
        within=_KEEPERS,
        files={"keeper.sqlite": _KEPT, "alerts.sqlite": _ALERTS},
        registers=("keeper.sqlite", "alerts.sqlite"),
    ),
    Place(CONSOLE, _CONSOLES, within=_CONSOLES),
    Place("exports", _KEEPERS, within=_KEEPERS),
    Place("evidence", _KEEPERS, within=_KEEPERS),
    Place("outbox", _KEEPERS, within=_KEEPERS),
    Place("releases", _KEEPERS, within=_KEEPERS),
    Place("run", {_READER: PASS, _KEEPER: LOOK, _CONSOLE: PASS}),
    Place(
        "run/reader",
        {_READER: WRITE, _KEEPER: LOOK, _CONSOLE: PASS},
        within={_READER: WRITE, _CONSOLE: WRITE},
        files={_LOCK: {_READER: WRITE, _KEEPER: LOOK}},
        made=(_LOCK,),
    ),
    Place(
        "run/keeper",
        {_KEEPER: WRITE, _CONSOLE: PASS},
        within={_KEEPER: WRITE, _CONSOLE: WRITE},
        files={_LOCK: _KEEPERS},
        made=(_LOCK,),
    ),
    Place(
        "run/office",
        {_KEEPER: LOOK, _CONSOLE: PASS},
        within={_CONSOLE: WRITE},
        files={_LOCK: _SEEN},
        made=(_LOCK,),
    ),
    Place(
        "",
        dict.fromkeys((User.GATE, _READER, _CONSOLE), PASS) | {_KEEPER: LOOK},
        files={
            "config.toml": SETTINGS,
            "alerts.toml": {_READER: LOOK, _KEEPER: LOOK},
            CONSOLE_MARK: _SEEN,
            MARK: _SEEN,
            GIVEN: _SEEN,
        },
    ),
)
"""Every directory that is not the office's alone, the installation's own last;
`offline`, the keys of `authority` and of updates, and `store` are."""
