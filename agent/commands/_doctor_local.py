# SPDX-License-Identifier: Apache-2.0
"""Looks at what is on this machine: settings, rights, disk, identity, policy, spool.

Rules: nothing is written but one file of a few kilobytes, which is removed at once, for
only that tells of a full or read-only disk; a damaged spool is not mended.
Not here: the way to the collector (`_doctor_way.py`), who runs the agent
(`_doctor_service.py`).
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from agent import enrol_file
from agent.budget import SPOOL_BYTES
from agent.collectors import names
from agent.commands._doctor_finding import Finding, Level, Patient
from agent.commands._tables import moment, size
from agent.delivery.courier import failing
from agent.delivery.network_file import proxy_setting
from agent.device import at_work, can_name, time_of
from agent.effective import effective_policy
from agent.errors import AgentError, NotEnrolledError, StateError, UsageError
from agent.fared import recall
from agent.governor.strikes import struck_out
from agent.host.access import PRIVATE_ADVICE, STATE_VARIABLE, is_private
from agent.identity import load, trusted
from agent.own_looks import SOON_SECONDS, UNREAD, level_of_room
from agent.remedy import probe, remedy
from agent.settings import (
    CONFIG_VARIABLE,
    LOG_VARIABLE,
    NAME,
    PROXY_VARIABLE,
    configure,
)
from agent.state import state_at
from wire.errors import WireError
from wire.policy import Policy
from wire.release import __version__

_PREFIX = "DISCREET_AGENT_"
_VARIABLES = (
    *(CONFIG_VARIABLE, LOG_VARIABLE, PROXY_VARIABLE, STATE_VARIABLE),
    *("DISCREET_AGENT_ROOT", "DISCREET_AGENT_WINDOW"),
)
_OTHERS_READ = 0o007
_SHOWN = 5
_CLOSED = "the state directory is not this user's to look into"
_AS_OWNER = "run it as root or as the agent's own user"


def look_at_settings(patient: Patient) -> Iterator[Finding]:
    """Look at `agent.toml`, variables and the older `network.toml`."""
    options = patient.options
    try:
        patient.settings = configure(options)
    except UsageError as problem:
        yield Finding("settings", Level.FAIL, str(problem), "correct it")
        patient.state = state_at(options.state)
        return
    patient.state = state_at(options.state)
    yield from _variables(os.environ)
    found = patient.settings
    path = found.directory / NAME
    try:
        older = found.proxy is None and proxy_setting(patient.state) is not None
    except AgentError as problem:
        older = False
        if isinstance(problem, UsageError):
            yield Finding("settings", Level.FAIL, str(problem), "correct it")
    if found.found and "@" in (found.proxy or "") and _is_open(path):
        told = f"everybody on this machine can read {NAME}, and it has a password"
        yield Finding(
            "settings",
            Level.WARN,
            told,
            f"run chgrp discreet-agent and chmod 640 on {NAME}",
        )
        return
    named = NAME if found.found else f"no {NAME}, so what is usual"
    yield Finding("settings", Level.OK, named + (", and network.toml" * older))


def _variables(environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in _VARIABLES:
            from difflib import get_close_matches  # noqa: PLC0415 - for a mistake

            near = get_close_matches(name, _VARIABLES, 1) or _VARIABLES[:1]
            told = "a variable of the agent's that does not exist is set"
            yield Finding("settings", Level.WARN, told, f"did you mean {near[0]}?")


def _is_open(path: Path) -> bool:
    with suppress(OSError):
        return os.name != "nt" and bool(path.stat().st_mode & _OTHERS_READ)
    return False


def look_at_rights(patient: Patient) -> Iterator[Finding]:
    """Look at who may use the state directory."""
    place = patient.place.directory
    if not place.exists():
        advice = "enrol, or let the service begin"
        yield Finding("rights", Level.WARN, "no state directory is here yet", advice)
        return
    try:
        wanted = os.R_OK | os.X_OK | (0 if _takes_nothing(place) else os.W_OK)
        closed = not os.access(place, wanted)
        private = closed or is_private(place)
    except OSError:
        closed, private = True, True
    patient.closed = closed
    if closed:
        yield Finding("rights", Level.FAIL, _CLOSED, _AS_OWNER)
    elif not private:
        told = "others can write the state directory"
        yield Finding("rights", Level.FAIL, told, f"{PRIVATE_ADVICE} first")
    else:
        yield Finding("rights", Level.OK, "the state directory is its owner's alone")


def _takes_nothing(place: Path) -> bool:
    """Tell whether its disk is there to be read alone: then nobody may write it."""
    told = getattr(os, "statvfs", None)
    return told is not None and bool(told(place).f_flag & getattr(os, "ST_RDONLY", 0))


def look_at_disk(patient: Patient) -> Iterator[Finding]:
    """Look at whether the disk takes what is written."""
    place = patient.place.directory
    if patient.closed or not place.exists():
        yield _skip("disk", _CLOSED if patient.closed else "no state directory is here")
        return
    try:
        free = shutil.disk_usage(place).free
        probe(place)
    except OSError:
        told = "the disk of the state directory takes nothing"
        yield Finding("disk", Level.FAIL, told, remedy(place))
        return
    told, level = f"{size(free)} are free", Level(level_of_room(free))
    if level is Level.FAIL:
        yield Finding("disk", level, told, "free some space: log reading stops")
    elif level is Level.WARN:
        most = f"the queue may need {size(SPOOL_BYTES)} while the collector is away"
        yield Finding("disk", level, told, most)
    else:
        yield Finding("disk", level, told)


def look_at_identity(patient: Patient) -> Iterator[Finding]:
    """Look at whether this machine is enrolled, or will be."""
    if patient.closed:
        yield _skip("enrolment", _CLOSED)
        return
    state = patient.place
    try:
        patient.who = load(state)
    except NotEnrolledError:
        yield _unenrolled(patient)
        return
    except StateError as problem:
        yield Finding("enrolment", Level.FAIL, str(problem), "restore or enrol anew")
        return
    told = f"device {patient.who.device.hex()}"
    yield Finding("enrolment", Level.OK, told)


def _unenrolled(patient: Patient) -> Finding:
    state = patient.place
    try:
        file = enrol_file.find(state, patient.settings.directory)
        if file is not None:
            file.words()
    except AgentError as problem:
        return Finding("enrolment", Level.FAIL, str(problem), "correct enrol.toml")
    if file is None:
        told = "this machine is not enrolled"
        advice = "run discreet-agent enrol TOKEN, or write enrol.toml"
        return Finding("enrolment", Level.FAIL, told, advice)
    why = ""
    with suppress(StateError):
        why = failing(state)
    if why:
        return Finding("enrolment", Level.FAIL, f"not enrolled yet: {why}")
    told = "enrol.toml is here, and serves at the next start of the agent"
    return Finding("enrolment", Level.WARN, told, "start the agent")


def look_at_spool(patient: Patient) -> Iterator[Finding]:
    """Look at the queue."""
    if patient.who is None:
        yield _skip("spool", "there is none before enrolment")
        return
    try:
        with at_work(patient.place, patient.who, mend=False) as device:
            facts = device.spool.facts()
    except AgentError as problem:
        yield Finding("spool", Level.FAIL, str(problem))
        return
    told = f"{facts.waiting} envelopes wait, {size(facts.octets)}"
    if device.unread:
        yield Finding("spool", Level.FAIL, told, device.unread)
    elif facts.alarms:
        names_of = ", ".join(facts.alarms)
        advice = f"alarm: {names_of}; see discreet-agent status"
        yield Finding("spool", Level.WARN, told, advice)
    else:
        yield Finding("spool", Level.OK, told)


def look_at_policy(patient: Patient) -> Iterator[Finding]:
    """Look at what is to be collected, and what forbids it."""
    if patient.who is None:
        yield _skip("policy", "there is none before enrolment")
        return
    try:
        with at_work(patient.place, patient.who, mend=False) as device:
            now = time_of(device)
            trust = trusted(patient.place, patient.who, now)
            named = can_name(device, trust, now)
        policy = effective_policy(patient.place, trust.policy.policy)
    except (WireError, AgentError) as problem:
        advice = "nothing is collected until this is mended"
        yield Finding("policy", Level.FAIL, str(problem), advice)
        return
    ends = trust.policy.not_after
    told = f"{policy.name}, version {trust.policy.version}, until {moment(ends)}"
    if policy != trust.policy.policy:
        told += ", restricted here"
    if ends - now < SOON_SECONDS:
        advice = "let the agent reach the collector, which has a newer one"
        yield Finding("policy", Level.WARN, told, advice)
    elif not named:
        told += "; no pseudonym keys yet"
        advice = "what needs them is withheld until the next polls"
        yield Finding("policy", Level.WARN, told, advice)
    else:
        yield Finding("policy", Level.OK, told)
    yield _sources(patient, policy)


def _sources(patient: Patient, policy: Policy) -> Finding:
    """Return how the datasets of the policy fared when they were last read."""
    known = frozenset(names())
    wanted = {rule.dataset for rules in policy.purposes for rule in rules.datasets}
    fared = [one for one in recall(patient.place) if one.collector in known & wanted]
    if not fared:
        return Finding("sources", Level.OK, "nothing was read yet")
    out = struck_out(patient.place.strikes, int(time.time()), __version__)
    if out:
        told = f"not read for now, for they ended passes: {', '.join(out)}"
        return Finding("sources", Level.WARN, told, "tell who maintains the agent")
    unread = [one for one in fared if one.outcome in UNREAD]
    if not unread:
        return Finding("sources", Level.OK, f"{len(fared)} datasets were read")
    shown = [f"{one.collector} ({one.outcome})" for one in unread[:_SHOWN]]
    more = f" and {len(unread) - _SHOWN} more" if len(unread) > _SHOWN else ""
    told = f"{len(unread)} of {len(fared)} datasets not: {', '.join(shown)}{more}"
    advice = "denied ones want the root helper or more rights"
    return Finding("sources", Level.WARN, told, advice)


def _skip(check: str, why: str) -> Finding:
    return Finding(check, Level.SKIP, why)
