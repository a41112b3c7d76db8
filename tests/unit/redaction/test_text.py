# SPDX-License-Identifier: Apache-2.0
"""The scrubber: all detectors and the dictionary together.

Rules: every line here is written for this test.
Not here: single detectors (`test_detectors.py`), laws (`tests/property`).
"""

import base64
import re
import time
from collections import Counter

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Detector, Found
from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities, known_identities
from agent.redaction.text import Scrubber
from wire.values import Withheld

KEY = bytes(range(32))
KNOWN = known_identities(
    users=["amelie", "jd", "CONTOSO\\broux"],
    full_names=["Amélie Roux-Jensen"],
    host_names=["ws-turing.corp.example", "PC"],
    addresses=["198.51.100.23", "2001:db8::23"],
    hardware_addresses=["00:1a:2b:3c:4d:5e"],
    serials=["PF3K9Q2M"],
    networks=["Roux Home"],
    home_directories=["/srv/people/mroux"],
)


def _scrub(text: str, key: bytes | None = KEY) -> str:
    scrubbed = Scrubber(KNOWN, key).scrub(text)
    assert isinstance(scrubbed, str)
    return scrubbed


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("quota of AMELIE exceeded", "AMELIE"),
        ("file amelie_backup.tar", "amelie"),
        ("mail for broux", "broux"),
        ("hello Amélie Roux-Jensen", "Amélie"),
        ("hello AMÉLIE", "AMÉLIE"),
        ("hello Am\u0065\u0301lie", "Am\u0065\u0301lie"),
        (r"hello Am\u00e9lie", "u00e9"),
        ("hello Am%C3%A9lie", "C3%A9"),
        ("hello aroux.jensen, Jensen", "Jensen"),
        ("on WS-TURING now", "TURING"),
        ("on ws-turing.corp.example now", "corp"),
        ("job jd done", "jd"),
        ("was 198-51-100-23.dyn", "198-51-100-23"),
        ("mac 001a2b3c4d5e", "001a2b3c4d5e"),
        ("asset PF3K9Q2M", "PF3K9Q2M"),
        ("joined roux home", "roux home"),
        ("in /srv/people/mroux/x", "mroux"),
        (r"json \tamelie\n", "amelie"),
        ("x%40amelie%2F", "amelie"),
        ("a\x00m\x00e\x00l\x00i\x00e", "amelie"),
        ("am\u200belie", "amelie"),
        ("am\x1b[31melie", "amelie"),
        ("am\u202eelie", "amelie"),
        ("am\u00adelie", "amelie"),
    ],
)
def test_known_identities_go(text: str, gone: str) -> None:
    """What the machine knows is gone, in any case and common encoding."""
    assert gone not in _scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "caramelies and PCI",
        "adjust JD and a-jd-b",
        "a PC is a computer",
        "1198.51.100.230 is no address",
        "version 6.1.0-18-amd64, build 22621.3007",
        "took 12.5 ms at 2024-01-07T10:11:12.123+01:00",
        "pid 4711, 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "libssl3_3.0.11-1~deb12u2_amd64.deb unpacked",
        "Started systemd-logind.service",
        "EXT4-fs (sda1): mounted filesystem with ordered data mode",
        "usb 1-1.4: new high-speed USB device number 5 using xhci_hcd",
        "GET /index.html HTTP/1.1 200 5316",
        "\ttabs and\r\nnew lines stay",
        "größe 5 µs 日本語",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    """Versions, times, numbers, hashes and ordinary words stay."""
    assert _scrub(text) == text


