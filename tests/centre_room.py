# SPDX-License-Identifier: Apache-2.0
"""People with keys and a security centre, beside a collector of real processes.

Rules: everything is typed at the installed programs; everybody has their own key file
and directory.
Not here: the collector (`collector_process.py`), what people ask for (the tests).
"""

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from collector_process import BIN, Collector

import policies

WORDS = "correct horse battery"
TWO = {"amelie": ("requester",), "bo": ("approver",)}


@dataclass
class Centre:
    """A security centre: its own directory and program."""

    home: Path
    root: str = ""

    def run(self, *words: str, code: int = 0) -> str:
        """Run `discreet-open`; return what it says."""
        ran = subprocess.run(
            [str(BIN / "discreet-open"), *words],
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    def own(self, act: str, got: Path, out: str, *more: str) -> Path:
        """Run an act that needs the keys on a release; return what it wrote."""
        given = ("--root", self.root, "--key", "soc.key", "--passphrase-file", "words")
        self.run(act, str(got), *given, "--out", out, *more)
        return self.home / out


def signing(people: Path, name: str) -> tuple[str, ...]:
    """Return the options with which somebody of a folder of people signs."""
    return (
        *("--key", str(people / name), "--reason", "contract 7", "--yes"),
        *("--passphrase-file", str(people / "words")),
    )


def approved(made: Collector, people: Path, kind: str) -> str:
    """Let Bo approve the one case of a kind that waits; return its id."""
    (case,) = [
        one["id"]
        for one in json.loads(made.ask("case", "list", "--json"))
        if (one["kind"], one["state"]) == (kind, "asked")
    ]
    made.ask("case", "decide", case, "--approve", *signing(people, "bo"))
    return str(case)


def joined(
    made: Collector, people: Path, roles: Mapping[str, tuple[str, ...]] = TWO
) -> None:
    """Give people keys, and let config.toml name them."""
    (people / "words").write_text(WORDS)
    (people / "words").chmod(0o600)
    lines = ["", "[transfers]", 'countries = ["DE"]']
    for name, held in roles.items():
        words = ("--passphrase-file", str(people / "words"))
        told = made.ask("person", "key", str(people / name), *words)
        (key,) = [one.strip() for one in told.splitlines() if "key = " in one]
        lines += ["", f"[people.{name}]", key, f"roles = {[*held]}"]
    with (made.folder / "config.toml").open("a") as file:
        file.write("\n".join([*lines, ""]))


def wider(made: Collector, place: Path, purpose: str = "security") -> None:
    """Publish the standard policy with the centre in it, once the client was told."""
    text, mark = policies.preset("standard").decode(), f"[purpose.{purpose}]\n"
    assert mark in text
    source = place / "wider.toml"
    source.write_text(text.replace(mark, f'{mark}recipients = ["soc"]\n'))
    made.ask("policy", "publish", str(source), fails=True)
    made.ask("notice", "change-of-use", str(source))
    (notice,) = json.loads(made.ask("notice", "list", "--json"))
    (place / "answer.eml").write_text("we have read it")
    proof = ("--proof", str(place / "answer.eml"))
    made.ask("notice", "delivered", notice["id"], *proof)
    made.ask("policy", "publish", str(source))


def registered(made: Collector, centre: Centre, purpose: str = "security") -> None:
    """Let the centre make its keys, and register it for a purpose."""
    (centre.home / "words").write_text(WORDS)
    given = ("--name", "SOC of Examples", "--passphrase-file", "words")
    told = centre.run("key", "soc.key", *given)
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(300)
    (centre.home / "soc.toml").write_text(
        'format = 1\nname = "soc"\nrole = "monitoring"\nagreement = "DPA 7"\n'
        f'agreement_until = "{until}"\npurposes = ["{purpose}"]\ncountry = "DE"\n'
        'contact = "soc@example.com"\nkeys = "soc.key.public"\n'
        f'fingerprint = "{told.splitlines()[-1]}"\n'
    )
    made.ask("recipient", "add", str(centre.home / "soc.toml"))


def released(made: Collector, centre: Centre, grant: str) -> Path:
    """Make a release and bring it to the centre; return where it is there."""
    told = made.ask("share", "make", grant)
    path = Path(told.split(" are in ")[1].split(";")[0])
    return Path(shutil.copytree(path, centre.home / path.name))


def fetched(made: Collector, centre: Centre, got: Path) -> Path:
    """Fetch the key of a release and open it at the centre; return the files."""
    asked = centre.own("fetch", got, f"{got.name}.request")
    answer = centre.home / f"{got.name}.answer"
    made.ask("share", "fetch", str(asked), "--out", str(answer))
    return centre.own("open", got, f"{got.name}.files", "--answer", str(answer))
