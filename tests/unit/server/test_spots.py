# SPDX-License-Identifier: Apache-2.0
"""Names of sites and tags, and who is meant by them.

Rules: devices are made up; no store.
Not here: keeping them (`tests/contract/test_store.py`).
"""

from dataclasses import replace

import pytest
from store_chain import DEVICE

from server.errors import UsageError
from server.spots import Chosen, moved, spot, tagged
from server.store.interface import Spot

DEVICES = [
    replace(DEVICE, device=bytes([number]) * 16, label=label, spot=Spot(site, tags))
    for number, label, site, tags in (
        (0xAA, "door", "berlin", ("pilot",)),
        (0xBB, "", "berlin", ()),
        (0xCC, "hall", "", ("pilot", "servers")),
    )
]


@pytest.mark.parametrize(
    "name",
    ["Berlin", "ber lin", "-x", "x-", "1st", "x" * 41, "a\nb", "../x", "münchen"],
)
def test_an_unfit_name_is_refused(name: str) -> None:
    """A name that a file, an address or a terminal could take amiss is refused."""
    with pytest.raises(UsageError, match="small letters"):
        spot(name, ())
    with pytest.raises(UsageError, match="small letters"):
        tagged(Spot(), {name}, ())


def test_tags_are_few_and_sorted() -> None:
    """A device's tags are sorted, each once, and no more than their bound."""
    old = spot("berlin", ("b", "a", "b"))
    assert old == Spot("berlin", ("a", "b"))
    assert tagged(old, {"c"}, {"a"}) == Spot("berlin", ("b", "c"))
    assert moved(old, "") == Spot("", ("a", "b"))
    with pytest.raises(UsageError, match="16 tags"):
        spot("", [f"t{number}" for number in range(17)])


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(site="berlin"), [0, 1]),
        (Chosen(tag="pilot"), [0, 2]),
        (Chosen(site="berlin", tag="pilot"), [0]),
        (Chosen(("hall", "bbbb")), [2, 1]),
        (Chosen(("hall", "bbbb", "hall"), tag="servers"), [2]),
        (Chosen(site="bonn"), []),
    ],
)
def test_who_is_meant(chosen: Chosen, found: list[int]) -> None:
    """Names and filters mean those devices that all of them leave, each once."""
    assert chosen.of(DEVICES) == [DEVICES[number] for number in found]
    assert not chosen.nothing


def test_a_name_that_means_nobody_is_refused() -> None:
    """A typing error stops the act instead of leaving a device out."""
    with pytest.raises(UsageError, match="no such device"):
        Chosen(("hall", "attic")).of(DEVICES)
    assert Chosen().nothing
