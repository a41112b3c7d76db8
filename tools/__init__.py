# SPDX-License-Identifier: Apache-2.0
"""Programs for those who work on the product: the demo and the generator.

Rules: run from the repository, never installed.
Not here: the product.
"""
