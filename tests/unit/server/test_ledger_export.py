# SPDX-License-Identifier: Apache-2.0
"""Promises of the exported ledger: one line an entry, valid by others' schema.

Rules: OCSF is judged by its published schema; hostile texts are put into the words
that people type.
Not here: the form of a syslog line (`server/formats/syslog.py`).
"""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ocsf_check import problems
from reader_fixture import Site, make_site

from server.__main__ import main
from server.ledger import Act
from server.ledger_acts import ACTS
from server.ledger_export import FORMS, event, lines

NOW = 1_800_000_000
TENANT = bytes(16)
LINE = re.compile(
    rb"<(108|109)>1 2027-01-15T08:00:00Z 0{32} discreet - [a-z-]+ \[.*\} ?"
)


def entry(act: str, body: "dict[int | str, object] | None") -> Act:
    """Return an entry as the ledger yields it."""
    return Act(7, NOW, act, body, bytes(32))  # type: ignore[arg-type]  # plain


def hostile() -> Iterator[str]:
    """Yield texts that would forge a line or drive a terminal."""
    dice = random.Random(1)  # noqa: S311 - a test's choice
    parts = ("\n", "\r\n", "\0", "\x1b[2J", "\u2028", "\x85", "<13>1 2027-", '"}', "é")
    for _ in range(5_000):
        yield "".join(dice.choices(parts, k=4)) + '{"act":"opened"}'


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_is_a_valid_event(act: str) -> None:
    """Each act of the table is an event by OCSF's schema, with and without words."""
    body = {"user": "amelie", "by": "amelie", "devices": [b"d" * 16]}
    for held in (body, {}, None):
        assert problems(event(entry(act, held), TENANT, "1.0")) == []


def test_words_of_an_event() -> None:
    """Who did what is where other programs look; the body stands beside it."""
    made = event(entry("opened", {"user": "amelie", "keys": [b"k" * 16]}), TENANT, "1")
    assert (made["class_uid"], made["activity_id"], made["time"]) == (
        6_003,
        2,
        NOW * 1_000,
    )
    assert made["actor"] == {"app_name": "discreet-server", "user": {"name": "amelie"}}
    assert made["unmapped"] == {
        "number": 7,
        "digest": "00" * 32,
        "body": {"user": "amelie", "keys": ["6b" * 16]},
    }


@pytest.mark.parametrize("form", sorted(FORMS))
def test_hostile_texts_forge_no_line(form: str) -> None:
    """Of 5,000 hostile texts each makes one line, which has the text and no control."""
    texts = list(hostile())
    entries = iter([entry("denied", {"reason": text}) for text in texts])
    found = b"".join(one + b"\n" for one in lines(entries, form, TENANT, "1.0"))
    split = found.decode("ascii").splitlines()
    assert len(split) == 5_000
    assert all(line.isprintable() for line in split)
    if form == "syslog":
        assert all(LINE.fullmatch(line.encode()) for line in split)
        bodies = [json.loads(line.partition("] ")[2])["body"] for line in split]
    else:
        bodies = [json.loads(line)["unmapped"]["body"] for line in split]
    assert [body["reason"] for body in bodies] == texts


def test_a_body_too_long_for_a_line() -> None:
    """Such a line keeps number and digest and says that it was cut."""
    spans = [[number, number] for number in range(0, 3_000, 2)]
    made = FORMS["syslog"](entry("body-erased", {"erased": spans}), TENANT, "1.0")
    told = json.loads(made.partition(b"] ")[2])
    assert told == {
        "number": 7,
        "act": "body-erased",
        "digest": "00" * 32,
        "body": None,
        "cut": True,
    }


@pytest.mark.slow
def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A person writes the ledger into a file, which is never overwritten."""
    site: Site = make_site(tmp_path / "collector")
    command = ["--directory", str(site.layout.directory), "ledger", "export"]
    to = tmp_path / "ledger.ocsf"
    asked = [*command, "--format", "ocsf", "--to", str(to)]
    assert main(asked) == 0
    found = [json.loads(line) for line in to.read_text().splitlines()]
    assert [one["api"]["operation"] for one in found] == [
        one.act for one in site.acts()
    ]
    assert f"{len(found)} entries are in {to}." in capsys.readouterr().out
    assert main(asked) == 7
    site.store.close()
    site.keyring.close()
