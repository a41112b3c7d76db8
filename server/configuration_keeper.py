# SPDX-License-Identifier: Apache-2.0
"""Who decides, who answers, and where data may go, as config.toml says it.

Rules: a person is a name and a public key; no key stands for two people; a role that
this release does not know is refused.
Not here: the rest of config.toml (`server/configuration.py`), what a role may decide
(`server/keeper/people.py`).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wire import limits
from wire.crypto.signing import PUBLIC_BYTES
from wire.papers.decision import Role
from wire.policy_check import DAY
from wire.policy_toml import is_slug

PORTS = 65_535
PEOPLE = 64
"""Who decides about data: a provider has a handful."""
_TRANSFERS = {"countries", "private_hosts", "window"}
_DIGEST = b"discreet/1/people\x00"
_COUNTRY = re.compile("[A-Z]{2}")
_DAYS = re.compile(r"[1-9][0-9]{0,2}d")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who decides.

    Attributes:
        name: as decisions name the person.
        public: Ed25519 key, 32 bytes.
        roles: in what capacities the person may decide.
    """

    name: str
    public: bytes
    roles: frozenset[Role]


People = Mapping[str, Person]


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data (GDPR, articles 13, 24 and 28).

    Attributes:
        name: of the company; empty where it is not told.
        contact: how it is reached.
        officer: its data protection officer.
        processor: whether the provider only processes for a client, who answers.
    """

    name: str = ""
    contact: str = ""
    officer: str = ""
    processor: bool = False


def read_controller(items: object) -> Controller:
    """Return the checked table `[controller]`.

    Raises:
        ValueError: it says something unknown.
        KeyError: its mode is neither of the two.
    """
    words = {"name", "contact", "officer"}
    if not isinstance(items, dict) or not items.keys() <= {*words, "mode"}:
        raise ValueError
    texts = {name: items[name] for name in words & items.keys()}
    for text in texts.values():
        if not isinstance(text, str) or not text.isprintable():
            raise ValueError
        if len(text) > limits.TEXT_CHARS:
            raise ValueError
    processor = {"controller": False, "processor": True}[
        items.get("mode", "controller")
    ]
    return Controller(**texts, processor=processor)


def read_countries(items: object) -> frozenset[str]:
    """Return the countries of the checked table `[transfers]`, by ISO 3166-1.

    Raises:
        ValueError: it says something unknown.
    """
    if not isinstance(items, dict) or not items.keys() <= _TRANSFERS:
        raise ValueError
    named = items.get("countries", [])
    if not isinstance(named, list) or not all(
        isinstance(name, str) and _COUNTRY.fullmatch(name) for name in named
    ):
        raise ValueError
    return frozenset(named)


def read_window(items: object) -> int:
    """Return for how long a client is told before its data goes to an acquirer.

    Args:
        items: the table `[transfers]`.

    Returns:
        Seconds; 0 where config.toml does not say. The keeper's own bound is the least.

    Raises:
        ValueError: it is no number of days.
    """
    found = items.get("window", "") if isinstance(items, dict) else None
    if found == "":
        return 0
    if not isinstance(found, str) or not _DAYS.fullmatch(found):
        raise ValueError
    return int(found[:-1]) * DAY


def read_private_hosts(items: object) -> frozenset[str]:
    """Return the hosts of `[transfers]` whose addresses may be private.

    Raises:
        ValueError: it says something unknown.
    """
    named = items.get("private_hosts", []) if isinstance(items, dict) else None
    if not isinstance(named, list) or not all(
        isinstance(name, str) and 0 < len(name) <= limits.HOST_CHARS for name in named
    ):
        raise ValueError
    return frozenset(named)


def read_people(items: object) -> People:
    """Return the checked tables `[people.NAME]`, by name.

    Raises:
        ValueError: one of them says something unknown, or a key stands twice.
    """
    if not isinstance(items, dict) or len(items) > PEOPLE:
        raise ValueError
    people = {name: _person(name, item) for name, item in items.items()}
    if len({person.public for person in people.values()}) != len(people):
        raise ValueError
    return people


def _person(name: object, item: object) -> Person:
    if not isinstance(name, str) or not is_slug(name) or len(name) > limits.NAME_CHARS:
        raise ValueError
    if not isinstance(item, dict) or item.keys() != {"key", "roles"}:
        raise ValueError
    public, roles = bytes.fromhex(item["key"]), item["roles"]
    if len(public) != PUBLIC_BYTES or not isinstance(roles, list) or not roles:
        raise ValueError
    return Person(name, public, frozenset(map(Role, roles)))


def people_lines(people: People) -> list[str]:
    """Return each person as the ledger names them: name, key and roles."""
    return [
        f"{person.name} {person.public.hex()} "
        + " ".join(sorted(role.value for role in person.roles))
        for _, person in sorted(people.items())
    ]


def people_digest(people: People) -> bytes:
    """Return 32 bytes that differ when anybody, a key or a role differs."""
    return hashlib.sha256(_DIGEST + json.dumps(people_lines(people)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a ticket system tells states of tickets.

    Attributes:
        port: that the webhook listens on.
        secret: file with what is shared with the ticket system.
        host: address that it listens on.
    """

    port: int
    secret: Path
    host: str


def read_webhook(items: object) -> Webhook | None:
    """Return the checked table `[tickets]`; None where there is none.

    Raises:
        ValueError: it says something unknown.
    """
    match items:
        case {"port": int(port), "secret_file": str(secret), **more}:
            host = more.pop("host", "0.0.0.0")  # noqa: S104 - it comes from elsewhere
            fits = 0 <= port <= PORTS and Path(secret).is_absolute() and not more
            if fits and isinstance(host, str):
                return Webhook(port, Path(secret), host)
        case {**none} if not none:
            return None
    raise ValueError
