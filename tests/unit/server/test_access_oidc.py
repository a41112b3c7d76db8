# SPDX-License-Identifier: Apache-2.0
"""Signing in by another provider's word: who comes in, and what lets nobody in.

Rules: the provider is asked over HTTPS; the browser keeps cookies as browsers do; a
provider is wrong in one thing at a time.
Not here: what the table in config.toml says (`test_configuration_console.py`).
"""

import asyncio
import http.client
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import oidc_provider
import pytest
from access_room import DAY, ROOT
from authenticator_fixture import ORIGIN
from console_room import HOST, ConsoleRoom, Reply
from oidc_provider import CLIENT, SECRET, SUBJECT

from server.access.actions import Role
from server.access.impossible import ImpossibleError
from server.access.oidc import Provider
from server.configuration_oidc import OidcSettings
from server.console.app import Console, console_of
from server.errors import StateError
from server.gate.pace import Pace

pytestmark = pytest.mark.slow
WRONG = [
    *("state", "mix-up", "no issuer", "code", "no code", "no token"),
    *("issuer", "audience", "two audiences", "party", "nonce", "no nonce"),
    *("expired", "no expiry", "of the future"),
    *("no subject", "number for a subject", "long subject", "subject"),
    *("none", "secret's signature", "public key as a secret", "altered"),
    *("another algorithm", "another kind of key", "another key"),
]


