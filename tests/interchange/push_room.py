# SPDX-License-Identifier: Apache-2.0
"""A recipient with a channel, and an OTLP receiver at its end.

Rules: the keeper is a process; the receiver is ours, on a socket with TLS; what it is
sent is decoded, and what it answers is made, by OpenTelemetry's package.
Not here: rsyslog (`tests/rsyslog_fixture.py`), what must come of it (the tests).
"""

import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from installation_fixture import standard
from office_fixture import Office
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from reader_fixture import Speaker, table
from sharing_office import COLUMNS, Abroad, granted, sharing_office
from tls_fixture import Listening, Reply, authority, server_credential, tls_server

from wire.purposes import Purpose

PROTOBUF = "application/x-protobuf"
PRIVATE = 'private_hosts = ["127.0.0.1"]'
SAID = [
    {"message": "canary-message", "user.id": "ann", "severity_number": 17},
    {"message": "canary-message", "user.id": "bob", "severity_number": 17},
    {"message": "canary-message", "user.id": "cyd", "severity_number": 9},
]


@dataclass
class Receiver:
    """An OTLP receiver: what it was sent, and what it answers next.

    Attributes:
        statuses: of the next requests; 200 for all behind them.
        refuses: how many rows it says that it did not take.
        users: of the rows that it took, in order.
        points: of the metrics that it took, by name.
        acts: what the ledger had said of pushes when each request came.
        victim: the process that dies once it has sent a request; 0 for none.
    """

    office: Office | None = None
    statuses: list[int] = field(default_factory=list)
    refuses: int = 0
    users: list[str] = field(default_factory=list)
    points: dict[str, list[float]] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    acts: list[int] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    victim: int = 0

    def answer(self, path: str, body: bytes) -> Reply:
        """Take a request, or answer as is wanted next."""
        take, told = {
            "/v1/logs": (self._take_logs, self._told_logs),
            "/v1/metrics": (self._take_metrics, self._told_metrics),
        }[path]
        self.requests.append(body)
        if self.office is not None:
            acts = [one.act for one in self.office.site.acts()]
            self.acts.append(acts.count("release-pushed"))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            take(body)
        if self.victim:
            os.kill(self.victim, signal.SIGKILL)
        return Reply(told(), status, PROTOBUF)

    def _told_logs(self) -> bytes:
        partial = ExportLogsPartialSuccess(rejected_log_records=self.refuses)
        return ExportLogsServiceResponse(partial_success=partial).SerializeToString()

    def _told_metrics(self) -> bytes:
        partial = ExportMetricsPartialSuccess(rejected_data_points=self.refuses)
        whole = ExportMetricsServiceResponse(partial_success=partial)
        return whole.SerializeToString()

    def _take_metrics(self, body: bytes) -> None:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            named = {one.key: one.value for one in resource.resource.attributes}
            self.devices.add(named["host.id"].string_value)
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    kind = metric.WhichOneof("data")
                    for point in getattr(metric, kind).data_points:
                        value = getattr(point, point.WhichOneof("value"))
                        self.points.setdefault(metric.name, []).append(value)

    def _take_logs(self, body: bytes) -> None:
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            named = {one.key: one.value for one in resource.resource.attributes}
            self.devices.add(named["host.id"].string_value)
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    values = {one.key: one.value for one in record.attributes}
                    self.users.append(values["user.id"].string_value)


@dataclass
class Room:
    """A collector, a recipient with a channel, and one device."""

    office: Office
    abroad: Abroad
    receiver: Receiver
    speaker: Speaker

    def push(self, grant: str, code: int = 0) -> str:
        """Push under a grant; return what is printed."""
        return self.office.typed("share", "push", grant, code=code)

    def say(self, *users: str, severity: int = 17) -> None:
        """Have the device say so many rows in one envelope."""
        rows = [{"user.id": one, "severity_number": severity} for one in users]
        self.office.site.say(self.speaker, [table("event_logs", rows)])

    def denied(self) -> str:
        """Return for what reason the ledger says that something was refused last."""
        bodies = [one.body or {} for one in self.office.site.acts()]
        return [str(body["denied"]) for body in bodies if "denied" in body][-1]

    def register(self, pem: Path, channel: str, purpose: str = "support") -> None:
        """Register the recipient as people do, with a channel."""
        site, place = self.office.site, self.abroad.place
        told = self.abroad.fingerprint
        source = place / "soc.toml"
        source.write_text(
            'format = 1\nname = "soc"\nrole = "monitoring"\nagreement = "DPA 7"\n'
            f'agreement_until = "{self.office.day(300)}"\npurposes = ["{purpose}"]\n'
            'country = "DE"\ncontact = "soc@example.com"\nkeys = "own.public"\n'
            f'fingerprint = "{told}"\n[channel]\n{channel}\nauthority = "{pem}"\n'
        )
        assert site is not None
        self.office.typed("recipient", "add", str(source))


@contextmanager
def receiving(place: Path, receiver: Receiver) -> Iterator[tuple[Listening, Path]]:
    """Run an OTLP receiver; yields where it is, and who signs its certificate."""
    ca = authority()
    pem = place / "ca.pem"
    pem.write_text(ssl.DER_cert_to_PEM_cert(ca.certificate))
    with tls_server(place, server_credential(ca), receiver.answer) as listening:
        yield listening, pem


@contextmanager
def rooms(
    place: Path, settings: str = PRIVATE, purpose: Purpose = Purpose.SUPPORT
) -> Iterator[Room]:
    """Run a collector's keeper, with a device that has spoken for support."""
    for name in ("abroad", "o"):
        (place / name).mkdir()
    abroad, receiver = Abroad(place / "abroad"), Receiver()
    with sharing_office(place / "o", abroad, standard(), settings, purpose) as office:
        receiver.office = office
        speaker = office.site.enrol("Desk")
        office.site.say(speaker, [table("event_logs", SAID)])
        yield Room(office, abroad, receiver, speaker)


def pushing(room: Room, columns: tuple[str, ...] = COLUMNS, **changes: str) -> str:
    """Return a grant whose rows are pushed."""
    options = {"format": "otlp-logs"} | changes
    return granted(room.office, "--push", columns=columns, **options)
