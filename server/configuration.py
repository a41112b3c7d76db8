# SPDX-License-Identifier: Apache-2.0
"""The installation's settings: address, names, tenant and who has which role.

Rules: read once at start into a checked value; an unknown key is refused, so that a
typing error never silently changes who may read.
Not here: keys (`server/install.py`), what each role may read (the signed policy).
"""

import ipaddress
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from server import configuration_keyring, configuration_store
from server.configuration_aggregates import Asked, read_aggregates
from server.configuration_alerts import AlertChannels, read_alerts
from server.configuration_console import ConsoleSettings, read_console
from server.configuration_intake import IntakeSettings, read_intake
from server.configuration_keeper import (
    Controller,
    People,
    Webhook,
    read_controller,
    read_countries,
    read_people,
    read_private_hosts,
    read_webhook,
    read_window,
)
from server.configuration_keyring import KeyringSettings
from server.configuration_metrics import Metrics, read_metrics
from server.configuration_reading import ReadingSettings, read_reading
from server.configuration_siem import Siem, read_siem
from server.configuration_store import StoreSettings, read_store
from server.errors import InstallationError, UsageError
from server.key_files import write_new
from server.layout import Layout

CONFIGURATION_BYTES = 65_536
"""A config.toml with a thousand people is below 50 kB."""
TITLE_CHARS = 100
URL_CHARS = 200
"""What fits into a token (`wire/token.py`)."""
TENANT_BYTES = 16
FOLD = "fold"
AGGREGATE = "aggregate"
ALERTS = "alerts"
JOBS = frozenset({FOLD, AGGREGATE, ALERTS})
"""Jobs that this release has."""
_OPTIONAL = {
    *("jobs", "keyring", "backups", "anchors", "people", "keeper", "controller"),
    *("aggregate", "siem", "tickets", "transfers", "console", "alerts"),
    *("store", "metrics", "reading", "intake"),
}
_TICKETS = {"required": True, "off": False}
_TICKETS_LINES = (
    '# "required": support is read under an open ticket (discreet-server ticket open);',
    '# "off": under any words, or none, but for what diagnostics found under a ticket.',
    "[keeper]",
    'tickets = "required"',
)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\Z")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@$+\\-]{0,127}\Z")
_ROLE = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings of one installation.

    Attributes:
        url: address under which agents reach the gate, https only.
        names: further DNS names and addresses in its certificate.
        tenant: 16 bytes.
        title: the tenant's name, for people.
        roles: operating system user -> the policy's reader roles that it has.
        jobs: registered job -> the user who owns it; one without an owner never runs.
        keyring: where its master key lies, and which backups take both.
        people: who decides about data, by name.
        anchors: where the ledger's anchors are handed out, on another machine's disk;
            None for nowhere.
        tickets: whether support is read under an open ticket only.
        tickets_said: whether config.toml says so; one from before it was asked for does
            not.
        controller: who answers for the data.
        webhook: where a ticket system tells states of tickets; None for nowhere.
        aggregates: what the job `aggregate` makes of each period, by name.
        siem: where the ledger goes as it is written; None for nowhere.
        countries: to which data may go without more, by ISO 3166-1.
        transfer_window: seconds from telling a client until its data may go to an
            acquirer; the keeper's bound is the least.
        private_hosts: hosts of recipients' channels that may be in a private network.
        console: where people sign in; None for nowhere.
        alerts: who is told of alerts.
        store: where the sealed store is; None for a file of the installation.
        metrics: where figures are shown.
        reading: what reading a fleet may use.
        intake: where shipments wait while the store is away; None for nowhere.
    """

    url: str
    names: tuple[str, ...]
    tenant: bytes
    title: str
    roles: Mapping[str, tuple[str, ...]]
    jobs: Mapping[str, str] = field(default_factory=dict)
    keyring: KeyringSettings = field(default_factory=KeyringSettings)
    anchors: Path | None = None
    people: People = field(default_factory=dict)
    tickets: bool = True
    tickets_said: bool = True
    controller: Controller = field(default_factory=Controller)
    aggregates: Mapping[str, Asked] = field(default_factory=dict)
    siem: Siem | None = None
    webhook: Webhook | None = None
    countries: frozenset[str] = frozenset()
    transfer_window: int = 0
    private_hosts: frozenset[str] = frozenset()
    console: ConsoleSettings | None = None
    alerts: AlertChannels = field(default_factory=AlertChannels)
    store: StoreSettings | None = None
    metrics: Metrics = field(default_factory=Metrics)
    reading: ReadingSettings = field(default_factory=ReadingSettings)
    intake: IntakeSettings | None = None


def check_url(url: str) -> str:
    """Return the address without a trailing slash.

    Raises:
        UsageError: it is not https://HOST:PORT.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    bare = url.rstrip("/")
    if (
        not host
        or not _is_name(host)
        or len(url) > URL_CHARS
        or not bare.startswith("https://")
        or urlsplit(bare).path
        or parts.query
        or parts.fragment
        or parts.username is not None
        or port == 0
    ):
        msg = "--url must be https://HOST:PORT, the address under which agents reach it"
        raise UsageError(msg)
    return bare


def check_name(name: str) -> str:
    """Return a DNS name or address for the certificate.

    Raises:
        UsageError: it is neither.
    """
    if not _is_name(name):
        msg = "--name must be a DNS name or an address, without a port"
        raise UsageError(msg)
    return name


