# SPDX-License-Identifier: Apache-2.0
"""Many devices before real gates: what a batch costs, and what a fleet does to them."""
