# SPDX-License-Identifier: Apache-2.0
"""Which machines a recipient's channel may be on.

Rules: addresses are written out, so that no name is looked up.
Not here: what is sent there (`tests/interchange/test_push.py`).
"""

from dataclasses import replace

import pytest

from server.errors import DeniedError, UnreachableError, UsageError
from server.keeper.sharing import channels
from tests.vectors import release_world
from wire.papers.recipient import Channel, ChannelKind

WHERE = Channel(ChannelKind.OTLP, "192.0.2.1", 4318, bytes(32))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::"),  # noqa: S104 - to refuse
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1"),
        *("169.254.169.254", "fe80::1", "::ffff:10.1.2.3", "::ffff:127.0.0.1"),
        *("224.0.0.1", "ff02::1", "255.255.255.255", "192.0.2.1", "2001:db8::1"),
        *("2130706433", "0x7f000001", "localhost"),
    ],
)
def test_no_address_but_of_the_internet(host: str) -> None:
    """This machine, private networks, link-local, multicast, and what is nobody's."""
    with pytest.raises(DeniedError) as refused:
        channels.judged(replace(WHERE, host=host), ())
    assert refused.value.reason == "private-address"


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700:4700::1111"])
def test_what_was_judged_is_what_is_connected_to(host: str) -> None:
    """A public address is itself."""
    assert channels.judged(replace(WHERE, host=host), ()) == host


def test_a_named_host_may_be_private() -> None:
    """Exactly the one that config.toml names."""
    private = replace(WHERE, host="10.1.2.3")
    assert channels.judged(private, {"10.1.2.3"}) == "10.1.2.3"
    with pytest.raises(DeniedError):
        channels.judged(private, {"10.1.2.4"})


def test_a_name_that_there_is_not_is_a_sentence() -> None:
    """It says where to look."""
    with pytest.raises(UnreachableError, match="look at the recipient's entry"):
        channels.judged(replace(WHERE, host="nobody.invalid"), ())


def test_a_channel_takes_its_formats() -> None:
    """Syslog takes syslog, OTLP logs and metrics; nothing takes files."""
    syslog = release_world.recipient()
    otlp = release_world.recipient(channel=WHERE)
    assert channels.require(syslog, "syslog") == syslog.channel
    assert channels.require(otlp, "otlp-logs") == WHERE
    assert channels.require(otlp, "otlp-metrics") == WHERE
    for entry, form in ((syslog, "otlp-logs"), (otlp, "syslog"), (otlp, "jsonl")):
        with pytest.raises(UsageError, match="choose that format"):
            channels.require(entry, form)
    with pytest.raises(UsageError, match="has no channel"):
        channels.require(release_world.recipient(channel=None), "syslog")
