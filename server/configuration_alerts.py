# SPDX-License-Identifier: Apache-2.0
"""Who is told of alerts: `[alerts]` of config.toml.

Rules: a webhook is https, a mail server speaks TLS; secrets are files, named by
absolute paths, and are read when something is sent; without the table nobody is told,
and alerts stand in the list all the same.
Not here: the rest of config.toml (`server/configuration.py`), sending
(`server/keeper/alarms`), rules (`server/alerts/rule_source.py`).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.alerts.bounds import RECEIVERS

WEBHOOK, MAIL = "webhook", "mail"
_CHARS = 256
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}\Z")
_PATH = re.compile(r"(/[A-Za-z0-9._~%:@!$&'()*+,;=-]*)*(\?[A-Za-z0-9._~%&=+-]*)?\Z")


@dataclass(frozen=True, slots=True)
class AlertWebhook:
    """A receiver of signed requests.

    Attributes:
        address: `HOST` or `HOST:PORT`.
        path: what is asked for there.
        secret: file with the secret that signs, `whsec_` and base64.
        authority: PEM file of who signs its certificate; None for those that this
            system trusts.
    """

    address: str
    path: str
    secret: Path
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class AlertMail:
    """A mail server and who gets mail.

    Attributes:
        address: `HOST:PORT`, or `HOST`.
        sender: whom it is from.
        receivers: whom it is for.
        starttls: whether TLS is asked for first, as on port 587; else it is there from
            the first octet, as on port 465.
        user: name to sign in with; empty for none.
        password: file with the password; None for none.
        authority: as for a webhook.
    """

    address: str
    sender: str
    receivers: tuple[str, ...]
    starttls: bool = False
    user: str = ""
    password: Path | None = None
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class AlertChannels:
    """What `[alerts]` says; None for a channel that is not there."""

    webhook: AlertWebhook | None = None
    mail: AlertMail | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the channels that there are."""
        held = ((WEBHOOK, self.webhook), (MAIL, self.mail))
        return tuple(name for name, one in held if one is not None)


def read_alerts(items: object) -> AlertChannels:
    """Return the checked table `[alerts]`.

    Raises:
        ValueError: it says something unknown.
    """
    if not isinstance(items, dict) or not items.keys() <= {WEBHOOK, MAIL}:
        raise ValueError
    return AlertChannels(
        _webhook(items[WEBHOOK]) if WEBHOOK in items else None,
        _mail(items[MAIL]) if MAIL in items else None,
    )


def _webhook(items: object) -> AlertWebhook:
    match items:
        case {"url": str(url), "secret_file": str(secret), **more}:
            authority = _file(more.pop("authority", None))
            parts = urlsplit(url)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            held = _file(secret)
            plain = url == f"https://{parts.netloc}{path}" and "@" not in parts.netloc
            fits = bool(parts.hostname) and len(url) <= _CHARS and _PATH.match(path)
            if plain and fits and not more and held is not None:
                return AlertWebhook(parts.netloc, path or "/", held, authority)
    raise ValueError


def _mail(items: object) -> AlertMail:
    match items:
        case {"server": str(address), "from": str(sender), "to": list(to), **more}:
            user, starttls = more.pop("user", ""), more.pop("starttls", False)
            password = _file(more.pop("password_file", None))
            authority = _file(more.pop("authority", None))
            named = [sender, *to]
            fits = 0 < len(address) <= _CHARS and 0 < len(to) <= RECEIVERS
            if not all(isinstance(one, str) and _ADDRESS.match(one) for one in named):
                raise ValueError
            if not isinstance(user, str) or not isinstance(starttls, bool):
                raise ValueError  # noqa: TRY004 - as all that is wrong here
            if bool(user) is not (password is not None) or not _is_plain(user):
                raise ValueError
            if fits and not more:
                return AlertMail(
                    *(address, sender, tuple(to), starttls, user, password, authority)
                )
    raise ValueError


def _is_plain(user: str) -> bool:
    """Tell whether a name can be said to a mail server."""
    return user.isascii() and user.isprintable()


def _file(found: object) -> Path | None:
    if found is None:
        return None
    if not isinstance(found, str) or not Path(found).is_absolute():
        raise ValueError
    return Path(found)
