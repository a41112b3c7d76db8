# SPDX-License-Identifier: Apache-2.0
"""A walk through every page of the console, as a person takes it in a browser.

Rules: the collector runs as it ships; a page is given when it is there to be looked at.
Not here: what is looked at (`tests/e2e/test_console.py`, `tests/screenshots.py`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import console_walk_a
import console_walk_b
import console_walk_orders
from browser_fixture import Visitor
from collector_process import Collector, free_port
from console_walk_c import officer_walk

from server.access.register import open_people
from server.alerts.rules import Severity
from server.alerts.standing import Alert, State
from server.register import alerts
from server.register.alerts import AlertRegister

TRAINED = "--trained-until", "2999-12-31"
SUPPORT = "--purpose", "support"
ALERTS = (
    ("protection-off", "critical", "open"),
    ("disk-nearly-full", "high", "open"),
    ("device-silent", "medium", "acknowledged"),
)


@contextmanager
def console(folder: Path) -> Iterator[tuple[Collector, str]]:
    """Run a collector with a console; yields it and the console's origin."""
    made, port = Collector(folder / "c", free_port()), free_port()
    origin = f"https://localhost:{port}"
    url = f"https://127.0.0.1:{made.port}"
    made.ask("init", "--tenant", "Test", "--url", url)
    with (made.folder / "config.toml").open("a") as file:
        where = f'origin = "{origin}"\nrp_id = "localhost"\nhost = "127.0.0.1"'
        file.write(f"\n[console]\n{where}\n")
    made.start()
    try:
        yield made, origin
    finally:
        made.stop()


def invited(collector: Collector, name: str, *options: str) -> str:
    """Return the link of somebody's invitation."""
    told = collector.ask("person", "invite", "--name", name, *options, *TRAINED)
    return told.strip()


def certificate(collector: Collector) -> Path:
    """Return the file that a browser has to trust."""
    return collector.folder / "console" / "tls.pem"


def alert(collector: Collector) -> None:
    """Let alerts stand, as the job of alerts leaves them."""
    now = int(time.time())
    register = AlertRegister(collector.folder / "keeper" / "alerts.sqlite")
    with register.transaction() as connection:
        for number, (rule, severity, state) in enumerate(ALERTS):
            device, since = bytes([number]) * 16, now - number * 4_000
            held = Severity(severity), device, State(state), since, now
            one = Alert(bytes([number + 64]) * 16, rule, *held)
            alerts.keep(connection, one)
    register.close()


def unproved(collector: Collector) -> None:
    """Let it be long ago that anybody proved to be there."""
    register = open_people(collector.folder / "access" / "people.sqlite")
    with register.writing() as connection:
        connection.execute("UPDATE sessions SET verified = 0")
    register.close()


def walk(visitor: Visitor, collector: Collector) -> Iterator[str]:
    """Go from the invitation to the sign-out; yields the name of each page."""
    page, origin = visitor.page, visitor.origin
    reads = "--role", "technician", *SUPPORT, "--purpose", "provision"
    reads += "--purpose", "administration"
    link = invited(collector, "Ada Lovelace", "--role", "administrator", *reads)
    invited(collector, "Grace Hopper", "--role", "operator")
    invited(collector, "<script>alert(1)</script>", "--role", "client")
    collector.ask("person", "suspend", "<script>alert(1)</script>")
    page.goto(link)
    yield "join"
    visitor.prove()
    page.wait_for_url(f"{origin}/me")
    yield "me"
    visitor.go("/alerts")
    yield "alerts-idle"
    alert(collector)
    visitor.go("/alerts")
    yield "alerts"
    yield from console_walk_a.walk(visitor, collector)
    yield from console_walk_b.walk(visitor, collector)
    yield from console_walk_orders.walk(visitor, collector)
    yield from _people(visitor, collector)
    visitor.go("/privacy")
    yield "privacy"
    collector.ask("person", "role", "Ada Lovelace", "--take", "administrator")
    visitor.go("/people")
    yield "denied"
    visitor.go("/nowhere")
    yield "not-found"
    visitor.go("/me")
    page.select_option("#language", "de")
    visitor.follow("button", "Keep")
    yield "me-german"
    visitor.follow("button", "Abmelden")
    yield "sign-in"
    link = invited(collector, "Ida Wells", "--role", "privacy-officer")
    yield from officer_walk(visitor, collector, link)


def _people(visitor: Visitor, collector: Collector) -> Iterator[str]:
    """Invite somebody, look at somebody's roles, and prove to be there."""
    page = visitor.page
    visitor.go("/people")
    page.locator("summary").first.click()
    yield "people"
    page.fill("#name", "Alan Turing")
    page.check("input[name=role][value=technician]")
    page.check("input[name=purpose][value=support]")
    visitor.follow("button", "Make the link")
    yield "link"
    visitor.go("/people")
    page.locator("summary").first.click()
    visitor.go_by(page.locator("details[open] a"))
    yield "role"
    unproved(collector)
    page.reload()
    yield "prove-first"
    visitor.follow("link", "Prove it is me")
    yield "step-up"
