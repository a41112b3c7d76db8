# SPDX-License-Identifier: Apache-2.0
"""What `discreet-server person` does to the register of people.

Rules: whoever runs it operates the collector, by the kernel's word; an invitation is
shown once and kept nowhere; a person is named by id or by a name that one person has.
Not here: the flags (`person.py`), what a change is (`server/access/changing.py`).
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError
from server.layout import Layout
from server.person import user_name

if TYPE_CHECKING:
    from server.access.changing import Changer, People
    from server.access.model import Held
    from server.configuration import Configuration

_DAY_CHARS = len("2027-01-31")
Change = Callable[["People", "Changer", str, int], None]


def invite(options: argparse.Namespace) -> int:
    """Enter a person, or find one, and show the link that lets them in once."""
    with _opened(options) as (settings, people, changer):
        if settings.console is None:
            msg = (
                "this collector has no console: write [console] into config.toml "
                "(docs/howto/invite-people.md)"
            )
            raise UsageError(msg)
        now = int(time.time())
        until = now + options.valid
        if options.again:
            number = find(people, options.again)
            secret = people.invite_again(changer, number, until, now)
        else:
            if not options.name or not options.role:
                msg = "say who: --name and at least one --role, or --again PERSON"
                raise UsageError(msg)
            held = [
                held_of(role, options.purpose, people.tenant) for role in options.role
            ]
            number, secret = people.invite(changer, options.name, held, until, now)
            if options.trained_until:
                people.attest(changer, number, options.trained_until, now)
            if options.subject:
                issuer = _issuer(settings)
                people.link(changer, number, issuer, options.subject, now)
    link = f"{settings.console.origin}/join#{secret}"
    if options.json:
        end = printing.moment(until)
        printing.show_json({"id": number, "link": link, "not_after": end})
        return 0
    printing.hint(
        f"For {number}, once, until {printing.moment(until)}; give it to nobody else:"
    )
    printing.show(link)
    return 0


def change(options: argparse.Namespace) -> int:
    """Make the change that was asked for."""
    with _opened(options) as (settings, people, changer):
        number = find(people, options.person)
        if options.act == "link":
            options.issuer = _issuer(settings)
        _CHANGES[options.act](options)(people, changer, number, int(time.time()))
    printing.hint(f"discreet-server: done, for {number}")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Bring people back from a copy, less what was taken since."""
    from server.access import backing  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - with the above

    layout = Layout(options.directory)
    after = backing.copied_at(options.file)
    with closing(SqliteLedger(layout.ledger)) as ledger:
        ledger.add("people-restored", {"by": user_name()}, int(time.time()))
        found = backing.restore(options.file, layout.people, ledger.entries(after))
    printing.show(f"{found.people} people are there again, and nobody is signed in.")
    told = [f"{count} times {word}" for word, count in sorted(found.taken.items())]
    if told:
        printing.show(f"Since the copy the ledger has: {', '.join(told)}.")
    if found.missing:
        printing.show(f"{found.missing} who were entered since are not there.")
    printing.hint("next: person list, then person invite --again for each passkey")
    return 0


def _issuer(settings: "Configuration") -> str:
    """Return whose word on who somebody is the console takes.

    Raises:
        UsageError: nobody's.
    """
    console = settings.console
    if console is None or console.oidc is None:
        msg = (
            "nobody signs in elsewhere: write [console.oidc] into config.toml "
            "(docs/howto/sign-in-through-a-company.md)"
        )
        raise UsageError(msg)
    return console.oidc.issuer


def listed(options: argparse.Namespace, tenant: bytes) -> list[dict[str, object]]:
    """Return everybody in the register, for people and programs."""
    from server.access import passkey_rows, people  # noqa: PLC0415 - heavy
    from server.access.register import open_people  # noqa: PLC0415 - heavy

    path = Layout(options.directory).people
    if not path.exists():
        return []
    register = open_people(path)
    try:
        with register.reading() as connection:
            return [
                {
                    "id": entry.person.name,
                    "name": entry.shown,
                    "standing": entry.person.standing.value,
                    "roles": [
                        {
                            "role": held.role.value,
                            "every_tenant": held.tenant != tenant,
                            "purposes": sorted(item.value for item in held.purposes),
                        }
                        for held in entry.person.held
                    ],
                    "trained_until": printing.moment(entry.person.trained_until - 1)[
                        :_DAY_CHARS
                    ],
                    "passkeys": len(passkey_rows.of(connection, entry.person.name)),
                    "keys": [key.hex() for key in entry.keys],
                    "account": entry.account,
                }
                for entry in people.every(connection)
            ]
    finally:
        register.close()


