# SPDX-License-Identifier: Apache-2.0
"""What the stream that shipments wait in is asked to be, and what of one is not.

Rules: it is made so where there is none, and never changed.
Not here: asking for it (`cluster.py`), how much of it is used (`room.py`).
"""

from nats.js import api

from server.configuration_intake import IntakeSettings
from server.gate.intake.bounds import HELD_SECONDS, MESSAGE_BYTES, SAME_SECONDS

SHIPMENTS, ASIDE = "shipments", "aside"
CONSUMER = "store"


def subject(settings: IntakeSettings, kind: str) -> str:
    """Return where messages of a kind are put."""
    return f"{settings.stream}.{kind}"


def wanted(settings: IntakeSettings) -> api.StreamConfig:
    """Return the stream that is asked for."""
    return api.StreamConfig(
        name=settings.stream,
        subjects=[subject(settings, SHIPMENTS), subject(settings, ASIDE)],
        retention=api.RetentionPolicy.WORK_QUEUE,
        storage=api.StorageType.FILE,
        discard=api.DiscardPolicy.NEW,
        num_replicas=settings.replicas,
        max_age=settings.keep,
        max_bytes=settings.size,
        max_msg_size=MESSAGE_BYTES,
        duplicate_window=SAME_SECONDS,
    )


def consumer(settings: IntakeSettings) -> api.ConsumerConfig:
    """Return how gates share what waits there."""
    return api.ConsumerConfig(
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=HELD_SECONDS,
        max_deliver=-1,
        filter_subject=subject(settings, SHIPMENTS),
    )


def wrong(found: api.StreamConfig, asked: api.StreamConfig) -> str:
    """Return what of a stream is not as it should be; empty where all is."""
    for name in ("retention", "storage", "discard", "num_replicas", "max_msg_size"):
        if getattr(found, name) != getattr(asked, name):
            return name
    if set(found.subjects or ()) != set(asked.subjects or ()):
        return "list of subjects"
    if not 0 < (found.max_age or 0) <= (asked.max_age or 0):
        return "max_age"
    if not 0 < (found.max_bytes or 0) <= (asked.max_bytes or 0):
        return "max_bytes"
    copies = ("mirror", "sources", "republish", "no_ack", "sealed")
    return next((name for name in copies if getattr(found, name)), "")
