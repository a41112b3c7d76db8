// SPDX-License-Identifier: Apache-2.0
// Takes the signed order back to the console that this program was told.
"use strict";

document.getElementById("back").submit();
