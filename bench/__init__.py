# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: each figure beside its floor, measured in the same run.

Rules: processor time and memory, not wall time; medians; ratios are what is quoted.
Not here: tests (nothing here fails because a machine is slow).
"""
