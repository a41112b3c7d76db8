# SPDX-License-Identifier: Apache-2.0
"""A real Chromium with an authenticator of its own, at a console that really runs.

Rules: nothing is stubbed: TLS, passkeys and pages are those of people; every request
that leaves for elsewhere, every breach of the content policy and every error of a
script is kept.
Not here: any expectation.
"""

import base64
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def pin(certificate: Path) -> str:
    """Return by what Chromium knows the key of a certificate."""
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii"))
    key = x509.load_der_x509_certificate(der).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


@contextmanager
def chromium(certificate: Path) -> Iterator[Browser]:
    """Run a browser that trusts a certificate's key."""
    flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={pin(certificate)}"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


_CALLED = """(() => {
  const one = document.activeElement;
  const label = one.labels && one.labels[0];
  const words = one.getAttribute("aria-label") || (label || one).innerText || "";
  return words.split("\\n")[0].trim();
})()"""
"""What is in focus, by its name or its label."""


@dataclass
class Visitor:
    """Somebody at a browser, with an authenticator."""

    context: BrowserContext
    origin: str
    page: Page = field(init=False)
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    method: str = "GET"
    """By which the page that is open was asked for."""

    def __post_init__(self) -> None:
        """Open a page, and give it an authenticator."""
        self.page = self.context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.devices = self.context.new_cdp_session(self.page)
        self.devices.send("WebAuthn.enable")
        self.device: str = self.devices.send(
            "WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR}
        )["authenticatorId"]

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(self.origin + path)

    def follow(self, role: str, name: str) -> None:
        """Press a link or button that leads to a page, and wait until it is there."""
        self.go_by(self.page.get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]  # a role

    def go_by(self, what: Locator) -> None:
        """Press what leads to a page, and wait until that page is there."""
        with self.page.expect_navigation():
            what.click()

    def tab_to(self, label: str, most: int = 80) -> None:
        """Go by the tab key alone to what a screen reader calls by a name.

        Args:
            label: all that it is called.
            most: how often the key is pressed before it is given up.
        """
        for _ in range(most):
            self.page.keyboard.press("Tab")
            named = self.page.evaluate(_CALLED)
            if named == label:
                return
        msg = f"the tab key does not lead to {label}"
        raise AssertionError(msg)

    def enter(self, label: str) -> None:
        """Press what is called by a name, by keys alone, and wait for its page."""
        self.tab_to(label)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def prove(self) -> None:
        """Press the button that asks for the passkey."""
        self.page.locator("#prove").click()

    def heading(self) -> str:
        """Return the page's heading."""
        return self.page.locator("h1").inner_text()

    def open_in(self, other: Page) -> None:
        """Open what is open here in another language's browser.

        Args:
            other: of a context of that language.
        """
        other.context.clear_cookies()
        other.context.add_cookies(self.context.cookies())  # type: ignore[arg-type]  # as they are given
        other.goto("about:blank")
        other.goto(self.page.url)
        self.page.bring_to_front()

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:")):
            self.elsewhere.append(request.url)
        if request.is_navigation_request():
            self.method = request.method

    def _said(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)
