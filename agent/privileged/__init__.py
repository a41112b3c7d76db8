# SPDX-License-Identifier: Apache-2.0
"""A process that reads for the agent what only root can; see docs/adr/0046."""
