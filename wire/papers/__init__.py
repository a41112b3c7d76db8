# SPDX-License-Identifier: Apache-2.0
"""What a third party can check without the collector, with this package alone."""
