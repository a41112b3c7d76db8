# SPDX-License-Identifier: Apache-2.0
"""A buffer before the store, for a store that is away."""
