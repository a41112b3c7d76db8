# SPDX-License-Identifier: Apache-2.0
"""What stands where something was.

Rules: a tag tells its kind and nothing of what is only removed.
Not here: how a pseudonym is made (`wire/pseudonyms.py`).
"""

import re
from itertools import product

import pytest

from agent.redaction.tags import REMOVED, TAG_PATTERN, make_tag, plain_tag

KEY = bytes(range(32))


@pytest.mark.parametrize("kind", sorted(REMOVED))
def test_what_is_only_removed_has_one_tag(kind: str) -> None:
    """With a key or without, no value shows in its tag."""
    tag = f"<{kind}-removed>".encode()
    assert plain_tag(kind) == tag
    assert make_tag(KEY, kind, b"one") == make_tag(None, kind, b"two") == tag


def test_a_plain_tag_of_an_identity_looks_like_a_stand_in() -> None:
    """So that what may stand beside it is the same."""
    assert plain_tag("user") == b"<user_00000000>"


def test_without_a_key_a_tag_says_removed() -> None:
    """No key, no pseudonym."""
    assert make_tag(None, "user", b"amelie") == b"<user-removed>"


def test_every_tag_is_known_as_one() -> None:
    """Whatever is put in is never looked at again."""
    values = (b"192.0.2.7", b"amelie@example.net", b"ws7.corp.example.net")
    for kind in ("user", "host", "ip", "mac", "mail", "secret"):
        for value, prefixes in product(values, ((), ("ip", "mac"))):
            tag = make_tag(KEY, kind, value, prefixes)
            assert re.fullmatch(TAG_PATTERN, tag)


@pytest.mark.parametrize(
    ("kind", "value", "first", "joint", "domain"),
    [
        ("mail", b"amelie@example.net", ("user", b"amelie"), b"@", b"example.net"),
        ("user", b"CORP\\amelie", ("user", b"amelie"), b"@", b"corp"),
        ("host", b"ws7.corp.example", ("host", b"ws7"), b"+", b"corp.example"),
    ],
)
def test_a_part_has_the_tag_that_it_has_alone(
    kind: str, value: bytes, first: tuple[str, bytes], joint: bytes, domain: bytes
) -> None:
    """A name can be followed from a mail address to where it stands alone."""
    parts = (make_tag(KEY, *first), make_tag(KEY, "domain", domain))
    assert make_tag(KEY, kind, value) == joint.join(parts)


def test_a_prefix_is_kept_where_policy_says_so_only() -> None:
    """Of a class that can keep one, and that the policy names."""
    one, two = b"192.0.2.7", b"192.0.2.99"
    kept = [make_tag(KEY, "ip", value, ("ip",)) for value in (one, two)]
    gone = [make_tag(KEY, "ip", value) for value in (one, two)]
    assert kept[0] != gone[0]
    assert kept[0][:11] == kept[1][:11]
    assert gone[0][:8] != gone[1][:8]
    assert make_tag(KEY, "user", b"amelie", ("user",)) == make_tag(
        KEY, "user", b"amelie"
    )


def test_no_other_class_keeps_a_prefix() -> None:
    """A machine that is called by its address shows no network of it."""
    for value in (b"192.0.2.7", b"02:00:5e:10:0a:b1", b"wren"):
        kept = make_tag(KEY, "host", value, ("host", "ip", "mac"))
        assert kept == make_tag(KEY, "host", value)


def test_a_name_has_the_word_of_its_class() -> None:
    """Only a value that is that word itself gets another one."""
    assert make_tag(KEY, "user", b"amelie").startswith(b"<user_")
    assert make_tag(KEY, "host", b"user").startswith(b"<host_")


@pytest.mark.parametrize(
    ("kind", "other"), [("user", b"<account_"), ("host", b"<machine_")]
)
def test_no_tag_spells_the_name_it_hides(kind: str, other: bytes) -> None:
    """An account that is called user gets a tag with another word."""
    assert make_tag(KEY, kind, kind.upper().encode()).startswith(other)
