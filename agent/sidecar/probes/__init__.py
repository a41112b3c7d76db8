# SPDX-License-Identifier: Apache-2.0
"""What a probe does, one file each with `answer` of a question.

Rules: imported by the probe's own process; nothing of the machine is read; every loop
ends by time and by number; an answer's content is not looked at beyond its head.
Not here: the process (`probe_child.py`), who may ask (`probe_seam.py`).
"""
