# SPDX-License-Identifier: Apache-2.0
"""Where something may be read: lists of networks that only ever get shorter.

Rules: the laws hold for whatever a signed message could name.
Not here: narrowing of whole policies (`test_narrowing.py`).
"""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.allowed import canonical
from wire.errors import PolicyError
from wire.networks import Network, known, meet, read_network

GATEWAYS = ("", "02:00:00:00:00:01", "02:00:00:00:00:02")


@st.composite
def names(draw: st.DrawFn) -> str:
    """Draw a network among few, so that they often meet; or words of none."""
    prefix = draw(st.sampled_from((8, 9, 10, 24, 32)))
    high = draw(st.integers(0, 7)) << 21
    addresses = IPv4Network((0x0A000000 | high, prefix), strict=False)
    gateway = draw(st.sampled_from(GATEWAYS))
    return draw(
        st.sampled_from((Network(addresses, gateway).text(), "", "0.0.0.0/0"))
        | st.just(Network(addresses, gateway).text())
    )


LISTS = st.none() | st.lists(names(), max_size=5).map(tuple)


def _same(first: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return meet(first, None)


@pytest.mark.slow
@given(LISTS, LISTS)
def test_it_does_not_matter_who_is_asked_first(
    first: tuple[str, ...] | None, second: tuple[str, ...] | None
) -> None:
    """Two lists meet in the same networks either way."""
    assert meet(first, second) == meet(second, first)


@pytest.mark.slow
@given(LISTS, LISTS, LISTS)
def test_the_grouping_does_not_matter(
    first: tuple[str, ...] | None,
    second: tuple[str, ...] | None,
    third: tuple[str, ...] | None,
) -> None:
    """Three lists meet in the same networks, whichever two are first."""
    assert meet(meet(first, second), third) == meet(first, meet(second, third))


@pytest.mark.slow
@given(LISTS)
def test_a_list_and_itself_is_that_list(first: tuple[str, ...] | None) -> None:
    """Saying it twice changes nothing, but for its canonical form."""
    assert meet(first, first) == _same(first)
    assert _same(_same(first)) == _same(first)


@pytest.mark.slow
@given(LISTS, LISTS)
def test_what_is_left_lies_in_both(
    first: tuple[str, ...] | None, second: tuple[str, ...] | None
) -> None:
    """Each network that is left is a part of one of either list."""
    for text in meet(first, second) or ():
        left = read_network(text)
        for side in (first, second):
            if side is not None:
                assert any(left.within(other) for other in known(side))


@given(st.text() | st.from_regex(r"[0-9./: viaf]{0,40}"))
def test_any_text_is_a_network_or_refused(text: str) -> None:
    """What is taken is canonical; all else is refused, and matches nothing."""
    try:
        found = read_network(text)
    except PolicyError:
        assert known([text]) == []
        return
    assert found.text() == text
    assert canonical([found]) == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "10.1.0.0",
        "10.1.0.1/24",
        "10.1.0.0/33",
        "10.1.0.0/024",
        "010.1.0.0/24",
        "10.1.0.0/255.255.255.0",
        "0.0.0.0/0",
        "10.0.0.0/7",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/24",
        "fd00::/64",
        "10.1.0.0/24 via 00:00:00:00:00:00",
        "10.1.0.0/24 via ff:ff:ff:ff:ff:ff",
        "10.1.0.0/24 via 02:00:00:00:00:0A",
        "10.1.0.0/24 via 02-00-00-00-00-01",
        "10.1.0.0/24 via :::::::::::::::::",
        "10.1.0.0/24 via",
        " 10.1.0.0/24",
        "10.1.0.0/24\n",
        "\uff11\uff10.1.0.0/24",
    ],
)
def test_what_names_no_network_of_a_site(text: str) -> None:
    """Half the world, this machine itself, and other spellings are refused."""
    with pytest.raises(PolicyError):
        read_network(text)
