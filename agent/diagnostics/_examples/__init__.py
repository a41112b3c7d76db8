# SPDX-License-Identifier: Apache-2.0
"""Examples of diagnostics whose file is long without them.

Rules: a module here has the name of its diagnostic and declares EXAMPLES; it is
imported when the examples are asked for, which no agent does.
Not here: examples of short diagnostics, which are in their own file.
"""
