# SPDX-License-Identifier: Apache-2.0
"""A real rsyslog that takes syslog over TLS, as a SIEM's receiver does.

Rules: it escapes nothing itself, so that what it writes down is what was sent; it
listens on this machine alone and ends with the test.
Not here: who sends (`server/formats/sending.py`).
"""

import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tls_fixture import authority, server_credential

RSYSLOG = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin")
MISSING = RSYSLOG is None or not any(Path("/usr/lib").glob("*/rsyslog/lmnsd_ossl.so"))
"""For `skipif`: install rsyslog and rsyslog-openssl."""
PATIENCE_SECONDS = 60.0
_SETTINGS = """
global(
  workDirectory="{folder}" maxMessageSize="8k"
  parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriverCAFile="{folder}/authority.pem"
  defaultNetstreamDriverCertFile="{folder}/server.pem"
  defaultNetstreamDriverKeyFile="{folder}/server.key"
)
module(
  load="imtcp" streamDriver.name="ossl" streamDriver.mode="1"
  streamDriver.authMode="anon"
)
template(name="seen" type="list" option.jsonf="on") {{
  property(outname="priority" name="pri" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="application" name="app-name" format="jsonf")
  property(outname="kind" name="msgid" format="jsonf")
  property(outname="structured" name="structured-data" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}}
ruleset(name="all") {{ action(type="omfile" file="{folder}/seen" template="seen") }}
input(
  type="imtcp" address="127.0.0.1" port="0" listenPortFileName="{folder}/port"
  ruleset="all"
)
"""


@dataclass(frozen=True)
class Receiver:
    """A receiver that runs.

    Attributes:
        port: where it listens.
        authority: PEM file of who signed its certificate.
        folder: where it writes.
    """

    port: int
    authority: Path
    folder: Path

    def seen(self, count: int) -> list[dict[str, str]]:
        """Wait until it has written so many messages, and return all of them."""
        file = self.folder / "seen"
        _wait(lambda: file.exists() and file.read_bytes().count(b"\n") >= count)
        return [json.loads(line) for line in file.read_bytes().splitlines()]


@contextmanager
def rsyslog(folder: Path) -> Iterator[Receiver]:
    """Run rsyslog in a folder of its own."""
    ca = authority()
    leaf = server_credential(ca)
    pem = folder / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    (folder / "server.pem").write_text(ssl.DER_cert_to_PEM_cert(leaf.certificate))
    (folder / "server.key").write_bytes(leaf.key)
    settings = folder / "rsyslog.conf"
    settings.write_text(_SETTINGS.format(folder=folder))
    command = (str(RSYSLOG), "-n", "-f", str(settings), "-i", str(folder / "pid"))
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            port = folder / "port"
            _wait(lambda: port.exists() and port.read_text().strip().isdecimal())
            _wait(lambda: _answers(int(port.read_text()), pem))
            yield Receiver(int(port.read_text()), pem, folder)
        finally:
            process.terminate()


def _answers(port: int, authority: Path) -> bool:
    """Tell whether it speaks TLS: it listens before it can."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    try:
        with (
            socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as plain,
            context.wrap_socket(plain) as secured,
        ):
            secured.unwrap()  # one that is cut off may cost the next one its session
            return True
    except OSError:
        return False


def _wait(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < until, "rsyslog is not ready in time"
        time.sleep(0.02)