def test_pseudonyms_are_readable_and_stable() -> None:
    """One identity has one tag, in every spelling."""
    first, second = _scrub("amelie AMELIE").split(" ")
    assert first == second
    assert re.fullmatch(r"<user_[0-9a-z]{8}>", first)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("user=x7y$ ok", "account X7Y$ ok"),
        ("as of x7y$@example.net", "host=x7y and host=example.net"),
        ("for krbtgt/EXAMPLE.ORG@EXAMPLE.ORG", "see example.org, example.org"),
        ("for host/ws-9@EXAMPLE.ORG", "at host=ws-9 of example.org"),
        (r"in /home/CORP7/x7y/a", r"by CORP7\x7y ok"),
        ("User x7.roux@192.0.2.9 logged in", "login=x7.roux from 192.0.2.9"),
        ('{"user":"x7.roux@192.0.2.9"}', "login=x7.roux from 192.0.2.9"),
        ('{"user":"x7.roux@[192.0.2.9]"}', "login=x7.roux from 192.0.2.9"),
        ('as user "uid=x7.roux,ou=People" (no)', "login=x7.roux ok"),
        ("FAILED LOGIN for x7roux [192.0.2.9]", "login=x7roux from 192.0.2.9"),
        ("openvpn[7]: x7roux/192.0.2.9:1194 TLS", "login=x7roux from 192.0.2.9"),
        ("Server environment:user.name=x7roux", "login=x7roux ok"),
        ("in /home/x7.roux/bin/a", "user=x7.roux ok"),
        ("mac=8:0:27:fc:ad:56", "mac 08-00-27-FC-AD-56"),
    ],
)
def test_one_thing_has_one_tag_wherever_it_stands(one: str, two: str) -> None:
    """A machine's account, a realm and a service's machine are what they are."""
    tags = [re.findall(r"<[^>]*>", _scrub(text)) for text in (one, two)]
    assert tags[0]
    assert tags[0] == tags[1]


def test_a_name_of_two_kinds_has_one_tag_in_a_line() -> None:
    """Alone and among others, however often lines of its shape were seen."""
    text = "openvpn[7]: x7y/192.0.2.7:1194 up, xopenvpn[7]: x7y/192.0.2.7:1194 up"
    alone = _scrub(text)
    assert len(set(re.findall("<(?:user|host)_[^>]*>", alone))) == 1
    scrubber = Scrubber(KNOWN, KEY)
    for _ in range(3):
        assert scrubber.scrub_many([text, "plain", text]) == [alone, "plain", alone]


def test_secrets_are_removed_without_a_pseudonym() -> None:
    """A secret leaves the same tag whatever it was."""
    assert _scrub("password=hunter2") == "password=<secret-removed>"
    assert _scrub("password=amelie") == "password=<secret-removed>"


def test_what_is_known_leaves_nothing_of_a_password() -> None:
    """The name in it, encoded, is found too; the rest is no word of its own."""
    credentials = base64.b64encode(b"amelie:s3cret").decode()
    for glued in ("", "NO9386011117947", "|198.51.100.23"):
        scrubbed = _scrub(f"sent basic {credentials}{glued} and more")
        assert "OnMzY3JldA" not in scrubbed
        assert scrubbed.startswith("sent basic <secret-removed>")


def test_without_a_key_tags_are_fixed() -> None:
    """Without a key nothing that depends on the value leaves."""
    assert _scrub("amelie on 198.51.100.23", None) == "<user-removed> on <ip-removed>"


def test_other_keys_give_other_tags() -> None:
    """Texts scrubbed for two purposes cannot be joined."""
    assert _scrub("amelie") != _scrub("amelie", bytes(range(1, 33)))


def test_overlaps_become_one_tag() -> None:
    """A name inside an address of mail is hidden once, with all of it."""
    assert re.fullmatch(
        r"to <user_\w{8}>@<domain_\w{8}>", _scrub("to amelie@corp.example.net")
    )


@pytest.mark.parametrize(
    "text",
    [
        "user=<user_0123abcd> password=<secret-removed> <ip_0123abcd>",
        '{"user": "<user_0123abcd>@<domain_0123abcd>"}',
        '{"user": "<user_0123abcd>@<host_0123abcd>"}',
        '{"user": "<user_0123abcd>@<ip4_0a0b0c0d>"}',
        '{"user": "<user-removed>@<host-removed>"}',
        "https://<user_0123abcd>@<domain_0123abcd>/x",
        "from=<<user_0123abcd>@<domain_0123abcd>>",
        "host=<host_0123abcd>+<domain_0123abcd>. and more",
        "secret=<mail_0123abcd>@<domain_0123abcd>",
    ],
)
def test_tags_are_not_scrubbed_again(text: str) -> None:
    """A tag stays as it is, also as the value of a password, with what joins it."""
    assert _scrub(text) == text


