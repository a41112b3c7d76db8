# SPDX-License-Identifier: Apache-2.0
"""The processes of a collector as children: what each is started with.

Rules: each is a program of its own, given where to look and no secret.
Not here: keeping them running (`serve.py`), what they do (`server/gate`,
`server/reader`, `server/keeper`).
"""

import os
import socket
import sys
from dataclasses import dataclass, field

from server.configuration_intake import IntakeSettings, text_of
from server.configuration_keeper import Webhook
from server.gate.bounds import CONNECTIONS
from server.layout import Layout
from server.store.interface import Quotas

INHERITS = os.name == "posix"
"""Whether a child can take over a listening socket."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the gate takes.

    Attributes:
        connections: most at once.
        quotas: octets that devices may store in a day.
        store: file or address of the store; None for the installation's file.
        metrics: where it shows its figures, as ADDRESS:PORT; empty for nowhere.
        intake: where shipments wait that the store does not take; None for nowhere.
    """

    connections: int = CONNECTIONS
    quotas: Quotas = field(default_factory=Quotas)
    store: str | None = None
    metrics: str = ""
    intake: IntakeSettings | None = None


_ALLOWED = Allowed()


@dataclass(frozen=True, slots=True)
class Child:
    """A program that runs as long as the collector does.

    Attributes:
        name: for people.
        command: argument vector.
        sockets: file descriptors that it inherits.
        user: the user that it becomes; None for this one.
    """

    name: str
    command: tuple[str, ...]
    sockets: tuple[int, ...] = ()
    user: str | None = None


def gate(
    layout: Layout,
    listener: socket.socket,
    user: str | None = None,
    allowed: Allowed = _ALLOWED,
) -> Child:
    """Return the gate as a child; it reads its own directory and the store only.

    Args:
        layout: the installation.
        listener: the socket that it takes connections from; where a process cannot
            inherit one (Windows) it is closed, and the gate opens the address itself.
        user: whom it becomes once it has read its keys.
        allowed: what it takes.
    """
    quotas = allowed.quotas
    command = [
        *(sys.executable, "-I", "-m", "server.gate", "--lifeline"),
        *("--gate", str(layout.gate), "--store", allowed.store or str(layout.store)),
        *("--connections", str(allowed.connections)),
        *("--device-day-bytes", str(quotas.device)),
    ]
    if quotas.tenant is not None:
        command += ["--tenant-day-bytes", str(quotas.tenant)]
    if allowed.metrics:
        command += ["--metrics", allowed.metrics]
    if allowed.intake is not None:
        command += ["--intake", text_of(allowed.intake)]
    if user is not None:
        command += ["--user", user]
    if INHERITS:
        command += ["--fd", str(listener.fileno())]
        return Child("gate", tuple(command), (listener.fileno(),))
    host, port = listener.getsockname()[:2]
    listener.close()
    return Child("gate", (*command, "--host", host, "--port", str(port)))


def reader(layout: Layout, user: str | None = None) -> Child:
    """Return the reader as a child."""
    command = (sys.executable, "-I", "-m", "server.reader")
    return Child("reader", (*command, "--directory", str(layout.directory)), user=user)


def keeper(layout: Layout) -> Child:
    """Return the keeper as a child."""
    command = (sys.executable, "-I", "-m", "server.keeper")
    return Child("keeper", (*command, "--directory", str(layout.directory)))


def hook(layout: Layout, webhook: Webhook, tenant: bytes) -> Child:
    """Return the webhook of tickets as a child; it has no key that opens.

    Args:
        layout: the installation.
        webhook: where it listens.
        tenant: 16 bytes.
    """
    command = (sys.executable, "-I", "-m", "server.hook", "--tenant", tenant.hex())
    files = ("--gate", str(layout.gate), "--keeper", str(layout.keeper_socket))
    where = ("--host", webhook.host, "--port", str(webhook.port))
    return Child("hook", (*command, *files, "--secret", str(webhook.secret), *where))


def watch(layout: Layout) -> Child:
    """Return what shows the fleet's figures as a child; it has no key at all."""
    command = (sys.executable, "-I", "-m", "server.watch")
    return Child("watch", (*command, "--directory", str(layout.directory)))


def office(layout: Layout) -> Child:
    """Return the office as a child; the console asks it of devices and orders."""
    command = (sys.executable, "-I", "-m", "server.office")
    return Child("office", (*command, "--directory", str(layout.directory)))


def console(layout: Layout) -> Child:
    """Return the console as a child; it has no key that opens."""
    command = (sys.executable, "-I", "-m", "server.console", "--lifeline")
    return Child("console", (*command, "--directory", str(layout.directory)))
