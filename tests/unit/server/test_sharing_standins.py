# SPDX-License-Identifier: Apache-2.0
"""Stand-ins of recipients, and what a few of them tell of a leaked file.

Rules: values are made by our own stand-ins, as stored rows have them.
Not here: random grants and records (`tests/model/sharing`).
"""

import random
import re

import pytest

from server.keeper.sharing.standins import StandInKeys, meant, restand
from server.keeper.sharing.watermark import Trace, whose
from wire.pseudonyms import pseudonym
from wire.stand_ins import STAND_IN

OURS = bytes([9]) * 32
KEYS = StandInKeys(bytes([1]) * 32, bytes([2]) * 32)
OTHER_GRANT = StandInKeys(bytes([1]) * 32, bytes([3]) * 32)
OTHER_RECIPIENT = StandInKeys(bytes([4]) * 32, bytes([5]) * 32)
OUR_STAND_IN = re.compile(rf"(?<![a-z0-9_])({STAND_IN})(?![a-z0-9])")


def ours(identity: str, value: str, *, prefix: bool = False) -> str:
    """Return our own stand-in."""
    return pseudonym(OURS, identity, value, prefix=prefix)


def test_two_recipients_have_no_stand_in_in_common() -> None:
    """Of ten thousand values none looks alike to two recipients, nor to us."""
    values = [ours("user", f"person{number}") for number in range(10_000)]
    one = {restand(value, KEYS, "user") for value in values}
    other = {restand(value, OTHER_RECIPIENT, "user") for value in values}
    assert len(one) == len(other) == 10_000
    letters = [{value[5:13] for value in found} for found in (one, other)]
    mine = {value[5:] for value in values}
    assert letters[0] & letters[1] == set()
    assert (letters[0] | letters[1]) & mine == set()


def test_grants_of_a_recipient_differ_in_the_last_two_letters() -> None:
    """What a recipient got under two grants it can compare but for two letters."""
    value = ours("user", "ann")
    one, other = restand(value, KEYS, "user"), restand(value, OTHER_GRANT, "user")
    assert one[:-2] == other[:-2]
    assert one[-2:] != other[-2:]
    assert re.fullmatch("user_[0-9a-z]{10}", one)


@pytest.mark.parametrize(
    ("identity", "value", "form"),
    [
        ("user", ours("user", "ann@example.org"), r"user_\w{10}@domain_\w{10}"),
        ("user", "ann@example.org", r"user_\w{10}@domain_\w{10}"),
        ("sid", ours("sid", "S-1-5-21-1-2-3-500"), r"sid_\w{10}_500"),
        ("ip", ours("ip", "192.0.2.7", prefix=True), r"ip4_\w{10}"),
        ("ip", ours("ip", "2001:db8::7", prefix=True), r"ip6_\w{10}"),
        ("ip", "192.0.2.7", r"ip_\w{10}"),
        (
            "mac",
            ours("mac", "00:1b:21:12:34:56", prefix=True),
            r"mac_001b21_\w{10}",
        ),
        ("path", "/home/ann/notes", r"path_\w{10}"),
        ("host", "", ""),
    ],
)
def test_each_form_keeps_its_words_and_no_letters(
    identity: str, value: str, form: str
) -> None:
    """Values and stand-ins of each form become ten letters in each of their parts."""
    found = restand(value, KEYS, identity)
    assert re.fullmatch(form, found)
    assert OUR_STAND_IN.findall(found) == []


def test_a_part_is_the_same_wherever_it_stands() -> None:
    """A domain of a mail address and a machine's are the same letters, as before."""
    mail = restand(ours("user", "ann@example.org"), KEYS, "user")
    domain = restand(ours("domain", "example.org"), KEYS, "domain")
    assert mail.partition("@domain_")[2] == domain.removeprefix("domain_")


def test_stand_ins_in_texts_are_replaced_and_all_else_stays() -> None:
    """In the middle of a text only what stands for somebody changes."""
    user, host = ours("user", "ann"), ours("host", "pc1")
    found = restand(f"login of <{user}> from <{host}> failed: 12", KEYS)
    assert found == (
        f"login of <{restand(user, KEYS, 'user')}> from "
        f"<{restand(host, KEYS, 'host')}> failed: 12"
    )
    assert restand("nobody is named here", KEYS) == "nobody is named here"


def test_what_is_shown_is_what_has_a_meaning() -> None:
    """Of an identity its cell; of a text each stand-in in it, and nothing else."""
    values = (ours("user", "ann@example.org"), ours("ip", "192.0.2.7"), "ann", "")
    for value in values:
        shown = restand(value, KEYS, "user")
        assert list(meant(value, KEYS, "user")) == [(shown, value)]
    text = f"login of {values[0]} from {values[1]}, ann was there ({values[0]})"
    found = dict(meant(text, KEYS))
    assert set(found.values()) == set(values[:2])
    shown = restand(text, KEYS)
    for stand_in, value in found.items():
        assert shown.count(stand_in) == text.count(value)
        shown = shown.replace(stand_in, value)
    assert shown == text


def test_a_secret_of_another_length_is_refused() -> None:
    """A short secret makes no stand-ins, and no secret is ever shown."""
    with pytest.raises(ValueError, match="has 32 bytes"):
        StandInKeys(bytes(32), b"short")
    assert repr(KEYS) == "StandInKeys()"


def leaked(keys: StandInKeys, seed: int) -> list[str]:
    """Return a tenth of a file's rows, in no order: at least three stand-ins."""
    chance = random.Random(seed)  # noqa: S311 - a story, no secret
    rows = [
        f"2027-01-15,{restand(ours('user', f'u{seed}x{row}'), keys, 'user')},failed"
        for row in range(chance.choice((30, 60, 200)))
    ]
    return chance.sample(rows, len(rows) // 10)


@pytest.mark.slow
def test_a_tenth_of_a_file_names_its_grant() -> None:
    """Of a thousand leaked files each names the grant that it left under, no other."""
    chance = random.Random(7)  # noqa: S311 - a story, no secret
    secrets = {bytes([number] * 16): chance.randbytes(32) for number in range(20)}
    named, wrong = 0, 0
    for seed in range(1000):
        grant = bytes([seed % 20] * 16)
        traces = whose(leaked(StandInKeys(bytes(32), secrets[grant]), seed), secrets)
        found = [trace.grant for trace in traces if trace.named]
        named += grant in found
        wrong += len([one for one in found if one != grant])
    assert (named, wrong) == (1000, 0)


def test_a_file_without_stand_ins_names_nobody() -> None:
    """Ordinary words are no stand-ins, and two hits are not enough."""
    secrets = {b"g" * 16: KEYS.grant}
    assert whose(["no stand-ins, some_ordinary_words"], secrets) == [
        Trace(b"g" * 16, 0, 0)
    ]
    two = [restand(ours("user", name), KEYS, "user") for name in ("ann", "bob")]
    (trace,) = whose(two, secrets)
    assert (trace, trace.named) == (Trace(b"g" * 16, 2, 2), False)


def test_a_file_of_two_grants_names_both() -> None:
    """Rows of two releases put into one file name both grants."""
    rows = [
        restand(ours("user", f"u{row}"), keys, "user")
        for keys in (KEYS, OTHER_RECIPIENT)
        for row in range(4)
    ]
    secrets = {b"a" * 16: KEYS.grant, b"b" * 16: OTHER_RECIPIENT.grant}
    assert [trace.grant for trace in whose(rows, secrets) if trace.named] == [
        b"a" * 16,
        b"b" * 16,
    ]