def test_a_tag_for_an_address_ends_a_name_as_the_address_did() -> None:
    """Of two senders in a line the first one's name goes, and no words after it."""
    line = "Failed password for invalid user x7y from 192.0.2.7 port 1 ssh2 from ::1"
    assert re.fullmatch(
        r"Failed password for invalid user <user_\w{8}> from <ip_\w{8}> port 1 "
        "ssh2 from ::1",
        _scrub(line),
    )


def test_what_looks_like_a_tag_does_not_hide_an_identity() -> None:
    """A known name inside something shaped like a tag is found."""
    known = known_identities(host_names=["exchange"])
    text = Scrubber(known, KEY).scrub("see <host_exchange>")
    assert "exchange" not in str(text)


def test_texts_do_not_depend_on_each_other() -> None:
    """A text is scrubbed the same alone and in a block."""
    texts = [
        "amelie",
        "",
        "two\nlines of amelie",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "plain",
        "password=x1",
    ] * 3
    scrubber = Scrubber(KNOWN, KEY)
    assert scrubber.scrub_many(texts) == [_scrub(text) for text in texts]


def test_many_blocks_keep_their_order() -> None:
    """More texts than one block holds come back in order."""
    texts = [f"{number} {'x' * 1000} amelie" for number in range(600)]
    scrubbed = Scrubber(KNOWN, KEY).scrub_many(texts)
    assert [str(text).split(" ")[0] for text in scrubbed] == [
        str(number) for number in range(600)
    ]


def test_learned_values_are_known_for_that_call_only() -> None:
    """What one event names is not remembered for the next."""
    scrubber = Scrubber(Identities(), KEY)
    assert "turing" not in str(scrubber.scrub("at turing", [("host", "turing")]))
    assert scrubber.scrub("at turing") == "at turing"


def test_too_long_texts_are_withheld() -> None:
    """A text over the bound does not leave, not even its start."""
    text = "x" * (bounds.FIELD_CHARS + 1)
    assert Scrubber(KNOWN, KEY).scrub_many([text, "ok"]) == [Withheld.TOO_LARGE, "ok"]


def test_time_outs_withhold() -> None:
    """A block that uses up its time does not leave."""
    ticks = iter(range(10_000))
    scrubber = Scrubber(KNOWN, KEY, clock=lambda: next(ticks) * 1.0, seconds=3.0)
    assert scrubber.scrub("amelie") is Withheld.TIME_BUDGET


def _slow(match: bytes, before: bytes, after: bytes) -> Found:
    del before, after
    until = time.thread_time() + 0.2
    while match == b"WORK" and time.thread_time() < until:
        pass
    if match == b"WAIT":
        time.sleep(0.2)
    return ()


def test_only_time_that_was_worked_is_counted() -> None:
    """A block that waited leaves; one that was worked on as long does not."""
    slow = detectors()[0]._replace(
        name="slow", pattern=rb"\b(?:WORK|WAIT)\b", needs=(), verify=_slow
    )
    using = [slow, *detectors()]  # the clock is looked at between two of them
    scrubber = Scrubber(Identities(), KEY, using=using, seconds=0.1)
    scrubber.scrub("made ready")
    assert scrubber.scrub("WAIT") == "WAIT"
    assert scrubber.scrub("WORK") is Withheld.TIME_BUDGET


def _broken(match: bytes, before: bytes, after: bytes) -> Found:
    del before, after
    raise ValueError(len(match))


def _with_broken_detector() -> list[Detector]:
    broken = detectors()[0]._replace(
        name="broken", pattern=b"BOOM", needs=(), verify=_broken
    )
    return [*detectors(), broken]


def test_errors_withhold_the_one_text() -> None:
    """A detector that raises withholds the text it raised on, and no other."""
    scrubber = Scrubber(KNOWN, KEY, using=_with_broken_detector())
    scrubbed = scrubber.scrub_many(["fine", "BOOM", "fine, too"])
    assert scrubbed == ["fine", Withheld.TRANSFORM_FAILED, "fine, too"]


def test_matches_that_leave_their_line_withhold() -> None:
    """A pattern that ran over the end of its text is not trusted."""
    wide = detectors()[0]._replace(
        name="wide",
        pattern=rb"(?s:a.*b)",
        needs=(),
        verify=lambda match, before, after: (
            (0, len(match + before[:0] + after[:0]), "x"),
        ),
    )
    scrubber = Scrubber(Identities(), KEY, using=[wide])
    assert scrubber.scrub_many(["a 1", "2 b"]) == ["a 1", "2 b"]


