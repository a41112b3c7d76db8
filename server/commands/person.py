# SPDX-License-Identifier: Apache-2.0
"""`discreet-server person`: who decides, who signs in to the console, and their keys.

Rules: the key never leaves its file without its lock; config.toml is written by a
person.
Not here: changes of the register (`person_acts.py`), deciding (`case.py`), who may
(`server/access`, `server/keeper/people.py`).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import deciding, person_acts, printing
from server.commands.arguments import duration, public_key
from server.commands.contract import day
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "person"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="invite people, and say what they may")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    key = acts.add_parser("key", help="make your key, locked by a passphrase")
    key.add_argument("file", type=Path, metavar="FILE", help="to be made")
    deciding.add_passphrase(key)
    shown = acts.add_parser("list", help="show who decides, who signs in, as what")
    shown.add_argument("--json", action="store_true", help="print JSON")
    _add_invite(acts.add_parser("invite", help="make a link that lets somebody in"))
    restored = acts.add_parser("restore", help="bring people back from a copy")
    restored.add_argument("file", type=Path, metavar="FILE", help="of backup")
    for name, words in _CHANGES.items():
        one = acts.add_parser(name, help=words)
        one.add_argument("person", metavar="PERSON", help="id or name, as list shows")
        _OPTIONS.get(name, lambda _: None)(one)


def run(options: argparse.Namespace) -> int:
    """Make a key, list, invite or change."""
    match options.act:
        case "key":
            _make(options)
            return 0
        case "list":
            return _list(options)
        case "invite":
            return person_acts.invite(options)
        case "restore":
            return person_acts.restore(options)
    return person_acts.change(options)


def _add_invite(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="the person's name")
    parser.add_argument(
        "--again", metavar="PERSON", help="let somebody who is there add a passkey"
    )
    parser.add_argument("--role", action="append", default=[], metavar="ROLE")
    _add_purpose(parser)
    parser.add_argument(
        "--valid",
        type=duration,
        default="3d",
        metavar="TIME",
        help="for how long the link counts, at most 14d (default: 3d)",
    )
    parser.add_argument(
        "--trained-until",
        type=day,
        metavar="DAY",
        help="last day on which the person's training counts",
    )
    parser.add_argument(
        "--subject",
        metavar="SUBJECT",
        help="who they are at the provider of [console.oidc]",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_purpose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--purpose",
        action="append",
        default=[],
        metavar="PURPOSE",
        help="for what the role may read; may be repeated",
    )


def _add_role(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--give", metavar="ROLE")
    which.add_argument("--take", metavar="ROLE")
    _add_purpose(parser)


def _add_attest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until",
        type=day,
        required=True,
        metavar="DAY",
        help="last day on which the training counts",
    )


def _add_public(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--public", type=public_key, required=True, metavar="KEY", help="as key prints"
    )


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help="of this machine, as in [roles]")


def _add_subject(parser: argparse.ArgumentParser) -> None:
    words = 'as the provider of [console.oidc] names them; "" takes it away'
    parser.add_argument("subject", metavar="SUBJECT", help=words)


_CHANGES = {
    "role": "give a role, or take it",
    "suspend": "let somebody do nothing until they are resumed",
    "resume": "let somebody take part again",
    "remove": "remove somebody, and all that is kept of them",
    "attest": "say until when somebody's training counts",
    "add-key": "add a key file, for the command line and for decisions",
    "link": "let somebody sign in through the provider of [console.oidc]",
    "account": "say which user of this machine somebody is",
}
_OPTIONS = {
    "role": _add_role,
    "attest": _add_attest,
    "add-key": _add_public,
    "link": _add_subject,
    "account": _add_account,
}


def _list(options: argparse.Namespace) -> int:
    from server import configuration  # noqa: PLC0415 - heavy

    settings = configuration.read(Layout(options.directory))
    people, entered = settings.people, person_acts.listed(options, settings.tenant)
    rows = [
        (person.name, sorted(role.value for role in person.roles), person.public.hex())
        for _, person in sorted(people.items())
    ]
    if options.json:
        decide = [{"name": name, "roles": held, "key": key} for name, held, key in rows]
        printing.show_json([*decide, *entered])
        return 0
    printing.show_table(
        ("NAME", "ROLES", "PUBLIC KEY"),
        [(name, ", ".join(roles), key) for name, roles, key in rows],
    )
    if entered:
        printing.show("")
        printing.show_table(_HEADINGS, list(map(_row, entered)))
    return 0


_HEADINGS = "ID", "NAME", "STANDING", "ROLES", "TRAINED UNTIL", "PASSKEYS", "KEYS"


def _row(entered: dict[str, object]) -> tuple[str, ...]:
    """Return the cells of a person of the register."""
    roles, keys = entered["roles"], entered["keys"]
    words = []
    for held in roles if isinstance(roles, list) else []:
        purposes = ", ".join(held["purposes"])
        words.append(f"{held['role']} ({purposes})" if purposes else held["role"])
    return (
        *(str(entered[name]) for name in ("id", "name", "standing")),
        "; ".join(words),
        *(str(entered[name]) for name in ("trained_until", "passkeys")),
        str(len(keys) if isinstance(keys, list) else 0),
    )


def _make(options: argparse.Namespace) -> None:
    from server.person_keys import make_person_key  # noqa: PLC0415 - heavy
    from wire.papers.decision import Role  # noqa: PLC0415 - heavy

    public = make_person_key(options.file, deciding.passphrase_of(options, twice=True))
    printing.show(
        "[people.NAME]",
        f'key = "{public.hex()}"',
        'roles = ["requester"]',
    )
    printing.hint(
        f"discreet-server: {options.file} is made; let the operator add these lines to "
        f"config.toml, with your name and your roles: "
        f"{', '.join(role.value for role in Role)}"
    )
