# SPDX-License-Identifier: Apache-2.0
"""Answers about oneself: roles, sessions, passkeys and preferences.

Rules: everybody sees, takes and deletes what is kept of them, and of nobody else.
Not here: what is kept (`server/access`).
"""

from starlette.responses import JSONResponse, Response

from server.access import links, passkey_rows, preferences, sessions
from server.access.actions import Action
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, Tab, go


def page(site: Site, asked: Asked) -> Response:
    """Show what the person may, and what is kept of them."""
    session = asked.signed_in
    person = session.entry.person
    with site.people.register.reading() as connection:
        shown = sessions.shown(connection, person.name, asked.now)
        passkeys = passkey_rows.of(connection, person.name)
        preferred = preferences.of(connection, person.name)
    return site.page(
        asked,
        "me",
        held=person.held,
        trained=asked.now < person.trained_until,
        until=person.trained_until,
        sessions=shown,
        mine=sessions.number_of(session.digest),
        passkeys=passkeys,
        choices=preferences.CHOICES,
        preferred=preferred,
        kept="kept" in asked.query,
        removed="removed" in asked.query,
    )


def prefer(site: Site, asked: Asked) -> Response:
    """Keep what the person prefers."""
    chosen = {name: asked.one(name) for name in preferences.CHOICES}
    with site.people.register.writing() as connection:
        preferences.choose(connection, asked.signed_in.entry.person.name, chosen)
    return go("/me?kept")


def forget(site: Site, asked: Asked) -> Response:
    """Delete what the person prefers."""
    with site.people.register.writing() as connection:
        preferences.forget(connection, asked.signed_in.entry.person.name)
    return go("/me?kept")


def end_session(site: Site, asked: Asked) -> Response:
    """End another session of the person."""
    with site.people.register.writing() as connection:
        sessions.end(
            connection, asked.signed_in.entry.person.name, asked.one("session")
        )
    return go("/me")


def remove_passkey(site: Site, asked: Asked) -> Response:
    """Remove a passkey of the person that is not their last."""
    try:
        passkey = bytes.fromhex(asked.one("passkey"))
    except ValueError:
        passkey = b""
    site.people.remove_passkey(asked.signed_in, passkey, asked.now)
    return go("/me?removed")


def taken(site: Site, asked: Asked) -> Response:
    """Give the person all that is kept of them."""
    entry = asked.signed_in.entry
    number = entry.person.name
    with site.people.register.reading() as connection:
        kept = {
            "id": number,
            "name": entry.shown,
            "account": entry.account,
            "standing": entry.person.standing.value,
            "trained_until": entry.person.trained_until,
            "entered": entry.made,
            "roles": [
                {
                    "role": held.role.value,
                    "purposes": sorted(item.value for item in held.purposes),
                }
                for held in entry.person.held
            ],
            "keys": [key.hex() for key in entry.keys],
            "passkeys": [
                {
                    "id": item.id.hex(),
                    "public": item.public.hex(),
                    "made": item.made,
                    "used": item.used,
                    "uses": item.count,
                    "copied": item.backed_up,
                }
                for item in passkey_rows.of(connection, number)
            ],
            "sessions": [
                {"made": item.made, "used": item.used, "how": item.how}
                for item in sessions.shown(connection, number, asked.now)
            ],
            "elsewhere": links.mine(connection, number),
            "preferences": preferences.of(connection, number),
        }
    headers = {
        "cache-control": "no-store",
        "content-disposition": 'attachment; filename="me.json"',
    }
    return JSONResponse(kept, headers=headers)


ROUTES = (
    Route(GET, "/me", page, Action.SELF_SEE),
    Route(GET, "/me/taken", taken, Action.SELF_SEE, gives="application/json"),
    Route(POST, "/me/preferences", prefer, Action.SELF_CHANGE),
    Route(POST, "/me/forget", forget, Action.SELF_CHANGE),
    Route(POST, "/me/sessions/end", end_session, Action.SELF_CHANGE),
    Route(POST, "/me/passkeys/remove", remove_passkey, Action.SELF_PASSKEY),
)
TAB = Tab("me", Action.SELF_SEE)
