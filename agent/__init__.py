# SPDX-License-Identifier: Apache-2.0
"""The endpoint's side: plan, collect, redact, seal, spool, ship."""