class Company(ConsoleRoom):
    """A console that takes a provider's word, and one browser."""

    def __init__(self, folder: Path, company: oidc_provider.Provider) -> None:
        """Make both; nobody is linked yet."""
        super().__init__(folder)
        self.now, self.company = int(time.time()), company
        secret = folder / "secret"
        secret.write_text(SECRET + "\n")
        pinned = OidcSettings(company.url, CLIENT, secret, "RS256", company.authority)
        made = Provider(pinned, f"{ORIGIN}/elsewhere/back")
        self.site = replace(self.site, provider=made)
        self.application = console_of(self.site, lambda: self.now).application()
        self.cookies: dict[str, str] = {}

    def linked(self, *roles: Role) -> str:
        """Invite somebody whom the provider knows; return their id."""
        number, _ = self.invite(*(roles or (Role.AUDITOR,)))
        self.people.attest(ROOT, number, self.now + DAY, self.now)
        self.people.link(ROOT, number, self.company.url, SUBJECT, self.now)
        return number

    def open(self, path: str) -> Reply:
        """Open an address of the console."""
        sent = {"host": HOST, "accept-language": "en"}
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            sent["cookie"] = "; ".join(pairs)
        reply = asyncio.run(self.answer("GET", path, b"", sent))
        for line in reply.headers.get("set-cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if not morsel.value:
                    del self.cookies[name]
        return reply

    def there(self) -> str:
        """Go to the provider and agree; return where the browser is sent back."""
        parts = urlsplit(self.open("/elsewhere").header("location"))
        context = ssl.create_default_context(cafile=str(self.company.authority))
        line = http.client.HTTPSConnection(parts.netloc, context=context, timeout=20)
        line.request("GET", f"{parts.path}?{parts.query}")
        to = line.getresponse().headers["Location"]
        line.close()
        return str(to).removeprefix(ORIGIN)

    def is_in(self) -> bool:
        """Tell whether the browser is signed in."""
        return self.open("/me").status == 200


@pytest.fixture(scope="module")
def company(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[oidc_provider.Provider]:
    """Run a provider."""
    with oidc_provider.provider(tmp_path_factory.mktemp("company")) as made:
        yield made


@pytest.fixture
def room(company: oidc_provider.Provider, tmp_path: Path) -> Iterator[Company]:
    """Return a console that takes the provider's word."""
    company.wrong = ""
    here = Company(tmp_path, company)
    yield here
    here.close()


def test_a_linked_person_signs_in(room: Company) -> None:
    """Who is linked comes in, by their own roles, and has proved no presence."""
    number = room.linked(Role.ADMINISTRATOR)
    assert "/elsewhere" in room.open("/sign-in").text
    reply = room.open(room.there())
    assert (reply.status, 'href="/"' in reply.text) == (200, True)
    assert room.is_in()
    assert room.open("/people").status == 200
    acts = [one.body for one in room.ledger.entries() if one.act == "signed-in"]
    assert acts == [{"person": number, "how": "elsewhere"}]
    assert SUBJECT not in str([one.body for one in room.ledger.entries()])
    with room.register.reading() as connection:
        (verified,) = connection.execute("SELECT verified FROM sessions").fetchone()
    assert verified == 0


def test_a_token_gives_no_role(room: Company) -> None:
    """Whatever the token says of roles, an auditor stays one."""
    room.linked(Role.CLIENT)
    room.open(room.there())
    assert room.is_in()
    assert room.open("/people").status == 403


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_signs_nobody_in(room: Company, wrong: str) -> None:
    """One thing wrong, and nobody comes in, nor learns why; then it works again."""
    room.linked()
    room.company.wrong = wrong
    reply = room.open(room.there())
    assert (reply.status, "You were not signed in" in reply.text) == (403, True)
    assert not room.is_in()
    room.company.wrong = ""
    room.open(room.there())
    assert room.is_in()


def test_an_answer_counts_once_and_in_one_browser(room: Company) -> None:
    """A state is used up, and is worth nothing in another browser."""
    room.linked()
    back = room.there()
    going, room.cookies = room.cookies, {}
    assert room.open(back).status == 403
    room.cookies = dict(going)
    assert room.open(back).status == 403
    again = room.there()
    assert room.open(again).status == 200
    asked, room.cookies = room.company.asked, dict(going)
    assert room.open(again).status == 403
    assert room.company.asked == asked


def test_a_state_ends_by_itself(room: Company) -> None:
    """Who comes back after ten minutes has to go again."""
    room.linked()
    provider = room.site.provider
    assert provider is not None
    late = replace(provider, clock=lambda: time.monotonic() + 601)
    back = room.there()
    room.site = replace(room.site, provider=late)
    room.application = console_of(room.site, lambda: room.now).application()
    assert room.open(back).status == 403


def test_who_is_suspended_or_linked_no_more_stays_out(room: Company) -> None:
    """What was decided here counts, whatever the provider says."""
    number = room.linked()
    room.people.suspend(ROOT, number, room.now)
    assert room.open(room.there()).status == 403
    room.people.resume(ROOT, number, room.now)
    room.people.link(ROOT, number, room.company.url, "", room.now)
    assert room.open(room.there()).status == 403
    assert not room.is_in()


def test_a_link_that_is_taken_away_ends_what_began_by_it(room: Company) -> None:
    """Who came in by the provider's word is out at once, and so is it at a new link."""
    number = room.linked()
    for subject in ("", "another"):
        room.open(room.there())
        assert room.is_in()
        room.people.link(ROOT, number, room.company.url, subject, room.now)
        assert not room.is_in()
        room.cookies.clear()
        room.people.link(ROOT, number, room.company.url, SUBJECT, room.now)


def test_a_subject_is_one_person(room: Company) -> None:
    """Nobody else is linked to it, nor is the same subject of another issuer."""
    room.linked()
    other, _ = room.invite(Role.AUDITOR, name="Bo")
    with pytest.raises(ImpossibleError):
        room.people.link(ROOT, other, room.company.url, SUBJECT, room.now)
    room.people.link(ROOT, other, "https://another.example", SUBJECT, room.now)
    room.people.remove(ROOT, other, room.now)


def test_a_provider_that_is_another_is_not_asked(room: Company) -> None:
    """Nobody is sent to one whose description or certificate is not as pinned."""
    room.company.wrong = "description"
    assert room.open("/elsewhere").status == 503
    provider = room.site.provider
    assert provider is not None
    strange = replace(provider, settings=replace(provider.settings, authority=None))
    with pytest.raises(StateError, match="does not answer"):
        strange.begin("browser")


def test_strangers_push_nobody_out(room: Company) -> None:
    """Who opens the address without end is slowed down, as where they send."""
    pace = Pace(20.0, 2)
    made = Console(room.site, lambda: room.now, pace)
    room.application = made.application()
    began = time.monotonic()
    for _ in range(6):
        assert room.open("/elsewhere").status == 303
    assert time.monotonic() - began > 0.15
    assert len(pace) == 1


def test_without_a_provider_nobody_is_sent_anywhere(tmp_path: Path) -> None:
    """The addresses lead to the sign-in, which offers nothing."""
    room = ConsoleRoom(tmp_path)
    sent = {"host": HOST}
    for path in ("/elsewhere", "/elsewhere/back?code=x&state=y"):
        reply = asyncio.run(room.answer("GET", path, b"", sent))
        assert (reply.status, reply.header("location")) == (303, "/sign-in")
    shown = asyncio.run(room.answer("GET", "/sign-in", b"", sent)).text
    assert "/elsewhere" not in shown
    room.close()
