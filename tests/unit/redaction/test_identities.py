# SPDX-License-Identifier: Apache-2.0
"""What a machine knows of itself.

Rules: values in, never out in a repr.
Not here: how they are looked for in texts (`test_text.py`).
"""

import pickle

import pytest

from agent.errors import TooLargeError
from agent.redaction import bounds
from agent.redaction.identities import Identities, known_identities


@pytest.mark.parametrize(
    ("identity", "value"),
    [
        ("user", "root"),
        ("user", "www"),
        ("user", "x"),
        ("user", ""),
        ("user", "1000"),
        ("user", "x" * 300),
        ("user", "..."),
        ("host", "localhost"),
        ("host", "debian"),
        ("ip", "127.0.0.1"),
        ("ip", "::1"),
        ("ip", "0.0.0.0"),  # noqa: S104 - nothing is bound
        ("ip", "no address"),
        ("mac", "00:00:00:00:00:00"),
        ("mac", "ff:ff:ff:ff:ff:ff"),
        ("sid", "S-1-5-18"),
        ("serial", "none"),
        ("user", "Removed"),
    ],
)
def test_what_names_nobody_is_left_out(identity: str, value: str) -> None:
    """Built-ins, ordinary words, counts and junk are not identities."""
    assert len(Identities([(identity, value)])) == 0


@pytest.mark.parametrize(
    ("identity", "value", "known"),
    [
        ("user", "amelie", {("user", "amelie")}),
        ("user", "CONTOSO\\amelie", {("host", "CONTOSO"), ("user", "amelie")}),
        (
            "user",
            "a.roux@corp.example",
            {("mail", "a.roux@corp.example"), ("user", "a.roux")},
        ),
        ("home", "/srv/people/amelie/", {("user", "amelie")}),
        ("home", "C:\\Users\\amelie", {("user", "amelie")}),
        ("host", "ws7.corp.example", {("host", "ws7.corp.example"), ("host", "ws7")}),
        ("host", "WS7$", {("host", "WS7")}),
        ("ip", "fe80::1%eth0", {("ip", "fe80::1")}),
        ("ip", "192.0.2.7/24", {("ip", "192.0.2.7")}),
        (
            "person",
            "Eve Roux",
            {("person", "Eve Roux"), ("person", "Eve"), ("person", "Roux")},
        ),
    ],
)
def test_values_are_taken_apart(
    identity: str, value: str, known: set[tuple[str, str]]
) -> None:
    """A value brings along what else names the same person or machine."""
    assert set(Identities([(identity, value)])) == known


def test_the_number_is_bounded() -> None:
    """Too many identities stop redaction rather than shrink the dictionary."""
    with pytest.raises(TooLargeError):
        Identities(("user", f"user-{n:x}") for n in range(bounds.IDENTITIES + 2))


def test_plain_lists_are_enough() -> None:
    """A machine's dictionary is built from plain lists."""
    known = known_identities(users=["amelie"], domains=["contoso.example"])
    assert set(known) == {("user", "amelie"), ("domain", "contoso.example")}


def test_nothing_shows() -> None:
    """The repr counts, and pickling is refused."""
    known = known_identities(users=["amelie"])
    assert repr(known) == "<Identities 1>"
    with pytest.raises(TypeError):
        pickle.dumps(known)
