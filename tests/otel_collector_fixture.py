# SPDX-License-Identifier: Apache-2.0
"""OpenTelemetry's own collector, as a receiver over TLS that shows what it took.

Rules: its parts are OpenTelemetry's, unchanged; what it took is what its debug exporter
writes, read back here as it stands; it listens on this machine alone and ends with the
test.
Not here: building it (`packaging/otel-collector`).
"""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from receiver_fixture import KEPT, PATIENCE_SECONDS, certified, said

from server.formats.sending import Target

PROGRAM = KEPT.expanduser() / "otel-collector/otel-collector"
MISSING = not PROGRAM.exists()
"""For `skipif`: build it with packaging/otel-collector/build."""
BODY_BYTES = 150_000
"""Of the largest request that it takes here."""
_SETTINGS = """
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:0
        max_request_body_size: {most}
        tls:
          cert_file: {folder}/server.pem
          key_file: {folder}/server.key
          min_version: "1.3"
exporters:
  debug: {{verbosity: detailed, sampling_initial: 1000000, use_internal_logger: false}}
service:
  telemetry:
    logs: {{level: debug}}
    metrics: {{level: none}}
  pipelines:
    logs: {{receivers: [otlp], exporters: [debug]}}
    metrics: {{receivers: [otlp], exporters: [debug]}}
"""
_STARTED = re.compile(rb'Starting HTTP server.*"endpoint": "127\.0\.0\.1:([1-9]\d*)"')
_ATTRIBUTE = re.compile(r"     -> (\S+): (\w+)\((.*)\)")
_FIELD = re.compile(r"(?:     -> )?([A-Z][A-Za-z ]+): (.*)")
_HEADS = re.compile(r"(ResourceLog|ResourceMetrics|LogRecord|Metric|\w+DataPoints) #")


@dataclass(frozen=True)
class Shown:
    """Something that it shows: a resource, a record, a metric or a point of one.

    Attributes:
        kind: what it is.
        fields: as its exporter names them.
        attributes: by name; each with its type.
    """

    kind: str
    fields: dict[str, str]
    attributes: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class OtelCollector:
    """A collector that runs.

    Attributes:
        target: where it listens.
        shows: the file with what it took.
    """

    target: Target
    shows: Path

    def shown(self, kind: str, count: int) -> list[Shown]:
        """Wait until it shows so many of a kind; returns all of them."""
        until = time.monotonic() + PATIENCE_SECONDS
        while len(found := [one for one in self._all() if one.kind == kind]) < count:
            assert time.monotonic() < until, f"{len(found)} of {count} {kind}"
            time.sleep(0.05)
        return found

    def _all(self) -> list[Shown]:
        found: list[Shown] = []
        for line in self.shows.read_text().splitlines():
            if head := _HEADS.match(line):
                found.append(Shown(head[1], {}, {}))
            elif found and (attribute := _ATTRIBUTE.fullmatch(line)):
                found[-1].attributes[attribute[1]] = (attribute[2], attribute[3])
            elif found and (told := _FIELD.fullmatch(line)):
                found[-1].fields[told[1]] = told[2]
        return found


@contextmanager
def otel_collector(folder: Path) -> Iterator[OtelCollector]:
    """Run it in a folder of its own."""
    pem = certified(folder)
    settings = folder / "settings.yaml"
    settings.write_text(_SETTINGS.format(folder=folder, most=BODY_BYTES))
    command = (str(PROGRAM), f"--config=file:{settings}")
    shows, log = folder / "shows", folder / "log"
    with (
        shows.open("wb") as out,
        log.open("wb") as error,
        subprocess.Popen(command, stdout=out, stderr=error) as process,
    ):
        try:
            port = int(said(log, _STARTED, process))
            yield OtelCollector(Target("127.0.0.1", port, pem), shows)
        finally:
            process.terminate()
