# SPDX-License-Identifier: Apache-2.0
"""One request and its answer on a connection, for uvicorn.

Rules: an answer that is there as a whole goes out in one write, for a head of its own
would be another record of TLS and another call of the kernel; whatever else is to be
sent is left to uvicorn.
Not here: parsing and time (`connections.py`), what is answered (`asked.py`).
"""

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent


class Exchange(RequestResponseCycle):
    """Keeps the begin of an answer back until its body is there."""

    _begun: "HTTPResponseStartEvent | None" = None

    async def send(self, message: "ASGISendEvent") -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start" and not self.response_started:
            self._begun = message
            return
        begun, self._begun = self._begun, None
        if begun is not None and message["type"] == "http.response.body":
            whole = not message.get("more_body", False)
            if whole and self._sent_whole(begun, message.get("body", b"")):
                return
            await super().send(begun)
        await super().send(message)

    def _sent_whole(self, begun: "HTTPResponseStartEvent", body: bytes) -> bool:
        """Send an answer in one write; false where there is more to it than that."""
        headers = [*self.default_headers, *begun.get("headers", ())]
        stated = False
        lines = [STATUS_LINE[begun["status"]]]
        for name, value in headers:
            if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
                return False
            lower = name.lower()
            if lower == b"content-length":
                stated = value == b"%d" % len(body)
            elif lower == b"connection":
                if value.lower() != b"close":
                    return False
                self.keep_alive = False
            elif lower == b"transfer-encoding":
                return False
            if lower != b"connection":
                lines += (lower, b": ", value, b"\r\n")
        ready = stated and not self.disconnected and not self.flow.write_paused
        if not ready or self.scope["method"] == "HEAD":
            return False
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        lines.append(body)
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(b"".join(lines))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True