def find(people: "People", named: str) -> str:
    """Return the id of the one person who is meant.

    Raises:
        UsageError: it is nobody, or more than one.
    """
    from server.access.people import every  # noqa: PLC0415 - heavy

    with people.register.reading() as connection:
        found = [
            entry.person.name
            for entry in every(connection)
            if named in {entry.person.name, entry.shown}
        ]
    if len(found) != 1:
        msg = "that is nobody, or more than one: discreet-server person list shows ids"
        raise UsageError(msg)
    return found[0]


def held_of(role: str, purposes: list[str], tenant: bytes) -> "Held":
    """Return a role for this installation's tenant.

    Raises:
        UsageError: there is no such role, or it needs other purposes.
    """
    from server.access.actions import PURPOSES, Role  # noqa: PLC0415 - heavy
    from server.access.model import Held  # noqa: PLC0415 - heavy

    named = next((one for one in Role if one.value == role), None)
    if named is None or named is Role.READER:
        known = ", ".join(one.value for one in Role if one is not Role.READER)
        msg = f"a role is one of {known}"
        raise UsageError(msg)
    most = {purpose.value: purpose for purpose in PURPOSES.get(named, frozenset())}
    wanted = {most[name] for name in purposes if name in most}
    if most and not wanted:
        msg = f"say for what {role} may read, with --purpose: {', '.join(sorted(most))}"
        raise UsageError(msg)
    return Held(named, tenant, frozenset(wanted))


def _role(options: argparse.Namespace) -> Change:
    def act(people: "People", changer: "Changer", number: str, now: int) -> None:
        from server.access.actions import Role  # noqa: PLC0415 - heavy

        if options.give:
            held = held_of(options.give, options.purpose, people.tenant)
            people.give(changer, number, held, now)
            return
        named = next((one for one in Role if one.value == options.take), None)
        if named is None:
            msg = "there is no such role: person list shows which the person has"
            raise UsageError(msg)
        people.take(changer, number, named, people.tenant, now)

    return act


_CHANGES: dict[str, Callable[[argparse.Namespace], Change]] = {
    "role": _role,
    "suspend": lambda _: lambda people, *who: people.suspend(*who),
    "resume": lambda _: lambda people, *who: people.resume(*who),
    "remove": lambda _: lambda people, *who: people.remove(*who),
    "attest": lambda options: (
        lambda people, changer, number, now: people.attest(
            changer, number, options.until, now
        )
    ),
    "add-key": lambda options: (
        lambda people, changer, number, now: people.add_key(
            changer, number, options.public, now
        )
    ),
    "link": lambda options: (
        lambda people, changer, number, now: people.link(
            changer, number, options.issuer, options.subject, now
        )
    ),
    "account": lambda options: (
        lambda people, changer, number, now: people.set_account(
            changer, number, options.user, now
        )
    ),
}


@contextmanager
def _opened(
    options: argparse.Namespace,
) -> Iterator[tuple["Configuration", "People", "Changer"]]:
    """Open settings, register and ledger, and say who makes changes."""
    from server import configuration  # noqa: PLC0415 - heavy
    from server.access.changing import Changer, People  # noqa: PLC0415 - heavy
    from server.access.register import open_people  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy

    layout = Layout(options.directory)
    settings = configuration.read(layout)
    ledger = SqliteLedger(layout.ledger)
    try:
        register = open_people(layout.people)
        try:
            people = People(register, ledger, settings.tenant)
            yield settings, people, Changer(user_name())
        finally:
            register.close()
    finally:
        ledger.close()
