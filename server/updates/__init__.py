# SPDX-License-Identifier: Apache-2.0
"""The repository from which agents take their updates: made, signed and kept fresh."""
