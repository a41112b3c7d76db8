# SPDX-License-Identifier: Apache-2.0
"""What was opened and projected, in formats that other programs read."""
