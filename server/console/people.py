# SPDX-License-Identifier: Apache-2.0
"""Answers about people, for who may see and change them.

Rules: every change goes through `server/access/changing.py`, which allows or denies it
as for the command line; a link is shown once.
Not here: what a change is.
"""

import datetime as dt

from starlette.responses import Response

from server.access import invitations, passkey_rows, people
from server.access.actions import PURPOSES, READABLE, Action, Role
from server.access.bounds import INVITATION_SECONDS
from server.access.changing import Changer
from server.access.impossible import ImpossibleError, What
from server.access.model import Held, Person, Reason, may, may_give
from server.console.bounds import DAY_SECONDS
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, Tab, go


def page(site: Site, asked: Asked) -> Response:
    """Show everybody, and the changes that the person may make."""
    me, tenant = asked.signed_in.entry.person, site.people.tenant
    verdict = may(me, Action.PEOPLE_CHANGE, tenant, None, asked.now)
    changes = verdict.allowed or verdict.reason is Reason.STEP_UP
    with site.people.register.reading() as connection:
        everybody = [
            (
                entry,
                len(passkey_rows.of(connection, entry.person.name)),
                invitations.pending(connection, entry.person.name, asked.now),
                may_touch(me, entry.person),
            )
            for entry in people.every(connection)
        ]
    return site.page(
        asked,
        "people",
        everybody=everybody,
        changes=changes,
        roles=[role for role in Role if may_give(me, role, tenant)],
        purposes=sorted(READABLE, key=lambda purpose: purpose.value),
    )


def held_of(site: Site, asked: Asked, role: Role) -> Held:
    """Return a role here, for those of its purposes that a form names."""
    wanted = asked.form.get("purpose", ())
    most = PURPOSES.get(role, frozenset())
    purposes = frozenset(one for one in most if one.value in wanted)
    return Held(role, site.people.tenant, purposes)


def invite(site: Site, asked: Asked) -> Response:
    """Enter somebody, and show their link."""
    roles = asked.form.get("role", ())
    held = [held_of(site, asked, role) for role in Role if role.value in roles]
    until = asked.now + INVITATION_SECONDS
    name = asked.one("name")
    _, secret = site.people.invite(changer(asked), name, held, until, asked.now)
    return _link(site, asked, name, secret)


def again(site: Site, asked: Asked) -> Response:
    """Show another link for somebody."""
    number, until = asked.one("person"), asked.now + INVITATION_SECONDS
    secret = site.people.invite_again(changer(asked), number, until, asked.now)
    with site.people.register.reading() as connection:
        name = site.people.entry(connection, number).shown
    return _link(site, asked, name, secret)


def suspend(site: Site, asked: Asked) -> Response:
    """Suspend somebody."""
    site.people.suspend(changer(asked), asked.one("person"), asked.now)
    return go("/people")


def resume(site: Site, asked: Asked) -> Response:
    """Let somebody take part again."""
    site.people.resume(changer(asked), asked.one("person"), asked.now)
    return go("/people")


def remove(site: Site, asked: Asked) -> Response:
    """Remove somebody."""
    site.people.remove(changer(asked), asked.one("person"), asked.now)
    return go("/people")


def attest(site: Site, asked: Asked) -> Response:
    """Attest somebody's training."""
    try:
        found = dt.date.fromisoformat(asked.one("until"))
    except ValueError:
        raise ImpossibleError(What.DAY) from None
    first = dt.datetime(found.year, found.month, found.day, tzinfo=dt.UTC)
    until = int(first.timestamp()) + DAY_SECONDS
    site.people.attest(changer(asked), asked.one("person"), until, asked.now)
    return go("/people")


def may_touch(me: Person, other: Person) -> bool:
    """Tell whether pages offer changes of somebody; each is decided anew."""
    return me.name != other.name and all(
        may_give(me, held.role, held.tenant) for held in other.held
    )


def changer(asked: Asked) -> Changer:
    """Return who changes: the person who is signed in."""
    person = asked.signed_in.entry.person
    return Changer(person.name, person)


def _link(site: Site, asked: Asked, name: str, secret: str) -> Response:
    link = f"{site.settings.origin}/join#{secret}"
    return site.page(asked, "link", name=" ".join(name.split()), link=link)


ROUTES = (
    Route(GET, "/people", page, Action.PEOPLE_SEE),
    Route(POST, "/people/invite", invite, Action.PEOPLE_INVITE),
    Route(POST, "/people/again", again, Action.PEOPLE_INVITE),
    Route(POST, "/people/suspend", suspend, Action.PEOPLE_CHANGE),
    Route(POST, "/people/resume", resume, Action.PEOPLE_CHANGE),
    Route(POST, "/people/remove", remove, Action.PEOPLE_CHANGE),
    Route(POST, "/people/attest", attest, Action.PEOPLE_ATTEST),
)
TAB = Tab("people", Action.PEOPLE_SEE)
