# SPDX-License-Identifier: Apache-2.0
"""A real receiver of OTLP's metrics over TLS: VictoriaMetrics, of Debian 13.

Rules: it is another people's program, unchanged; it listens on this machine alone,
takes TLS 1.3 alone, and ends with the test; what it holds is asked of its own API.
Not here: fetching it (`packaging/receivers`), OpenTelemetry's own collector
(`otel_collector_fixture.py`).
"""

import json
import os
import re
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tls_fixture import authority, server_credential

from server.formats.sending import Target

KEPT = Path(os.environ.get("DISCREET_RECEIVERS", "~/.cache/discreet-receivers"))
VICTORIA = KEPT.expanduser() / "victoria/root/usr/bin/victoria-metrics"
MISSING = not VICTORIA.exists()
"""For `skipif`: run packaging/prepare-tests."""
BASE = "/opentelemetry"
PATIENCE_SECONDS = 60.0
_STARTED = re.compile(rb"started server at https://127\.0\.0\.1:([0-9]+)/")


@dataclass(frozen=True)
class Series:
    """A series as the receiver holds it.

    Attributes:
        labels: all but its name.
        points: seconds since the epoch and value, in order of time.
    """

    labels: dict[str, str]
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Victoria:
    """A receiver that runs.

    Attributes:
        port: where it listens.
        authority: PEM file of who signed its certificate.
    """

    port: int
    authority: Path

    @property
    def target(self) -> Target:
        """Return where requests are posted to."""
        return Target("127.0.0.1", self.port, self.authority, base=BASE)

    def ask(self, path: str, **query: str) -> bytes:
        """Ask its API."""
        context = ssl.create_default_context(cafile=str(self.authority))
        url = f"https://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(
            url, timeout=PATIENCE_SECONDS, context=context
        ) as answer:
            octets: bytes = answer.read()
        return octets

    def held(self) -> dict[str, list[Series]]:
        """Return every series that it holds, by name."""
        self.ask("/internal/force_flush")
        found: dict[str, list[Series]] = {}
        told = self.ask("/api/v1/export", **{"match[]": '{__name__=~".+"}'})
        for line in map(json.loads, told.splitlines()):
            name = line["metric"].pop("__name__")
            times = (one / 1_000 for one in line["timestamps"])
            points = list(zip(times, map(float, line["values"]), strict=True))
            found.setdefault(name, []).append(Series(line["metric"], points))
        return found


@contextmanager
def victoria(folder: Path, *options: str) -> Iterator[Victoria]:
    """Run VictoriaMetrics in a folder of its own, with further options."""
    pem = certified(folder)
    command = (
        *(str(VICTORIA), "-httpListenAddr=127.0.0.1:0", "-tls", "-tlsMinVersion=TLS13"),
        *(f"-tlsCertFile={folder}/server.pem", f"-tlsKeyFile={folder}/server.key"),
        *(f"-storageDataPath={folder}/data", "-retentionPeriod=100y"),
        *("-opentelemetry.usePrometheusNaming", "-memory.allowedBytes=64MB"),
        *options,
    )
    log = folder / "log"
    with log.open("wb") as out, subprocess.Popen(command, stderr=out) as process:
        try:
            yield Victoria(int(said(log, _STARTED, process)), pem)
        finally:
            process.terminate()


def certified(folder: Path) -> Path:
    """Write a certificate and its key; returns the file of who signed it."""
    ca = authority()
    leaf = server_credential(ca)
    pem = folder / "authority.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    (folder / "server.pem").write_text(ssl.DER_cert_to_PEM_cert(leaf.certificate))
    (folder / "server.key").write_bytes(leaf.key)
    return pem


def said(log: Path, words: re.Pattern[bytes], process: subprocess.Popen[bytes]) -> str:
    """Wait until a program says something in its log; returns the group of it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := words.search(log.read_bytes())) is None:
        ended = process.poll()
        assert ended is None, log.read_text()[-2_000:]
        assert time.monotonic() < until, "the receiver is not ready in time"
        time.sleep(0.02)
    return found[1].decode()
