# SPDX-License-Identifier: Apache-2.0
"""Files outside of an installation that config.toml names, and whose they are.

Rules: a file that is not there yet is passed over; its directory is not touched.
Not here: files of the installation (`places.py`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from server.apart.places import LOOK, Allowed
from server.configuration import Configuration
from server.users import User

_OPENERS: Allowed = {User.READER: LOOK, User.KEEPER: LOOK}
_CONSOLE: Allowed = {User.CONSOLE: LOOK}
_KEEPER: Allowed = {User.KEEPER: LOOK}


def files(settings: Configuration) -> Mapping[Path, Allowed]:
    """Return the files that are there, and who beside the office reads each."""
    found: dict[Path, dict[User, str]] = {}
    for path, allowed in _named(settings):
        if path is not None and path.is_file() and not path.is_symlink():
            found.setdefault(path, {}).update(allowed)
    return found


def _named(settings: Configuration) -> Iterator[tuple[Path | None, Allowed]]:
    yield settings.keyring.passphrase_file, _OPENERS
    if settings.keyring.token is not None:
        yield settings.keyring.token.pin, _OPENERS
    console = settings.console
    if console is not None and console.certificate is not None:
        for name in ("tls.key", "tls.pem"):
            yield console.certificate / name, _CONSOLE
    if console is not None and console.oidc is not None:
        yield console.oidc.secret, _CONSOLE
        yield console.oidc.authority, _CONSOLE
    if settings.siem is not None:
        yield settings.siem.authority, _KEEPER
        yield settings.siem.client, _KEEPER
    if (hook := settings.alerts.webhook) is not None:
        yield hook.secret, _KEEPER
        yield hook.authority, _KEEPER
    if (mail := settings.alerts.mail) is not None:
        yield mail.password, _KEEPER
        yield mail.authority, _KEEPER
