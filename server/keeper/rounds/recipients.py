# SPDX-License-Identifier: Apache-2.0
"""The round `recipients`: grants, releases and recipients end once claims cannot come.

Rules: by the time to delete by; what a recipient has not said that it deleted stays,
and it with that; a grant goes with the secret of its stand-ins, a release with the
questions about it, a recipient with its key and the authority of its channel.
Not here: until when each is kept (`server/keeper/sharing/lasting.py`), the files and
keys of releases (`releases.py`), who owes what (`owed.py`).
"""

from server.keeper import ends
from server.keeper.bounds import RECIPIENTS_SECONDS
from server.keeper.desk import Desk
from server.keeper.sharing import lasting, letters
from server.register import recipients, releases, resolutions

EVERY_SECONDS = RECIPIENTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Forget the grants, releases and recipients whose time is over.

    Raises:
        ServerError: register or keyring refuse.
    """
    with desk.ending:
        believed = desk.clock.now()
        _grants(desk, believed)
        _releases(desk, believed)
        _recipients(desk, believed, now)


def _grants(desk: Desk, believed: int) -> None:
    for one in lasting.grants(desk):
        if one.until <= believed:
            letters.forget_grant(desk, one.held.id)
            with desk.register.transaction() as connection:
                recipients.forget_grant(connection, one.held.id)


def _releases(desk: Desk, believed: int) -> None:
    with desk.register.transaction() as connection:
        for made in releases.every(connection):
            if ends.release_row(made) <= believed:
                releases.forget(connection, made.id)
                resolutions.forget(connection, made.id)


def _recipients(desk: Desk, believed: int, now: int) -> None:
    every = lasting.registered(desk)
    over = [one for one in every if one.until <= believed]
    for one in over:
        letters.forget_recipient(desk, one.held.name, now)
        with desk.register.transaction() as connection:
            recipients.forget(connection, one.held.name)
    left = {
        one.paper.channel.authority
        for one in every
        if one.paper.channel is not None and one not in over
    }
    with desk.register.transaction() as connection:
        recipients.keep_authorities(connection, left)
