# SPDX-License-Identifier: Apache-2.0
"""What the tokens of some three hundred services look like."""
