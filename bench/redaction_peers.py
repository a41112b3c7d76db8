# SPDX-License-Identifier: Apache-2.0
"""Other redactors, each installed into an environment of its own.

Rules: as their documents show them, with the recognisers that fit log lines; a peer
that cannot be installed is named with the reason.
Not here: measuring them (`redaction_beside.py`).
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ENVIRONMENTS = Path(__file__).resolve().parent / "results" / "peers"
_SECONDS = 900


@dataclass(frozen=True)
class Peer:
    """One redactor.

    Attributes:
        name: with its version.
        command: reads lines, writes lines.
        lines: how many it is given: a slow one gets few.
        missing: why it is not there; empty where it is.
    """

    name: str
    command: Sequence[str] = field(default=())
    lines: int = 0
    missing: str = ""


_PRESIDIO = """
import logging, re, sys
logging.disable(logging.CRITICAL)
import spacy
import tldextract.tldextract as domains
import presidio_analyzer.predefined_recognizers as known
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
domains.TLD_EXTRACTOR = domains.TLDExtract(cache_dir=None, suffix_list_urls=())
class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}
registry = RecognizerRegistry()
for name in ("CreditCard", "Email", "Ip", "Iban", "Phone", "UsSsn", "MacAddress"):
    registry.add_recognizer(getattr(known, name + "Recognizer")())
engine = AnalyzerEngine(registry=registry, nlp_engine=Blank())
for line in sys.stdin:
    line = line.rstrip("\\n")
    spans = sorted((r.start, r.end) for r in engine.analyze(line, language="en"))
    found, at = [], 0
    for start, end in spans:
        if start >= at:
            found += [line[at:start], "[X]"]
        at = max(at, end)
    print("".join(found) + line[at:])
"""
_SCRUBADUB = """
import sys
import scrubadub
scrubber = scrubadub.Scrubber()
for line in sys.stdin:
    print(scrubber.clean(line.rstrip("\\n")).replace("\\n", " "))
"""
_DATAFOG = """
import sys
import datafog
for line in sys.stdin:
    print(datafog.sanitize(line.rstrip("\\n"), engine="regex"))
"""
_PYTHON = (
    ("presidio-analyzer", "2.2.366", _PRESIDIO, 1_500),
    ("scrubadub", "2.0.1", _SCRUBADUB, 4_000),
    ("datafog", "4.9.0", _DATAFOG, 10_000),
)
_RSYSLOGD = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
_MMANON = """
import pathlib, shutil, signal, subprocess, sys, tempfile, time
with tempfile.TemporaryDirectory() as place:
    source, sink = pathlib.Path(place, "in"), pathlib.Path(place, "out")
    end = 0
    with source.open("wb") as kept:
        while chunk := sys.stdin.buffer.read(1 << 16):
            end += chunk.count(b"\\n")
            kept.write(chunk)
    sink.touch()
    pathlib.Path(place, "conf").write_text(f'''
global(workDirectory="{place}" maxMessageSize="64k")
module(load="imfile")
module(load="mmanon")
template(name="raw" type="string" string="%msg%\\\\n")
input(type="imfile" file="{source}" tag="x" ruleset="anonymise")
ruleset(name="anonymise") {{
  action(
    type="mmanon" ipv4.mode="random-consistent" ipv6.enable="on"
    ipv6.anonmode="random-consistent"
  )
  action(type="omfile" file="{sink}" template="raw")
}}
''')
    command = [RSYSLOGD, "-n", "-f", f"{place}/conf", "-i", f"{place}/pid"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as daemon, sink.open("rb") as made:
        count = 0
        waited = time.monotonic()
        while count < end and time.monotonic() - waited < 120:
            time.sleep(0.2)
            while chunk := made.read(1 << 16):
                count += chunk.count(b"\\n")
                waited = time.monotonic()
            if daemon.poll() is not None:
                sys.exit("rsyslogd ended")
        daemon.send_signal(signal.SIGTERM)
    with sink.open("rb") as made:
        shutil.copyfileobj(made, sys.stdout.buffer)
"""


def peers() -> Iterator[Peer]:
    """Yield the peers, installed as they are asked for."""
    for package, version, script, lines in _PYTHON:
        name = f"{package} {version}"
        place = ENVIRONMENTS / package
        missing = _installed(place, package, version)
        if missing:
            yield Peer(name, missing=missing)
        else:
            python = str(place / "bin" / "python")
            yield Peer(name, (python, "-W", "ignore", "-c", script), lines)
    name = "rsyslog mmanon, addresses only"
    if _RSYSLOGD is None:
        yield Peer(name, missing="not installed: apt-get install rsyslog")
    else:
        script = _MMANON.replace("RSYSLOGD", repr(_RSYSLOGD))
        yield Peer(name, (sys.executable, "-I", "-c", script), 30_000)


def _installed(place: Path, package: str, version: str) -> str:
    """Install a package where it is not; return why it cannot be, or nothing."""
    python = str(place / "bin" / "python")
    if _version(python, package) == version:
        return ""
    print(f"  installing {package} {version} into {place}", file=sys.stderr)
    shutil.rmtree(place, ignore_errors=True)
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(place)],
        [*pip, "--only-binary", ":all:", f"{package}=={version}"],
    ):
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
        except (OSError, subprocess.SubprocessError) as problem:
            return f"not installed: {type(problem).__name__}"
    return ""


def _version(python: str, package: str) -> str:
    """Return which version of a package is there; nothing where it is not."""
    ask = f"import importlib.metadata as known; print(known.version({package!r}))"
    try:
        done = subprocess.run(
            [python, "-I", "-c", ask], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
