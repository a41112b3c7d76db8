# SPDX-License-Identifier: Apache-2.0
"""Updates of the agent: which release, whether it is trusted, how it is installed."""
