# SPDX-License-Identifier: Apache-2.0
"""Looks at the way to the collector: proxy, network, TLS, who answers, what time it is.

Rules: each step is a finding of its own, so that it shows where the way ends; who opens
TLS on the way is named by the issuer that it shows, with what to ask for; nothing is
asked of anybody but the signed introduction, and no secret leaves.
Not here: the socket (`agent/delivery/transport.py`), whose word counts
(`agent/delivery/introduction.py`, `agent/enrolment.py`).
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent import enrol_file
from agent.authority import pins
from agent.budget import DOCTOR_SECONDS
from agent.commands._doctor_finding import Finding, Level, Patient
from agent.commands._network import proxy_for
from agent.delivery.introduction import introduce, newest
from agent.delivery.proxies import Proxy, has_variable, parse_url
from agent.delivery.transport import InterceptedError, Session, presented, reach
from agent.device import at_work, time_of, trust_of
from agent.enrolment import meet
from agent.errors import AgentError, NetworkError
from agent.host.system_proxy import system_proxies
from agent.own_looks import level_of_clock
from agent.printable import printable
from wire.crypto.x509_facts import parse_certificate
from wire.errors import WireError
from wire.messages import Introduction

System = Callable[[], float]
_LATER = ("network", "tls", "collector", "time")
_ISSUER_CHARS = 64


@dataclass(frozen=True, slots=True)
class Way:
    """Where the collector is, and what asks it who it is.

    Attributes:
        url: its address.
        proxy: what is in between.
        ask: returns its introduction, and whether its certificate's dates fit here.
    """

    url: str
    proxy: Proxy | None
    ask: Callable[[], tuple[Introduction, bool]]


def look_at_way(patient: Patient, system: System = time.time) -> Iterator[Finding]:
    """Look at the way, step by step, as far as it goes."""
    left = list(_LATER)
    try:
        way = _way(patient, system)
    except AgentError as problem:
        yield Finding("proxy", Level.FAIL, str(problem), "correct the setting")
        yield from _unseen(left, "the way to the collector is not known")
        return
    if way is None:
        why = "no collector is known before enrolment"
        yield from _unseen(["proxy", *left], why)
        return
    yield _proxy(patient, way)
    address = parse_url(way.url)
    try:
        reach(address, way.proxy).close()
    except NetworkError as problem:
        yield Finding("network", Level.FAIL, str(problem), f"to {address.authority}")
        yield from _unseen(left[1:], "the collector cannot be reached")
        return
    yield Finding("network", Level.OK, f"{address.authority} can be reached")
    yield from _answers(way, system)


def _answers(way: Way, system: System) -> Iterator[Finding]:
    """Look at who answers, and at the time."""
    began = system()
    try:
        introduction, dated = way.ask()
    except InterceptedError:
        yield _intercepted(way)
        yield from _unseen(_LATER[2:], "something answers in the collector's place")
        return
    except WireError as problem:
        yield Finding("tls", Level.OK, "TLS 1.3")
        told = f"another one answers: {problem}"
        yield Finding("collector", Level.FAIL, told, "ask the provider")
        yield from _unseen(_LATER[3:], "nobody who is believed tells it")
        return
    except AgentError as problem:
        yield Finding("tls", Level.FAIL, str(problem))
        yield from _unseen(_LATER[2:], "TLS does not come about")
        return
    yield Finding("tls", Level.OK, "TLS 1.3, unopened on the way")
    yield Finding("collector", Level.OK, "it answers, and is the one that is pinned")
    off = int((began + system()) / 2) - introduction.server_time
    yield _time(off, dated=dated)


def _way(patient: Patient, system: System) -> Way | None:
    if patient.who is not None:
        return _of_device(patient)
    if patient.closed:
        return None
    file = enrol_file.find(patient.place, patient.settings.directory)
    if file is None:
        return None
    token, _ = file.words()
    proxy = proxy_for(token.url, patient.options)

    def ask() -> tuple[Introduction, bool]:
        met = meet(token, proxy, system)
        with Session(token.url, (met.certificate,), proxy, DOCTOR_SECONDS) as session:
            found, _ = introduce(session, newest(met.root))
            return found, not session.dates_ignored

    return Way(token.url, proxy, ask)


def _of_device(patient: Patient) -> Way | None:
    who = patient.who
    if who is None:
        return None
    proxy = proxy_for(who.url, patient.options)
    trust = None
    try:
        with at_work(patient.place, who, mend=False) as device:
            trust = trust_of(device, time_of(device))
    except AgentError:  # the look at the spool tells of it
        trust = None
    authorities = pins(who, trust)
    root = who.root if trust is None else trust.root

    def ask() -> tuple[Introduction, bool]:
        with Session(who.url, authorities, proxy, DOCTOR_SECONDS) as session:
            found, _ = introduce(session, newest(root))
            return found, not session.dates_ignored

    return Way(who.url, proxy, ask)


def _proxy(patient: Patient, way: Way) -> Finding:
    scripts = any(place.script for place in system_proxies())
    if way.proxy is None and scripts:
        told = "none is named; a script (PAC) would name one, and none is run"
        advice = "where the collector is not reached, set proxy in agent.toml"
        return Finding("proxy", Level.WARN, told, advice)
    if way.proxy is None:
        return Finding("proxy", Level.OK, "none")
    if patient.options.proxy:
        source = "as it is set"
    elif has_variable(os.environ):
        source = "by https_proxy, unless network.toml names it"
    else:
        source = "by network.toml or the system's settings"
    told = f"{printable(way.proxy.host)}:{way.proxy.port}, {source}"
    return Finding("proxy", Level.OK, told)


def _intercepted(way: Way) -> Finding:
    """Say who opens TLS on the way, and what to ask for."""
    address = parse_url(way.url)
    shown = "it shows no certificate that can be read"
    try:
        facts = parse_certificate(presented(address, way.proxy))
    except (AgentError, OSError):
        facts = None
    if facts is not None and facts.issuer:
        name = printable(facts.issuer)[:_ISSUER_CHARS]
        shown = f"its certificate is issued by {name!r}, not by the collector's own CA"
    told = f"something on the way opens TLS, or answers itself: {shown}"
    advice = (
        "ask who runs that proxy, firewall or virus scanner to let "
        f"{address.authority} through without inspection (a TLS bypass); sign in if "
        "the network asks for it"
    )
    return Finding("tls", Level.FAIL, told, advice)


def _time(off: int, *, dated: bool) -> Finding:
    """Say how far this machine's clock is off; it is never corrected here."""
    if Level(level_of_clock(off)) is Level.OK:
        if not dated:
            told = "the collector's certificate is not of this time"
            return Finding("time", Level.WARN, told, "ask the provider to renew it")
        return Finding("time", Level.OK, f"within {max(abs(off), 1)} s of the signed")
    where = "ahead of" if off > 0 else "behind"
    told = f"this machine's clock is {_long(abs(off))} {where} the collector's"
    advice = "set it, or start time synchronisation; the agent goes by signed time"
    return Finding("time", Level.WARN, told, advice)


def _long(seconds: int) -> str:
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} seconds"


def _unseen(checks: list[str] | tuple[str, ...], why: str) -> Iterator[Finding]:
    for check in checks:
        yield Finding(check, Level.SKIP, why)
