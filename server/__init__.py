# SPDX-License-Identifier: Apache-2.0
"""The collector's side: take in blindly, keep sealed, open for a purpose."""
