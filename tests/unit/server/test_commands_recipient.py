# SPDX-License-Identifier: Apache-2.0
"""`recipient` as people type it, against a keeper that runs.

Rules: the commands are run as they ship; the keeper is a process; keys are those of the
vectors.
Not here: what a recipient gets (`test_releases.py`).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from keeper_fixture import running_keeper
from reader_fixture import make_site

from server import __main__ as program
from server.ledger import SqliteLedger
from tests.vectors import release_world, world
from wire.papers.recipient import fingerprint, read_keys, sign_keys

pytestmark = pytest.mark.slow
KEYS = release_world.keys()
TOLD = fingerprint(read_keys(KEYS))
GOOD = f"""format = 1
name = "example-soc"
role = "monitoring"
agreement = "DPA 2026/7"
agreement_until = "2099-12-31"
purposes = ["security", "support"]
country = "CH"
contact = "soc@example.com"
keys = "soc.public"
fingerprint = "{TOLD}"
"""
CHANNEL = '[channel]\nkind = "syslog"\nhost = "siem.example"\nport = 6514\n'
Type = Callable[..., str]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Type]]:
    """Install a collector whose data may go to Switzerland, and type at it."""
    folder = tmp_path_factory.mktemp("recipient")
    site = make_site(folder / "collector")
    with site.layout.configuration.open("a") as file:
        file.write('\n[transfers]\ncountries = ["CH"]\n')

    def run(*arguments: str, code: int = 0) -> str:
        printed = StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            directory = str(site.layout.directory)
            assert program.main(["--directory", directory, *arguments]) == code
        return printed.getvalue()

    with running_keeper(site):
        yield folder, run
    site.store.close()
    site.keyring.close()


def written(folder: Path, text: str, keys: bytes = KEYS) -> str:
    """Write a recipient's files; returns the one that is typed."""
    (folder / "soc.public").write_bytes(keys)
    (folder / "siem.pem").write_bytes(b"an authority")
    (folder / "soc.toml").write_text(text)
    return str(folder / "soc.toml")


def test_a_recipient_is_added_replaced_and_suspended(room: tuple[Path, Type]) -> None:
    """The newest entry stands; a suspended one is back with the next."""
    folder, run = room
    run("recipient", "add", written(folder, GOOD))
    text = GOOD + CHANNEL + 'authority = "siem.pem"\n'
    run("recipient", "add", written(folder, text))
    shown = json.loads(run("recipient", "show", "example-soc", "--json"))
    assert shown == {
        "name": "example-soc",
        "version": 2,
        "state": "live",
        "role": "monitoring",
        "agreement": "DPA 2026/7",
        "until": 4_102_444_799,
        "purposes": ["security", "support"],
        "country": "CH",
        "transfer_tool": "",
        "contact": "soc@example.com",
        "channel": "syslog",
        "fingerprint": TOLD,
        "releases": 0,
        "receipts_missing": 0,
        "attestations_overdue": 0,
    }
    assert "suspended" in run("recipient", "suspend", "example-soc")
    told = run("recipient", "suspend", "example-soc", code=2)
    assert "or it is suspended" in told
    run("recipient", "add", written(folder, GOOD))
    (line,) = json.loads(run("recipient", "list", "--json"))
    assert (line["version"], line["state"]) == (3, "live")
    assert "2099-12-31" in run("recipient", "show", "example-soc")
    assert "no recipient" in run("recipient", "show", "nobody", code=2)
    ledger = SqliteLedger(folder / "collector" / "ledger" / "ledger.sqlite")
    acts = [entry.act for entry in ledger.entries(0)]
    ledger.close()
    assert acts.count("recipient-added") == 3
    assert acts.count("recipient-suspended") == 1


def test_a_payment_processor_can_be_registered(room: tuple[Path, Type]) -> None:
    """It is in the register, with its agreement; what it may get is another matter."""
    folder, run = room
    text = GOOD.replace('"monitoring"', '"payment"').replace("example-soc", "payer")
    run("recipient", "add", written(folder, text))
    shown = json.loads(run("recipient", "show", "payer", "--json"))
    assert (shown["role"], shown["state"]) == ("payment", "live")


@pytest.mark.parametrize(
    ("before", "after", "code", "sentence"),
    [
        ('agreement_until = "2099-12-31"\n', "", 2, "needs agreement_until"),
        ('"2099-12-31"', '"forever"', 2, "is the last day, written like"),
        ('"2099-12-31"', '"2020-12-31"', 6, "has ended: name one that runs"),
        ('"support"]', '"resale"]', 2, "each of purposes is one of provision"),
        ('"support"]', '"security"]', 2, "purposes names one twice"),
        ('["security", "support"]', "[]", 2, "purposes is a list"),
        ('country = "CH"', 'country = "US"', 6, "data may not go to that country"),
        ('country = "CH"', 'country = "Swiss"', 2, "two capital letters"),
        ('"monitoring"', '"broker"', 2, "role is one of vendor"),
        ('"example-soc"', '"Example SOC"', 2, "a name is small letters"),
        ("format = 1", "format = 2", 2, "write format = 1"),
        ("format = 1", "format = 1\nextra = 1", 2, "an entry that is unknown"),
        ("format = 1", "format", 2, "the file is not TOML"),
        (TOLD, "0" * 64, 2, "another fingerprint than the recipient told you"),
        ('contact = "soc@example.com"', 'contact = ""', 2, "contact is a text"),
        ("soc.public", "none.public", 2, "cannot read"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    room: tuple[Path, Type], before: str, after: str, code: int, sentence: str
) -> None:
    """An entry that says too little, or what cannot be, is refused and changes none."""
    folder, run = room
    held = run("recipient", "list", "--json")
    told = run(
        "recipient", "add", written(folder, GOOD.replace(before, after)), code=code
    )
    assert sentence in told
    assert told.count("\n") == 1
    assert run("recipient", "list", "--json") == held


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (CHANNEL, "a channel needs authority"),
        (CHANNEL.replace("6514", "0") + 'authority = "siem.pem"\n', "port is a number"),
        (
            CHANNEL.replace("syslog", "fax") + 'authority = "siem.pem"\n',
            "kind is one of otlp",
        ),
    ],
)
def test_a_channel_is_whole(room: tuple[Path, Type], text: str, sentence: str) -> None:
    """A channel names protocol, host, port and the authority that signs there."""
    folder, run = room
    assert sentence in run("recipient", "add", written(folder, GOOD + text), code=2)


def test_forged_keys_are_refused(room: tuple[Path, Type]) -> None:
    """Another's sealing key beside the recipient's, or all of its keys: none counts."""
    folder, run = room
    strange = world.opening("another").public
    put = KEYS.replace(release_world.OPENING.public, strange)
    told = run("recipient", "add", written(folder, GOOD, put), code=2)
    assert "the file of keys was altered" in told
    others = sign_keys("SOC of Examples", strange, world.signing("bo"))
    told = run("recipient", "add", written(folder, GOOD, others), code=2)
    assert "another fingerprint" in told


def test_a_transfer_tool_opens_a_country(room: tuple[Path, Type]) -> None:
    """With the name of what makes it lawful, a transfer elsewhere can be agreed."""
    folder, run = room
    text = GOOD.replace('"CH"', '"US"\ntransfer_tool = "SCC 2021/914"')
    run("recipient", "add", written(folder, text.replace("example-soc", "far")))
    shown = json.loads(run("recipient", "show", "far", "--json"))
    assert (shown["country"], shown["transfer_tool"]) == ("US", "SCC 2021/914")
