# SPDX-License-Identifier: Apache-2.0
"""Several kills at a time: each worker is a process with a scene of its own.

Rules: verdicts come in the order in which trials were given.
Not here: which steps are tried (`__main__.py`), a trial (`kill.py`).
"""

import gc
import importlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from server.gate.openapi import document
from tests.kills.kill import Step, Verdict, trial
from tests.kills.scene import Scene, begin

_scenes: list[Scene] = []
"""The scene of this process, where it is a worker."""


def verdicts(
    tried: Sequence[Sequence[Step]],
    work: Path,
    *,
    planted: str,
    workers: int,
) -> Iterator[Verdict]:
    """Yield what came of each trial.

    Args:
        tried: the kills of each.
        work: a directory for the workers' scenes.
        planted: a defect of the agent's story; none where empty.
        workers: how many at a time.
    """
    with ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_ready,
        initargs=(work, planted),
    ) as pool:
        yield from pool.map(_try, tried)


def _ready(work: Path, planted: str) -> None:
    """Make the scene; what a fork would load, make or look through, it need not.

    That takes a half off a trial.
    """
    for module in ("auto", "uvloop"):
        importlib.import_module(f"uvicorn.loops.{module}")
    importlib.import_module("uvicorn.lifespan.off")
    document()
    _scenes.append(begin(work / f"scene-{os.getpid()}", planted))
    gc.collect()
    gc.freeze()


def _try(kills: Sequence[Step]) -> Verdict:
    scene = _scenes[0]
    return trial(scene, kills, scene.folder.with_name(f"trial-{os.getpid()}"))
