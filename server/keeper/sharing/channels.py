# SPDX-License-Identifier: Apache-2.0
"""The channel of a recipient: which machine it is, and that it may be connected to.

Rules: the host is the register's, from the entry that people approved; no address of
this machine, of a private network or of none at all is connected to, unless
`[transfers] private_hosts` of config.toml names the host; what was judged is what is
connected to; whoever answers proves its name by the registered authority alone.
Not here: what is sent (`pushing.py`), TLS (`server/formats/sending.py`).
"""

import ipaddress
import socket
from collections.abc import Collection

from server.errors import DeniedError, StateError, UnreachableError, UsageError
from server.formats.pushing import PORTS
from server.formats.sending import Target
from server.formats.syslog import NAME as SYSLOG
from server.keeper.desk import Desk
from server.register import recipients
from wire.papers.recipient import Channel, ChannelKind, Recipient

FORMS = {
    ChannelKind.SYSLOG: frozenset({SYSLOG}),
    ChannelKind.OTLP: frozenset(PORTS) - {SYSLOG},
}
"""The formats that a kind of channel takes."""


def require(recipient: Recipient, form: str) -> Channel:
    """Return the channel of a recipient.

    Args:
        recipient: as the register has it.
        form: format of the grant.

    Raises:
        UsageError: it has none, or one that does not take this format.
    """
    if recipient.channel is None:
        msg = (
            f"{recipient.name} has no channel: register it with one, or grant it "
            "releases that it opens"
        )
        raise UsageError(msg)
    forms = FORMS[recipient.channel.kind]
    if form not in forms:
        msg = (
            f"the channel of {recipient.name} takes {' or '.join(sorted(forms))}: "
            "choose that format"
        )
        raise UsageError(msg)
    return recipient.channel


def words(channel: Channel) -> str:
    """Return where a channel leads, as people see it who approve a push."""
    below = f" below {channel.path}" if channel.path else ""
    return f"{channel.kind.value} to {channel.host} port {channel.port}{below}"


def target_of(desk: Desk, recipient: Recipient, form: str) -> Target:
    """Return where a recipient's channel is.

    Args:
        desk: what the keeper works with.
        recipient: as the register has it.
        form: format of the grant.

    Raises:
        DeniedError: it is in a private network that config.toml does not name.
        StateError: the register does not have who signs its certificate.
        UnreachableError: its name has no address.
        UsageError: there is no such channel.
    """
    channel = require(recipient, form)
    with desk.register.view() as connection:
        pem = recipients.authority(connection, channel.authority)
    if pem is None:
        msg = (
            f"the register lacks the authority of {recipient.name}'s channel: add the "
            "recipient again, and ask for a new grant"
        )
        raise StateError(msg)
    address = judged(channel, desk.settings().private_hosts)
    return Target(
        channel.host,
        channel.port,
        pinned=pem,
        address=address,
        base=channel.path or "",
    )


def judged(channel: Channel, private: Collection[str]) -> str:
    """Return the address of a channel's host to which one may connect.

    Args:
        channel: of the register.
        private: hosts that may be in a private network.

    Raises:
        DeniedError: one of its addresses is of a private network, or of none.
        UnreachableError: its name has no address.
    """
    try:
        found = socket.getaddrinfo(channel.host, channel.port, type=socket.SOCK_STREAM)
    except OSError:
        msg = f"the name {channel.host} has no address: look at the recipient's entry"
        raise UnreachableError(msg) from None
    addresses = [str(place[0]) for *_, place in found]
    if channel.host not in private and not all(map(_public, addresses)):
        reason = "private-address"
        msg = (
            f"{channel.host} is in a private network or on this machine: name it in "
            "[transfers] private_hosts of config.toml if it should be reached"
        )
        raise DeniedError(reason, msg)
    return addresses[0]


def _public(address: str) -> bool:
    """Tell whether an address is one of the Internet's machines."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or found
    return bool(inner.is_global and not inner.is_multicast)
