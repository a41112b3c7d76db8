# SPDX-License-Identifier: Apache-2.0
"""The probe's program: limits itself, gives up its rights, asks the network, ends.

Rules: started by `start.py` alone; standard output carries the answer and nothing else;
only what asks by ICMP is opened before the rights are gone, and nothing read before;
of files it sees a resolver's and the authorities'; an error is an exit code.
Not here: what may be asked (`probe_seam.py`), the probes (`probes/`).
"""

import encodings.idna  # noqa: F401 - sockets and TLS want it when no file can be read
import sys
from collections.abc import Callable, Sequence
from functools import partial

from agent.budget import PROBE_FILES
from agent.host.interface import ProbeVerb
from agent.sidecar.confined import give_up_rights, limit
from agent.sidecar.probe_question import Probe, decode_probe
from agent.sidecar.probes import certificate, connect, lookup
from agent.sidecar.program import run
from agent.sidecar.question import (
    NO_PROBE,
    RIGHTS_KEPT,
    Answer,
    encode_answer,
    encode_reason,
)

_Work = Callable[[Probe], Answer]
_PROBES: dict[ProbeVerb, _Work] = {
    ProbeVerb.LOOKUP: lookup.answer,
    ProbeVerb.CONNECT: connect.answer,
    ProbeVerb.CERTIFICATE: certificate.answer,
}


def main(arguments: Sequence[str]) -> int:
    """Do what the one argument asks, and write the answer."""
    return run(lambda: _answer(decode_probe(arguments[0])))


def _answer(probe: Probe) -> bytes:
    limit(probe.memory, probe.processor, probe.parent)
    work = _PROBES.get(probe.verb) or _by_echo(probe)
    if work is None:
        return encode_reason(NO_PROBE)
    _hide_files()
    if not give_up_rights(probe.parent, PROBE_FILES):
        return encode_reason(RIGHTS_KEPT)
    return encode_answer(work(probe))


if sys.platform == "win32":
    from agent.sidecar.probes import echo_windows

    _BY_ECHO = {ProbeVerb.PING, ProbeVerb.TRACE, ProbeVerb.PATH_MTU}

    def _by_echo(probe: Probe) -> _Work | None:
        """Return what does a probe, with the handles that it opened with its rights."""
        if probe.verb not in _BY_ECHO:
            return None
        return partial(echo_windows.answer, opened=echo_windows.open_handles())

    def _hide_files() -> None:
        """Do nothing: low integrity writes nothing, and nobody's files are read."""

else:
    from agent.sidecar.landlock import see_only
    from agent.sidecar.probes import path_mtu, ping, trace

    _FILES = ("/etc", "/lib", "/lib64", "/run", "/usr")
    """Where a resolver's settings and plug-ins and the authorities are."""

    def _hide_files() -> None:
        """Hide all other files, the agent's own above all; where the kernel can."""
        see_only(_FILES)

    def _by_echo(probe: Probe) -> _Work | None:
        """Return what does a probe, with the socket it needs rights for."""
        if probe.verb is ProbeVerb.PING:
            return partial(ping.answer, opened=ping.open_sockets(probe.family))
        return {
            ProbeVerb.TRACE: trace.answer,
            ProbeVerb.PATH_MTU: path_mtu.answer,
        }.get(probe.verb)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
