# SPDX-License-Identifier: Apache-2.0
"""The webhook's process: `python -I -m server.hook --gate DIR --secret FILE ...`.

Rules: it has the gate's certificate, the shared secret and the keeper's address, and no
key that opens anything; TLS 1.3 only; a connection has one request and ten seconds; the
keeper alone acts; what is refused is counted, and told to the keeper once an hour.
Not here: whether a message counts (`judging.py`).
"""

import argparse
import json
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer

from server.desk import program
from server.desk.asking import ask
from server.errors import ServerError, StateError, UsageError
from server.gate.certificate import Certificate
from server.gate.privileges import forbid_core_dumps
from server.hook import judging
from server.hook.bounds import (
    BODY_BYTES,
    CONNECTIONS,
    DROPPED_BYTES,
    REQUEST_SECONDS,
    SECRET_BYTES,
    TELL_SECONDS,
    TICK_SECONDS,
)
from server.hook.judging import (
    MALFORMED,
    OVERSIZED,
    UNKNOWN_PATH,
    Change,
    Judge,
    RefusedError,
)
from server.key_files import read_secret

READY = "hook listening on "
PATH = "/ticket"
HEADER = "Discreet-Signature"
SOURCE = "webhook"


@dataclass
class Hook:
    """What a request needs; any thread may use it.

    Attributes:
        judge: tells which messages count.
        keeper: its socket.
        refused: how many were, by reason, since they were told last.
        told: when that was, by a clock that only goes on.
    """

    judge: Judge
    keeper: Path
    refused: Counter[str] = field(default_factory=Counter)
    told: float = -TELL_SECONDS
    lock: threading.Lock = field(default_factory=threading.Lock)

    def act(self, change: Change) -> None:
        """Have the keeper do it.

        Raises:
            ServerError: it does not.
        """
        question: dict[str, object] = {
            "act": "ticket",
            "source": SOURCE,
            "ticket": change.ticket,
            **_asked(change),
        }
        for _ in ask(self.keeper, question):
            pass

    def count(self, reason: str) -> None:
        """Count a request that was refused."""
        with self.lock:
            self.refused[reason] += 1

    def tell(self, passed: float) -> None:
        """Tell the keeper what was refused, unless it was told within the hour."""
        with self.lock:
            if not self.refused or passed - self.told < TELL_SECONDS:
                return
            counts = dict(self.refused)
        question = {"act": "ticket", "do": "refused", "source": SOURCE}
        with suppress(ServerError):
            for _ in ask(self.keeper, question | {"counts": counts}):
                pass
            with self.lock:
                self.refused -= Counter(counts)
                self.told = passed


def _asked(change: Change) -> dict[str, object]:
    """Return what of a question to the keeper is of this change alone."""
    match change.state:
        case judging.OPEN:
            devices = list(change.devices)
            return {"do": "open", "seconds": change.seconds, "devices": devices}
        case judging.ATTACHED:
            (device,) = change.devices
            return {"do": "attach", "device": device, "age": change.seconds}
        case judging.DETACHED:
            (device,) = change.devices
            return {"do": "detach", "device": device}
        case _:
            return {"do": "close"}


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: "_Server"

    def do_POST(self) -> None:
        """Take a ticket's state."""
        hook = self.server.hook
        try:
            change = hook.judge.judge(
                self.headers.get(HEADER, ""), self._body(), int(time.time())
            )
            hook.act(change)
        except RefusedError as error:
            hook.count(error.reason)
            self._say(error.status, error.reason)
        except UsageError:
            self._say(409, "not-possible")
        except ServerError:
            self._say(503, "keeper-away")
        else:
            self._say(200, "done")

    def _body(self) -> bytes:
        """Return the body; of one that is too large, some is read and dropped.

        A connection that is closed while octets are unread is reset, and its answer
        with it.
        """
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise RefusedError(MALFORMED, 411)
        if len(length) > len(str(BODY_BYTES)) or int(length) > BODY_BYTES:
            self.rfile.read(min(int(length[:9]), DROPPED_BYTES))
            raise RefusedError(OVERSIZED, 413)
        body = self.rfile.read(int(length))
        if self.path != PATH:
            raise RefusedError(UNKNOWN_PATH, 404)
        return body

    def _say(self, status: int, word: str) -> None:
        body = json.dumps({"status": word}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Tell strangers no version."""
        return "discreet"

    def log_message(self, *_: object) -> None:
        """Log nothing: what is refused is counted."""


class _Server(ThreadingHTTPServer):
    """Takes connections; each gets a thread, TLS and its ten seconds there."""

    def __init__(self, where: tuple[str, int], hook: Hook, pair: Certificate) -> None:
        self.hook = hook
        self._pair = pair
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(where, _Handler)

    def process_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client: object
    ) -> None:
        """Give a connection a thread, where there is a place for it."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client: object
    ) -> None:
        """Answer, and give the place back."""
        try:
            super().process_request_thread(request, client)
        finally:
            self._places.release()

    def finish_request(
        self, request: socket.socket | tuple[bytes, socket.socket], client: object
    ) -> None:
        """Shake hands and answer; whoever takes too long is cut off."""
        if not isinstance(request, socket.socket):
            return
        with closing(request.dup()) as ender:
            timer = threading.Timer(REQUEST_SECONDS, _cut, (ender,))
            timer.start()
            try:
                self._pair.look()
                request.settimeout(REQUEST_SECONDS)
                with self._pair.context.wrap_socket(request, server_side=True) as safe:
                    BaseServer.finish_request(self, safe, client)
            finally:
                timer.cancel()
                timer.join()

    def handle_error(self, request: object, client: object) -> None:
        """Count a connection that broke; what was said on it is nobody's business."""
        del request, client
        self.hook.count("broken")


def _cut(ender: socket.socket) -> None:
    with suppress(OSError):
        ender.shutdown(socket.SHUT_RDWR)


def main(arguments: Sequence[str]) -> int:
    """Run the webhook until it is told to end; returns its exit code."""
    parser = argparse.ArgumentParser(prog="server.hook")
    parser.add_argument("--gate", type=Path, required=True)
    parser.add_argument("--secret", type=Path, required=True)
    parser.add_argument("--keeper", type=Path, required=True)
    parser.add_argument("--tenant", type=bytes.fromhex, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=program.follow, args=(ended,), daemon=True).start()
    try:
        forbid_core_dumps()
        _run(options, ended)
    except ServerError as error:
        sys.stderr.write(f"hook: {error}\n")
        return error.exit_code
    return 0


def _run(options: argparse.Namespace, ended: threading.Event) -> None:
    secret = read_secret(options.secret).strip()
    if len(secret) < SECRET_BYTES:
        msg = f"{options.secret} is too short: write {SECRET_BYTES} characters or more"
        raise UsageError(msg)
    judge = Judge(secret, options.tenant, int(time.time()))
    hook = Hook(judge, options.keeper)
    pair = Certificate(options.gate)
    try:
        server = _Server((options.host, options.port), hook, pair)
    except OSError as error:
        msg = f"the webhook cannot listen on its port: {os.strerror(error.errno or 0)}"
        raise StateError(msg) from None
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        print(f"{READY}{options.host}:{port}", flush=True)  # noqa: T201 - `serve` reads it
        while not ended.wait(TICK_SECONDS):
            hook.tell(time.monotonic())
        server.shutdown()
