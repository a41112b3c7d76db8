# SPDX-License-Identifier: Apache-2.0
"""Steps that diagnostics share.

Rules: no diagnostic here.
Not here: steps that collectors share as well (`agent/collectors/_shared`).
"""
