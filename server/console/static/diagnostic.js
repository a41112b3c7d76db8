// SPDX-License-Identifier: Apache-2.0
// Sends what is signed, and follows what takes long until it is over. Without it a person
// presses the button, and the page is loaded again by itself.
"use strict";

const FIRST = 100;
const GROWS = 1.3;
const LOOK = 1000;
const AWAY = 5000;
let next = FIRST; // most are over in a moment, and who waits for a yes waits for minutes
const send = document.getElementById("send");
const state = document.getElementById("state");
const progress = document.getElementById("progress");
const away = document.getElementById("away");
const offline = document.getElementById("offline");

function show(told) {
  if (state.textContent !== told.words) {
    state.textContent = told.words;
  }
  if (offline) {
    offline.hidden = !told.waiting;
  }
  if (told.of) {
    progress.max = told.of;
    progress.value = told.done;
  }
}

function lost(isLost) {
  const words = isLost ? away.dataset.words : "";
  if (away.textContent !== words) away.textContent = words;
}

async function look() {
  let wait = next = Math.min(next * GROWS, LOOK);
  try {
    const answer = await fetch(state.dataset.follow, { redirect: "error" });
    if (answer.status === 401 || answer.status === 403) {
      location.reload();
      return;
    }
    if (answer.ok) {
      const told = await answer.json();
      if (told.over) {
        location.reload();
        return;
      }
      show(told);
      lost(false);
    } else {
      lost(true);
      wait = AWAY;
    }
  } catch {
    lost(true);
    wait = AWAY;
  }
  setTimeout(look, wait);
}

if (send) {
  send.requestSubmit();
} else if (state && state.dataset.follow) {
  setTimeout(look, FIRST);
}
