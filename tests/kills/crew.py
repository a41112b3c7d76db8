# SPDX-License-Identifier: Apache-2.0
"""Several kills at a time: each worker is a process with a scene of its own.

Rules: verdicts come in the order in which trials were given; how far it is and how long
it will take is told each minute, so that a long run can be left and gone on with.
Not here: which steps are tried (`__main__.py`), a trial (`kill.py`).
"""

import gc
import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.kills.kill import Step, Verdict, trial
from tests.kills.scene import Scene, begin

TOLD_SECONDS = 60
_scenes: list[Scene] = []
"""The scene of this process, where it is a worker."""


def verdicts(
    name: str,
    tried: Sequence[Sequence[Step]],
    work: Path,
    *,
    planted: str,
    workers: int,
) -> Iterator[Verdict]:
    """Yield what came of each trial.

    Args:
        name: of the trials, for people.
        tried: the kills of each.
        work: a directory for the workers' scenes.
        planted: a defect of the agent's story; none where empty.
        workers: how many at a time.
    """
    began = told = time.monotonic()
    with ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_ready,
        initargs=(work, planted),
    ) as pool:
        for number, verdict in enumerate(pool.map(_try, tried), 1):
            yield verdict
            now = time.monotonic()
            if now - told >= TOLD_SECONDS:
                told = now
                left = (now - began) / number * (len(tried) - number) / 60
                sys.stderr.write(
                    f"{name}: {number} of {len(tried)}, {left:.0f} minutes to go\n"
                )


def _ready(work: Path, planted: str) -> None:
    """Make the scene; what a fork would load or look through for garbage, it need not.

    That takes a third off a trial.
    """
    for module in ("uvicorn.loops.uvloop", "uvicorn.lifespan.off"):
        importlib.import_module(module)
    _scenes.append(begin(work / f"scene-{os.getpid()}", planted))
    gc.collect()
    gc.freeze()


def _try(kills: Sequence[Step]) -> Verdict:
    scene = _scenes[0]
    return trial(scene, kills, scene.folder.with_name(f"trial-{os.getpid()}"))
