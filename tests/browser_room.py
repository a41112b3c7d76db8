# SPDX-License-Identifier: Apache-2.0
"""A real Chromium, headless, that tells what it refused and whom it asked.

Rules: Debian's own browser, a new profile each time; whatever it asks of another origin
than the page's, and whatever breaks the page's policy, is noted.
Not here: the pages (`technician/page`).
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    "--disable-sync",
)
"""As root in a container, and without a word to anybody."""
needs_chromium = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed"
)


@dataclass
class Browser:
    """One page of a browser.

    Attributes:
        page: to be driven.
        session: of the tools for developers.
        asked: addresses that it asked for.
        broken: what broke the page's policy, or failed in its script.
    """

    page: Page
    session: CDPSession
    asked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add_authenticator(self, *, verified: bool = True) -> str:
        """Plug a virtual authenticator in; returns its id."""
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verified,
            "automaticPresenceSimulation": True,
        }
        made = self.session.send(
            "WebAuthn.addVirtualAuthenticator", {"options": options}
        )
        return str(made["authenticatorId"])

    def unplug(self, authenticator: str) -> None:
        """Take an authenticator away."""
        which = {"authenticatorId": authenticator}
        self.session.send("WebAuthn.removeVirtualAuthenticator", which)

    def verify(self, authenticator: str, *, verified: bool) -> None:
        """Let the person at an authenticator be verified, or not."""
        said = {"authenticatorId": authenticator, "isUserVerified": verified}
        self.session.send("WebAuthn.setUserVerified", said)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Open a page of a new Chromium."""
    with sync_playwright() as tools:
        chromium = tools.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(QUIET)
        )
        page = chromium.new_page()
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        browser = Browser(page, session)
        page.on("request", lambda request: browser.asked.append(request.url))
        page.on("pageerror", lambda error: browser.broken.append(str(error)))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) =>"
            " console.error('policy ' + event.violatedDirective))"
        )
        page.on(
            "console",
            lambda said: (
                browser.broken.append(json.dumps(said.text))
                if said.type == "error" and "favicon" not in said.text
                else None
            ),
        )
        try:
            yield browser
        finally:
            chromium.close()
