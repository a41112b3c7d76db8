# SPDX-License-Identifier: Apache-2.0
"""Opens envelopes for a purpose, under a grant, in memory; the only holder of keys."""
