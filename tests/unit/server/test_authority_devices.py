# SPDX-License-Identifier: Apache-2.0
"""Acts on devices: tokens, enrolment, revocation and labels, each in the ledger.

Rules: a real installation; the time is passed in.
Not here: bundles and keys (`test_authority_server.py`).
"""

import pytest
from authority_acts import DAY, NOW, acts, enrol

from server.authority import Authority
from server.errors import UsageError
from server.layout import Layout
from server.ledger import SqliteLedger
from server.store.interface import DeviceState, Spot
from server.store.tokens import TokenFate
from wire.token import parse_token


def test_token_is_used_up(layout: Layout, authority: Authority) -> None:
    """A token enrols as many machines as it has uses, and no more."""
    token = parse_token(authority.issue_token(3600, 2, NOW, "amelie"))
    fates = [enrol(layout, authority, token.secret)[1] for _ in range(3)]
    taken, used = TokenFate.TAKEN.value, TokenFate.USED.value
    assert fates == [taken, taken, used]


def test_token_secret_is_not_kept(layout: Layout, authority: Authority) -> None:
    """A token's secret stands nowhere on the collector's disk."""
    token = parse_token(authority.issue_token(3600, 1, NOW, "amelie"))
    for path in layout.directory.rglob("*"):
        if path.is_file():
            octets = path.read_bytes()
            assert token.secret not in octets, path
            assert token.secret.hex().encode() not in octets, path
    assert acts(layout) == ["token-issued"]


@pytest.mark.parametrize(
    ("valid", "uses"), [(0, 1), (-1, 1), (31 * DAY, 1), (60, 0), (60, 10_001)]
)
def test_token_bounds(authority: Authority, valid: int, uses: int) -> None:
    """A token is neither for ever nor for everyone."""
    with pytest.raises(UsageError):
        authority.issue_token(valid, uses, NOW, "amelie")


def test_revoke(layout: Layout, authority: Authority) -> None:
    """A revoked device is revoked in the store and in the ledger."""
    token = parse_token(authority.issue_token(3600, 1, NOW, "amelie"))
    device, _ = enrol(layout, authority, token.secret)
    authority.revoke(device, NOW, "amelie")
    assert [item.state for item in authority.devices()] == [DeviceState.REVOKED]
    (entry,) = SqliteLedger(layout.ledger).entries(after=6)
    assert (entry.act, entry.body) == (
        "device-revoked",
        {"by": "amelie", "device": device},
    )


def test_label(layout: Layout, authority: Authority) -> None:
    """A label is shown with the device; the ledger says that, not what, was typed."""
    token = parse_token(authority.issue_token(3600, 1, NOW, "amelie"))
    device, _ = enrol(layout, authority, token.secret)
    authority.label(device, "Reception", NOW, "amelie")
    assert [item.label for item in authority.devices()] == ["Reception"]
    assert b"Reception" not in layout.ledger.read_bytes()
    with pytest.raises(UsageError):
        authority.label(device, "two\nlines", NOW, "amelie")


def test_place(layout: Layout, authority: Authority) -> None:
    """Who put which devices where is in the ledger; what stays has no line."""
    spot = Spot("berlin", ("pilot",))
    token = parse_token(authority.issue_token(3600, 2, NOW, "amelie", spot))
    names = sorted(enrol(layout, authority, token.secret)[0] for _ in range(2))
    first, second = sorted(authority.devices(), key=lambda one: one.device)
    to = Spot("bonn", ("pilot",))
    placing = authority.placing()
    assert placing.place([(first, to), (second, spot)], NOW, "amelie") == [first]
    assert placing.place([(second, spot)], NOW, "amelie") == []
    found = {one.device: one.spot for one in authority.devices()}
    assert found == {names[0]: to, names[1]: spot}
    token_line, line = list(SqliteLedger(layout.ledger).entries())[-2:]
    assert (token_line.body["site"], token_line.body["tags"]) == ("berlin", ["pilot"])
    assert (line.act, line.body) == (
        "device-placed",
        {"by": "amelie", "site": "bonn", "tags": ["pilot"], "devices": [first.device]},
    )


def test_unknown_device(layout: Layout, authority: Authority) -> None:
    """An act on a device that is not there is refused and leaves no ledger line."""
    with pytest.raises(UsageError, match="device list"):
        authority.revoke(bytes(16), NOW, "amelie")
    with pytest.raises(UsageError, match="device list"):
        authority.label(bytes(16), "x", NOW, "amelie")
    assert acts(layout) == []
