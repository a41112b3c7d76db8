# SPDX-License-Identifier: Apache-2.0
"""The demo's technician: asks this machine something, and is let into the console.

Rules: every step is a command that a person would type; what runs in the background
ends with the demo, unless everything is to be kept.
Not here: the whole path (`demo.py`).
"""

import base64
import secrets
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tools.demo_run import Demo, free_port
from wire.crypto.certificates import authority_digest

NAME, TICKET, DEVICE = "Lena", "T-1042", "this-machine"
REASON = "the machine is slow"
READY_SECONDS = 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def add_console(demo: Demo) -> str:
    """Say in config.toml where the console is; return its address."""
    origin = f"https://localhost:{free_port()}"
    where = f'origin = "{origin}"\nrp_id = "localhost"\nhost = "127.0.0.1"'
    with (demo.folder / "collector" / "config.toml").open("a") as file:
        file.write(f"\n[console]\n{where}\n")
    return origin


@contextmanager
def agent(demo: Demo) -> Iterator[subprocess.Popen[bytes]]:
    """Run the agent until the end of the block."""
    process = _begin(demo, "agent", "discreet-agent", "run", "--now")
    try:
        yield process
    finally:
        process.terminate()
        process.wait(READY_SECONDS)


def diagnose(demo: Demo) -> None:
    """Name a technician, and ask this machine under the ticket what it is busy with."""
    key, words = demo.folder / "lena", demo.folder / "passphrase"
    words.write_text(secrets.token_hex(16))
    words.chmod(0o600)
    given = "--passphrase-file", str(words)
    demo.ask("discreet-authorise", "key", "new", str(key), "--name", NAME, *given)
    root = str(demo.folder / "collector" / "offline" / "root.key")
    added = "add", f"{key}.public", "--may", "ask", "--key", root
    demo.ask("discreet-server", "root", "technician", *added, quiet=True)
    (device,) = demo.devices()
    demo.ask("discreet-server", "device", "label", device, DEVICE, quiet=True)
    wish = "top_processes", "top=3", "seconds=1", "--device", DEVICE
    why = "--ticket", TICKET, "--reason", REASON, "--as", NAME
    signed = "--key", str(key), *given, "--yes"
    with agent(demo):
        demo.ask("discreet-server", "diagnose", "run", *wish, *why, *signed)


def stay_at_console(demo: Demo, origin: str) -> list[int]:
    """Keep agent and signing program running, and say how to open the console.

    Returns:
        The processes that go on.
    """
    machine = _begin(demo, "agent", "discreet-agent", "run", "--now")
    serve = "serve", "--key", str(demo.folder / "lena"), "--console", origin
    words = "--passphrase-file", str(demo.folder / "passphrase")
    signer = _begin(demo, "authorise", "discreet-authorise", *serve, *words)
    until, log = time.monotonic() + READY_SECONDS, demo.folder / "authorise.log"
    while "http://" not in log.read_text() and time.monotonic() < until:
        if signer.poll() is not None:
            sys.stdout.write(f"Nothing can be signed: {log.read_text()}")
            break
        time.sleep(0.05)
    invited = "--name", NAME, "--role", "technician", "--trained-until", "2999-12-31"
    link = demo.ask(
        *("discreet-server", "person", "invite", *invited, "--purpose", "support"),
        quiet=True,
    ).strip()
    sys.stdout.write(
        f"The console, as {NAME}: make a passkey, open Diagnostics, press Ask, sign.\n"
        f"  {_opened(demo, link)}\n"
    )
    return [machine.pid, signer.pid]


def _opened(demo: Demo, link: str) -> str:
    """Return what opens a link in a browser that trusts the demo's certificate."""
    browser = next(filter(shutil.which, BROWSERS), "")
    if not browser:
        trusted = demo.folder / "collector" / "console" / "tls.pem"
        return f"{link}\n  (have the browser trust {trusted} first)"
    pem = (demo.folder / "collector" / "console" / "tls.pem").read_text("ascii")
    digest = authority_digest(ssl.PEM_cert_to_DER_cert(pem))
    pin = base64.b64encode(digest).decode()
    flags = f"--ignore-certificate-errors-spki-list={pin} --no-first-run"
    return f"{browser} --user-data-dir={demo.folder}/browser {flags} '{link}'"


def _begin(
    demo: Demo, name: str, program: str, *arguments: str
) -> subprocess.Popen[bytes]:
    with (demo.folder / f"{name}.log").open("ab") as file:
        return subprocess.Popen(  # noqa: S603 - our own programs
            [str(demo.programs / program), *arguments],
            env=demo.environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