def test_wrong_keys_withhold() -> None:
    """A key that cannot be used never means a raw value."""
    assert Scrubber(KNOWN, b"short").scrub("amelie") is Withheld.TRANSFORM_FAILED


def test_lone_surrogates_do_not_stop_a_text() -> None:
    """A character that UTF-8 lacks becomes a question mark."""
    assert _scrub("a\udc80b") == "a?b"


def test_nothing_shows_what_is_known() -> None:
    """Neither scrubber nor dictionary shows an identity or the key."""
    scrubber = Scrubber(KNOWN, KEY)
    scrubber.scrub("amelie")
    assert "amelie" not in repr(scrubber)
    assert "\\x01" not in repr(scrubber)


def test_what_is_found_is_counted_and_named() -> None:
    """Where somebody asks, each rule is counted, and named with what it found."""
    tally: Counter[tuple[str, str]] = Counter()
    scrubber = Scrubber(KNOWN, KEY, tally=tally)
    lines = ["from 203.0.113.9", "amelie"] * 3
    scrubber.scrub_many(lines)
    assert tally == {
        ("ip", "ipv4"): 3,
        ("user", "known"): 3,
        ("ip", ""): 3,
        ("user", ""): 3,
    }
    assert scrubber.findings("amelie at 203.0.113.9") == [
        ("amelie", "user", "known"),
        ("203.0.113.9", "ip", "ipv4"),
    ]


def test_nuls_hide_nothing() -> None:
    """A token in an environment is found, as is a name that a NUL cuts in two."""
    token = "gh" + "p_" + "A1b2C3d4E5" * 3 + "f6G7h8"
    environment = f"LANG=C\0GH_TOKEN={token}\0SHELL=/bin/sh\0PWD=/srv"
    assert Scrubber(Identities(), None).scrub(environment) == (
        "LANG=CGH_TOKEN=<secret-removed>SHELL=/bin/shPWD=/srv"
    )
    assert Scrubber(Identities(), None).scrub("at step 3: user=e\0ve, done") == (
        "at step 3: user=<user-removed>, done"
    )
    wide = "\0".join("user=eve done")
    assert Scrubber(Identities(), None).scrub(wide) == "user=<user-removed> done"


def test_an_encoded_name_has_its_tag_with_kept_prefixes_too() -> None:
    """A name in base64 has the tag of the plain name, whatever addresses keep."""
    known = Identities([("user", "amelie.sroux")])
    scrubber = Scrubber(known, KEY).keeping(frozenset({"ip"}))
    plain, encoded = (
        str(scrubber.scrub(f"by {text}"))
        for text in ("amelie.sroux", base64.b64encode(b"amelie.sroux").decode())
    )
    assert plain.startswith("by <user_")
    assert encoded == plain


def test_under_another_key_it_finds_what_one_of_its_own_does() -> None:
    """What the first has looked at tells the second nothing but what lines hold."""
    known = Identities([("user", "amelie.sroux"), ("host", "kiosk-7.example")])
    lines = ["amelie.sroux on kiosk-7.example", "nothing here", "by AMELIE.SROUX"]
    lines += [text for one in detectors() for text, _ in one.hits]
    first = Scrubber(known, KEY, learning=True, seconds=600.0)
    assert "amelie" not in str(first.scrub_many(lines)[0])
    for key in (KEY[::-1], None):
        own = Scrubber(known, key, learning=True, seconds=600.0).scrub_many(lines)
        assert first.under(key).scrub_many(lines) == own


def test_under_another_key_nothing_is_learned_yet() -> None:
    """A name that only one purpose was told of is known for that one alone."""
    first = Scrubber(Identities(), KEY, learning=True)
    told = [("user", "amelie.sroux")]
    assert "amelie" not in str(first.scrub("by amelie.sroux", told))
    assert "amelie" not in str(first.scrub("for amelie.sroux"))
    other = first.under(KEY[::-1])
    assert other.scrub("for amelie.sroux") == "for amelie.sroux"
