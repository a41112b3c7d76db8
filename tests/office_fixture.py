# SPDX-License-Identifier: Apache-2.0
"""People who type at an installation whose keeper runs as a process.

Rules: the commands are run as they ship; people's keys are files, locked.
Not here: what devices have sealed there (`reader_fixture.py`).
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from keeper_fixture import running_keeper
from reader_fixture import Site

from server import __main__ as program
from server.commands import serve
from server.person_keys import make_person_key

PASSPHRASE = b"correct horse battery"
LOG_N = 14
"""The least that is read: these keys keep nothing."""


@dataclass
class Office:
    """People who type."""

    site: Site
    place: Path

    def typed(self, *arguments: str, code: int = 0) -> str:
        """Run a command; return what it prints."""
        printed = StringIO()
        with redirect_stdout(printed):
            directory = str(self.site.layout.directory)
            assert program.main(["--directory", directory, *arguments]) == code
        return printed.getvalue()

    def signing(self, name: str) -> tuple[str, ...]:
        """Return the options with which somebody signs."""
        return (
            *("--key", str(self.place / name), "--reason", "it is asked for"),
            *("--passphrase-file", str(self.place / "words"), "--yes"),
        )

    def day(self, days: int = 0) -> str:
        """Return a day so many days from now."""
        moment = dt.datetime.fromtimestamp(self.site.now + days * 86_400, dt.UTC)
        return moment.date().isoformat()

    def newest_case(self, kind: str) -> str:
        """Return the id of the one case of a kind that waits for a decision."""
        (found,) = [
            case["id"]
            for case in json.loads(self.typed("case", "list", "--json"))
            if (case["kind"], case["state"]) == (kind, "asked")
        ]
        return str(found)

    def approve(self, case: str, name: str, code: int = 0) -> str:
        """Let somebody approve."""
        said = "--approve", *self.signing(name)
        return self.typed("case", "decide", case, *said, code=code)


@contextmanager
def office_of(site: Site, place: Path, roles: Mapping[str, str]) -> Iterator[Office]:
    """Give people their keys and run the keeper; then release the site.

    Args:
        site: the installation.
        place: an empty directory, for keys.
        roles: name of each person, and the roles with spaces between.
    """
    serve.bring_up_to_date(site.layout, site.now)
    (place / "words").write_bytes(PASSPHRASE)
    (place / "words").chmod(0o600)
    with site.layout.configuration.open("a") as file:
        for name, held in roles.items():
            public = make_person_key(place / name, PASSPHRASE, LOG_N)
            key = f'key = "{public.hex()}"'
            file.write(f"\n[people.{name}]\n{key}\nroles = {held.split()}\n")
    with running_keeper(site):
        yield Office(site, place)
    site.store.close()
    site.keyring.close()