def _is_name(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return _NAME.match(name) is not None
    return True


def check_user(user: str) -> str:
    """Return a user's name as config.toml can hold it.

    Raises:
        UsageError: it cannot.
    """
    if not _USER.match(user):
        msg = "this user's name cannot stand in config.toml: run it as another user"
        raise UsageError(msg)
    return user


def check_title(title: str) -> str:
    """Return the tenant's title.

    Raises:
        UsageError: empty, too long or with characters that do not print.
    """
    if not title.strip() or len(title) > TITLE_CHARS or not title.isprintable():
        msg = f"--tenant must be 1 to {TITLE_CHARS} printable characters"
        raise UsageError(msg)
    return title


def write(layout: Layout, configuration: Configuration) -> None:
    """Write config.toml; it must not exist yet."""
    lines = [
        "# Settings of this collector; the keys lie beside it, each in its directory.",
        f"url = {_quoted(configuration.url)}",
        f"names = [{', '.join(map(_quoted, configuration.names))}]",
        "",
        "[tenant]",
        f"id = {_quoted(configuration.tenant.hex())}",
        f"title = {_quoted(configuration.title)}",
        "",
        "# Which user of this machine has which reader roles of the policy.",
        "[roles]",
    ]
    for user, roles in sorted(configuration.roles.items()):
        lines.append(f"{_quoted(user)} = [{', '.join(map(_quoted, roles))}]")
    if configuration.jobs:
        lines += ["", "# Jobs that may open envelopes, and who owns each.", "[jobs]"]
    for job, owner in sorted(configuration.jobs.items()):
        lines.append(f"{job} = {_quoted(owner)}")
    lines += ["", *_TICKETS_LINES]
    lines += ["", *configuration_keyring.lines(configuration.keyring)]
    lines += configuration_store.lines(configuration.store)
    write_new(layout.configuration, "\n".join([*lines, ""]).encode())


def _quoted(text: str) -> str:
    """Return a TOML basic string; callers let only printable text in."""
    return json.dumps(text, ensure_ascii=False)


def read(layout: Layout) -> Configuration:
    """Return the checked settings.

    Raises:
        InstallationError: there is no installation in this directory.
        UsageError: config.toml is damaged or says something unknown.
    """
    path = layout.configuration
    try:
        with path.open("rb") as file:
            octets = file.read(CONFIGURATION_BYTES + 1)
    except OSError:
        msg = (
            f"no collector in {layout.directory} that this user can read: "
            "give --directory, or run discreet-server init"
        )
        raise InstallationError(msg) from None
    try:
        return _checked(octets)
    except (UsageError, ValueError, KeyError, TypeError, AttributeError):
        msg = f"{path} is damaged or has an unknown key: correct or restore it"
        raise UsageError(msg) from None  # the cause may quote a setting


@lru_cache(1)
def _checked(octets: bytes) -> Configuration:
    """Return the configuration; any slip raises one of the errors that `read` names.

    A process that reads the file for each question checks it when it has changed.
    """
    if len(octets) > CONFIGURATION_BYTES:
        raise ValueError
    settings = tomllib.loads(octets.decode())
    tenant, roles = settings["tenant"], settings["roles"]
    names, url = settings["names"], settings["url"]
    if (
        settings.keys() - _OPTIONAL != {"url", "names", "tenant", "roles"}
        or not isinstance(tenant, dict)
        or tenant.keys() != {"id", "title"}
        or not isinstance(roles, dict)
        or not isinstance(names, list)
        or not isinstance(url, str)
    ):
        raise ValueError
    number = bytes.fromhex(tenant["id"])
    if len(number) != TENANT_BYTES:
        raise ValueError
    return Configuration(
        check_url(url),
        tuple(check_name(name) for name in names),
        number,
        check_title(tenant["title"]),
        {check_user(user): _roles(items) for user, items in roles.items()},
        _jobs(settings.get("jobs", {})),
        configuration_keyring.read(
            settings.get("keyring", {}), settings.get("backups", {})
        ),
        _anchors(settings.get("anchors", {})),
        read_people(settings.get("people", {})),
        *_tickets(settings.get("keeper", {})),
        read_controller(settings.get("controller", {})),
        read_aggregates(settings.get("aggregate", {})),
        read_siem(settings.get("siem", {})),
        read_webhook(settings.get("tickets", {})),
        read_countries(settings.get("transfers", {})),
        read_window(settings.get("transfers", {})),
        read_private_hosts(settings.get("transfers", {})),
        read_console(settings.get("console", {})),
        read_alerts(settings.get("alerts", {})),
        read_store(settings.get("store", {})),
        read_metrics(settings.get("metrics", {})),
        read_reading(settings.get("reading", {})),
        read_intake(settings.get("intake", {})),
    )


def _anchors(items: object) -> Path | None:
    """Return the directory of `[anchors]`."""
    if items == {}:
        return None
    if not isinstance(items, dict) or items.keys() != {"directory"}:
        raise ValueError
    directory = Path(items["directory"])
    if not directory.is_absolute():
        raise ValueError
    return directory


def _tickets(items: object) -> tuple[bool, bool]:
    """Return what `[keeper] tickets` says, "required" or "off", and whether it does.

    Silence requires them: who reads support names an open ticket.
    """
    if not isinstance(items, dict) or not items.keys() <= {"tickets"}:
        raise ValueError
    said = items.get("tickets")
    return (said is None or _TICKETS[said]), said is not None


def _jobs(items: object) -> dict[str, str]:
    if not isinstance(items, dict) or not items.keys() <= JOBS:
        raise ValueError
    return {job: check_user(owner) for job, owner in items.items()}


def _roles(items: object) -> tuple[str, ...]:
    if not isinstance(items, list) or not all(_ROLE.match(item) for item in items):
        raise ValueError
    return tuple(items)
