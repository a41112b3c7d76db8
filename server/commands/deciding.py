# SPDX-License-Identifier: Apache-2.0
"""How a person signs at the command line: the matter in words, then the key.

Rules: what is shown is read from the very octets that are signed; nothing is signed
before somebody said yes; the key is unlocked here and goes nowhere.
Not here: what the keeper makes of it (`server/keeper/casework.py`).
"""

import argparse
import getpass
import hashlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.configuration_keeper import Person
    from wire.crypto.signing import SigningKey
    from wire.papers.decision import Act, Role
    from wire.papers.matter import Matter
    from wire.papers.scope import Rule

YES = "yes"


def add_signing(parser: argparse.ArgumentParser) -> None:
    """Declare what every command needs that signs a decision."""
    parser.add_argument(
        "--key",
        type=Path,
        required=True,
        metavar="FILE",
        help="your key, from person key",
    )
    add_passphrase(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
    parser.add_argument(
        "--role", metavar="ROLE", help="in what capacity (default: the one that may)"
    )
    parser.add_argument("--yes", action="store_true", help="sign without asking")


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Declare where the passphrase of a person's key comes from."""
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="has the passphrase (default: it is asked for)",
    )


def passphrase_of(options: argparse.Namespace, *, twice: bool = False) -> bytes:
    """Return the passphrase from a file or a person.

    Raises:
        UsageError: what was typed differs, or nobody is there to type.
        StateError: the file cannot be read.
    """
    from server.keyring.place import read_passphrase  # noqa: PLC0415 - heavy

    if options.passphrase_file is not None:
        return read_passphrase(options.passphrase_file)
    if not sys.stdin.isatty():
        msg = "nobody is there to type a passphrase: give --passphrase-file"
        raise UsageError(msg)
    typed = getpass.getpass("Passphrase: ")
    if twice and getpass.getpass("Again: ") != typed:
        msg = "the two differ: try again"
        raise UsageError(msg)
    return typed.encode()


def signer(options: argparse.Namespace) -> "tuple[SigningKey, Person]":
    """Return the key of whoever signs, and who that is.

    Raises:
        UsageError: config.toml does not know the key.
        TrustError: the key does not open.
    """
    from server import configuration  # noqa: PLC0415 - heavy
    from server.person_keys import read_person_key  # noqa: PLC0415 - heavy

    people = configuration.read(Layout(options.directory)).people
    key = read_person_key(options.key, passphrase_of(options))
    for person in people.values():
        if person.public == key.public:
            return key, person
    msg = (
        "nobody in [people] of config.toml has this key: write there what "
        "person key printed"
    )
    raise UsageError(msg)


def show_matter(matter: "Matter") -> None:
    """Print a matter in words."""
    pairs = [("kind", matter.kind.value), ("case", matter.case.hex())]
    pairs += [(item.name, item.text) for item in matter.terms]
    if matter.paper is not None:
        pairs.append(("signed question", hashlib.sha256(matter.paper).hexdigest()))
    scope = matter.scope
    if scope is not None:
        pairs += [
            ("made from", printing.moment(scope.since)),
            ("made until", printing.moment(scope.until)),
            ("purposes", ", ".join(item.value for item in scope.purposes)),
            ("devices", ", ".join(item.hex() for item in scope.devices) or "all"),
        ]
        for dataset in scope.datasets:
            pairs.append((dataset.name, ", ".join(dataset.columns)))
            pairs += [
                ("  only where", f"{rule.column} {rule.test.value} {_values(rule)}")
                for rule in dataset.filter
            ]
    printing.show_pairs(pairs)


def _values(rule: "Rule") -> str:
    return " or ".join(rule.values)


def sign(options: argparse.Namespace, octets: bytes, act: "Act") -> bytes:
    """Show a matter, ask, and return the signed decision on it.

    Args:
        options: from `add_signing`.
        octets: the encoded matter.
        act: what the person says.

    Raises:
        UsageError: the person has no role that may, or did not say yes.
        TrustError: the key does not open.
    """
    from wire.papers.decision import Decision, sign_decision  # noqa: PLC0415 - heavy
    from wire.papers.matter import matter_digest, read_matter  # noqa: PLC0415 - heavy

    key, person = signer(options)
    matter = read_matter(octets)
    role = _role(options.role, person, matter, act)
    show_matter(matter)
    printing.show(f"You, {person.name}, {act.value} this as {role.value}.")
    if not options.yes and input(f"Type {YES} to sign: ").strip() != YES:
        msg = "nothing was signed"
        raise UsageError(msg)
    decision = Decision(
        matter.tenant,
        matter.case,
        act,
        person.name,
        role,
        matter_digest(octets),
        int(time.time()),
        options.reason,
    )
    return sign_decision(decision, key)


def _role(wanted: str | None, person: "Person", matter: "Matter", act: "Act") -> "Role":
    """Return the role that was named, or the one of the person's that may decide."""
    from server.keeper.people import role_for  # noqa: PLC0415 - heavy
    from wire.papers.decision import Role  # noqa: PLC0415 - heavy

    if wanted is not None:
        named = next((role for role in Role if role.value == wanted), None)
        if named is None:
            msg = f"--role is one of {', '.join(role.value for role in Role)}"
            raise UsageError(msg)
        return named
    role = role_for(person, matter.kind, act)
    if role is None:
        msg = f"config.toml gives you no role that may {act.value} this"
        raise UsageError(msg)
    return role
