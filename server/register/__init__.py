# SPDX-License-Identifier: Apache-2.0
"""What the keeper must remember: its clock, its jobs, its certificates; one file each.

Rules: no table has an opened row or a value from data.
Not here: acting on it (`server/keeper`).
"""
