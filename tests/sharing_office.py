# SPDX-License-Identifier: Apache-2.0
"""An office whose people share with a recipient that has its own program.

Rules: keeper and `discreet-open` are processes; the recipient has nothing but what it
is sent and the root digest.
Not here: what devices have said (the tests), what must come of it.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from office_fixture import Office, office_of
from reader_fixture import Site
from release_room import DAY, ReleaseRoom, register

from server.authority import open_authority
from server.keeper import notices
from server.keeper.acts.notice import answer
from server.keeper.desk import Desk
from server.register import recipients
from wire import trust
from wire.papers.recipient import Recipient, RecipientRole, read_keys
from wire.policy import Policy
from wire.purposes import Purpose

COLUMNS = tuple(
    f"event_logs.{name}" for name in ("user.id", "device", "severity_number")
)
ROLES = {"amelie": "requester approver", "bo": "approver privacy-officer"}


def naming(policy: Policy, purpose: Purpose) -> Policy:
    """Return a policy whose data for a purpose a SOC, a biller and others may get."""
    names = ("soc", "late", "payer", "faraway", "stopped")
    return replace(
        policy,
        purposes=tuple(
            replace(rules, recipients=names) if rules.purpose is purpose else rules
            for rules in policy.purposes
        ),
    )


def published(site: Site, desk: Desk, policy: Policy) -> None:
    """Publish a policy of whose new uses the client was told."""
    with open_authority(site.layout) as authority:
        uses = "\n".join(authority.untold(policy))
    message: dict[str, object] = {"act": "notice", "step": "change-of-use"}
    message |= {"uses": uses, "text": "A security centre will watch support data."}
    (told,) = answer(desk, message, "ops", site.now)
    end = told["end"]
    assert isinstance(end, dict)
    notices.deliver(desk, bytes.fromhex(end["id"]), bytes(32), "ops", site.now)
    with open_authority(site.layout) as authority:
        authority.publish(policy, site.now, "ops")


def registered(desk: Desk, usual: Recipient) -> None:
    """Register recipients: one that may get data, and one for each reason not to."""
    yesterday = desk.clock.latest() - DAY
    entries = [
        usual,
        replace(usual, name="late", agreement_until=yesterday),
        replace(usual, name="payer", role=RecipientRole.PAYMENT),
        replace(usual, name="faraway", country="US"),
        replace(usual, name="stopped"),
        replace(usual, name="unnamed"),
    ]
    for one in entries:
        register(desk, one)
    with desk.register.transaction() as connection:
        recipients.suspend(connection, "stopped", yesterday)


class Abroad:
    """A recipient: a directory and the program that it was given."""

    def __init__(self, place: Path) -> None:
        """Make its keys."""
        self.place, self.digest = place, ""
        told = self.run("key", "own", "--name", "SOC of Examples")
        self.fingerprint = told.splitlines()[-1]
        self.keys = read_keys((place / "own.public").read_bytes())

    def run(self, *arguments: str) -> str:
        """Run `discreet-open` there; return what it prints."""
        command = (sys.executable, "-m", "recipient", *arguments)
        found = subprocess.run(
            command, cwd=self.place, capture_output=True, text=True, check=False
        )
        assert (found.returncode, found.stderr) == (0, "")
        return found.stdout

    def refused(self, *arguments: str) -> str:
        """Run `discreet-open` there on what it refuses; return what it says."""
        command = (sys.executable, "-m", "recipient", *arguments)
        found = subprocess.run(
            command, cwd=self.place, capture_output=True, text=True, check=False
        )
        assert found.returncode in {2, 4, 7}
        assert found.stderr.startswith("discreet-open: ")
        return found.stderr

    def own(self, act: str, release: Path, out: str, *more: str) -> str:
        """Run an act on a release."""
        return self.run(
            *(act, str(release), "--root", self.digest, "--key", "own"),
            *("--out", out, *more),
        )


@contextmanager
def sharing_office(
    place: Path,
    abroad: Abroad,
    policy: Policy,
    settings: str = "",
    purpose: Purpose = Purpose.SUPPORT,
    **changes: object,
) -> Iterator[Office]:
    """Install a collector with data, recipients and two people; run its keeper.

    Args:
        place: an empty directory.
        abroad: the recipient, with its keys; it is told the root digest.
        policy: names the recipients.
        settings: more lines of `[transfers]` in config.toml.
        purpose: for which recipients may get data.
        changes: of the recipient's entry.
    """
    for name in ("share", "people"):
        (place / name).mkdir()
    room = ReleaseRoom(place / "share")
    site = room.site
    with site.layout.configuration.open("a") as file:
        file.write(f'\n[transfers]\ncountries = ["DE"]\n{settings}\n')
    with open_authority(site.layout) as authority:
        abroad.digest = trust.root_digest(authority.root()).hex()
    usual = Recipient(
        *(site.tenant, "soc", 1, RecipientRole.MONITORING, "DPA 7"),
        site.now + 300 * DAY,
        (purpose,),
        "DE",
        None,
        "soc@example.com",
        *(abroad.keys.sealing, abroad.keys.signing),
    )
    with room.desk() as desk:
        published(site, desk, naming(policy, purpose))
        registered(desk, replace(usual, **changes))  # type: ignore[arg-type]  # names of its fields
    with office_of(site, place / "people", ROLES) as found:
        yield found


def asked(
    office: Office,
    *more: str,
    code: int = 0,
    columns: tuple[str, ...] = COLUMNS,
    **changes: str,
) -> str:
    """Ask for a grant of support data, with changes of its options; "" for none."""
    options = {
        "recipient": "soc",
        "task": "watch errors",
        "basis": "contract 7",
        "bytes": "100000",
        "from": office.day(-1),
        "through": office.day(30),
        "format": "jsonl",
        "purpose": "support",
        "since": office.day(-1),
        "until": office.day(),
        "where": "event_logs.severity_number=17",
    } | changes
    typed = [
        word for name, text in options.items() if text for word in (f"--{name}", text)
    ]
    for column in columns:
        typed += ["--column", column]
    return office.typed(
        "share", "ask", *typed, *more, *office.signing("amelie"), code=code
    )


def granted(
    office: Office, *more: str, columns: tuple[str, ...] = COLUMNS, **changes: str
) -> str:
    """Ask for a grant and let somebody else approve it; return its id."""
    asked(office, *more, columns=columns, **changes)
    case = office.newest_case("share")
    office.approve(case, "bo")
    return case


def made(office: Office, grant: str) -> Path:
    """Make a release; return where it is."""
    told = office.typed("share", "make", grant)
    return Path(told.split(" are in ")[1].split(";")[0])


def opened(office: Office, abroad: Abroad, release: Path) -> Path:
    """Fetch the key of a release, open it at the recipient's; return the files."""
    name = release.name
    abroad.own("fetch", release, f"{name}.request")
    request, reply = (abroad.place / f"{name}.{end}" for end in ("request", "answer"))
    office.typed("share", "fetch", str(request), "--out", str(reply))
    abroad.own("open", release, name, "--answer", str(reply))
    return abroad.place / name
