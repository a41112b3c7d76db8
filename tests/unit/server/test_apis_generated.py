# SPDX-License-Identifier: Apache-2.0
"""Requests generated from both OpenAPI documents: no server error comes of any.

Rules: schemathesis makes the requests, of what the document says and of what it does
not; console and gate are real, and an answer has a status that its document names.
Not here: who may (`test_console_matrix.py`), octets of messages (`tests/fuzz`).
"""

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
import schemathesis
from collector_process import Collector
from console_walk import certificate
from console_walk import console as running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from installation_fixture import CBOR, RunningGate, install, running_gate
from session_fixture import signed_in

from server import configuration
from server.access import sessions
from server.access.actions import Role
from server.access.register import open_people
from server.console import openapi as console
from server.console.pages import HERE
from server.console.site import COOKIE
from server.gate import openapi as gate
from server.layout import Layout

pytestmark = pytest.mark.slow
BASE = "http://here"
FIELD = re.compile(r'(?:name="|query\.get\("|one\("|form\.get\(")([a-z_-]+)"')
FIELDS = sorted(
    {
        name
        for path in (*HERE.glob("templates/*.html"), *HERE.glob("*.py"))
        for name in FIELD.findall(path.read_text(encoding="utf-8"))
    }
    - {"token", "viewport"}
)
"""Names of fields, of pages and of the code that reads them."""
GIVEN = some.dictionaries(some.sampled_from(FIELDS), some.text(max_size=40), max_size=6)
OFTEN = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
EXAMPLES, STRANGERS = 40, 6
ROLES = Role.OPERATOR, Role.ADMINISTRATOR, Role.TECHNICIAN, Role.PRIVACY_OFFICER


@schemathesis.serializer(CBOR)
def octets_of(_: object, value: object) -> bytes:
    """Return a generated body as octets."""
    return value if isinstance(value, bytes) else str(value).encode()


def operations(document: bytes) -> list[tuple[str, str]]:
    """Return method and path of every operation."""
    paths = json.loads(document)["paths"]
    return [
        (method.upper(), path) for path, methods in paths.items() for method in methods
    ]


def cases(
    document: bytes, method: str, path: str
) -> some.SearchStrategy[schemathesis.Case]:
    """Return generated requests of one operation."""
    schema = schemathesis.openapi.from_dict(json.loads(document))
    return schema[path][method].as_strategy()


def body_of(request: requests.PreparedRequest) -> bytes:
    """Return the body's octets."""
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


def described(document: bytes, method: str, path: str) -> set[str]:
    """Return the statuses that a document names."""
    return set(json.loads(document)["paths"][path][method.lower()]["responses"])


@dataclass(frozen=True)
class Scene:
    """A collector that runs, and somebody who may most of what its console has."""

    collector: Collector
    origin: str
    context: ssl.SSLContext
    secret: str
    token: str

    def line(self) -> http.client.HTTPSConnection:
        """Return a connection to the console; it opens itself anew when it must."""
        name, _, port = self.host.partition(":")
        return http.client.HTTPSConnection(
            name, int(port), timeout=60, context=self.context
        )

    @property
    def host(self) -> str:
        """Return the console's host and port."""
        return self.origin.removeprefix("https://")

    def send(
        self, line: http.client.HTTPSConnection, request: requests.PreparedRequest
    ) -> int:
        """Send a request in this person's name; return the status."""
        headers = {key.lower(): str(value) for key, value in request.headers.items()}
        headers |= {
            "host": self.host,
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
            "cookie": f"{COOKIE}={self.secret}",
            "x-token": self.token,
        }
        path = str(request.url).removeprefix(BASE)
        line.request(str(request.method), path, body_of(request), headers)
        answer = line.getresponse()
        answer.read()
        return answer.status


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return a collector with all of its processes."""
    with running(tmp_path_factory.mktemp("apis")) as (made, origin):
        layout = Layout(made.folder)
        tenant = configuration.read(layout).tenant
        _, secret = signed_in(layout, tenant, ROLES)
        context = ssl.create_default_context(cafile=str(certificate(made)))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        register = open_people(layout.people)
        with register.reading() as connection:
            found = sessions.find(connection, secret, int(time.time()))
        register.close()
        assert found is not None
        yield Scene(made, origin, context, secret, found.token)


@pytest.mark.e2e
@pytest.mark.parametrize(("method", "path"), operations(console.document()))
def test_the_console_has_no_error(scene: Scene, method: str, path: str) -> None:
    """Whatever is sent to it, it answers as its document says, and with no 5xx."""
    document, line = console.document(), scene.line()
    statuses = {status for status in described(document, method, path) if status < "5"}

    @settings(OFTEN, max_examples=EXAMPLES if is_act(method, path) else STRANGERS)
    @given(case=cases(document, method, path), fields=GIVEN)
    def ask(case: schemathesis.Case, fields: dict[str, str]) -> None:
        asking = case.as_transport_kwargs(base_url=BASE)
        for part in ("data", "json"):
            if isinstance(asking.get(part), dict):
                asking[part] |= fields | {"token": scene.token}
        asking["params"] = {**asking.get("params", {}), **fields}
        made = requests.Request(**asking).prepare()
        assert str(scene.send(line, made)) in statuses

    ask()
    line.close()


def is_act(method: str, path: str) -> bool:
    """Tell whether a route is for who is signed in; strangers are slowed down."""
    described = json.loads(console.document())["paths"][path][method.lower()]
    return method == "GET" or "x-action" in described


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """Return a gate."""
    made = install(tmp_path_factory.mktemp("gate"))
    with running_gate(made) as running_one:
        yield running_one
    made.store.close()


@pytest.mark.e2e
@pytest.mark.parametrize(("method", "path"), operations(gate.document()))
def test_the_gate_has_no_error(collector: RunningGate, method: str, path: str) -> None:
    """Whatever is sent to it, it answers as its document says, and with no 5xx."""
    document = gate.document()
    statuses = {status for status in described(document, method, path) if status < "5"}

    @settings(OFTEN, max_examples=EXAMPLES)
    @given(case=cases(document, method, path))
    def ask(case: schemathesis.Case) -> None:
        made = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        where = str(made.url).removeprefix(BASE)
        reply = collector.ask(method, where, body_of(made))
        assert str(reply.status) in statuses

    ask()
