# SPDX-License-Identifier: Apache-2.0
"""Answers about one person's roles: what they have, what can be given and taken.

Rules: as of `people.py`; what is offered is decided anew when it is sent.
Not here: everybody (`people.py`), what a change is (`server/access/changing.py`).
"""

from starlette.responses import Response

from server.access.actions import PURPOSES, READABLE, Action, Role
from server.access.impossible import ImpossibleError, What
from server.access.model import may_give
from server.console.people import changer, held_of, may_touch
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, go


def page(site: Site, asked: Asked) -> Response:
    """Show what somebody may do, and what can be changed of it."""
    me, tenant = asked.signed_in.entry.person, site.people.tenant
    with site.people.register.reading() as connection:
        entry = site.people.entry(connection, asked.query.get("person", ""))
    other = entry.person
    return site.page(
        asked,
        "roles",
        entry=entry,
        mine=me.name == other.name,
        changes=may_touch(me, other),
        roles=[role for role in Role if may_give(me, role, tenant)],
        reads={
            role: sorted(one.value for one in most) for role, most in PURPOSES.items()
        },
        purposes=sorted(READABLE, key=lambda one: one.value),
        kept="kept" in asked.query,
    )


def give(site: Site, asked: Asked) -> Response:
    """Give a role, or other purposes of one that somebody has."""
    held = held_of(site, asked, _role(asked))
    site.people.give(changer(asked), asked.one("person"), held, asked.now)
    return _again(asked)


def take(site: Site, asked: Asked) -> Response:
    """Take a role from somebody."""
    tenant = None if asked.one("every") else site.people.tenant
    number = asked.one("person")
    site.people.take(changer(asked), number, _role(asked), tenant, asked.now)
    return _again(asked)


def _role(asked: Asked) -> Role:
    try:
        return Role(asked.one("role"))
    except ValueError:
        raise ImpossibleError(What.ROLE_NAME) from None


def _again(asked: Asked) -> Response:
    return go(f"/people/role?person={asked.one('person')}&kept=1")


ROUTES = (
    Route(GET, "/people/role", page, Action.PEOPLE_CHANGE),
    Route(POST, "/people/role", give, Action.PEOPLE_CHANGE),
    Route(POST, "/people/role/take", take, Action.PEOPLE_CHANGE),
)
