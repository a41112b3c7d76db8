// SPDX-License-Identifier: Apache-2.0
// Says that a reading is under way, and reads what is measured anew each minute where
// the person asked for that. Without it a person waits, and presses "Read again".
"use strict";

const MINUTE = 60000;
const busy = document.getElementById("busy");
const again = document.getElementById("again");
const live = document.getElementById("live");
const state = document.getElementById("live-state");
let left = 0;
let timer = 0;

function rest() {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    delete form.dataset.sent;
  }
  if (busy) busy.firstElementChild.hidden = true;
}

function sent(event) {
  const form = event.target;
  const file = event.submitter && "file" in event.submitter.dataset;
  if (!("busy" in form.dataset) || file || event.defaultPrevented) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  if (busy) busy.firstElementChild.hidden = false;
}

function tell(name) {
  state.textContent = name ? state.dataset[name] : "";
}

function put(answer) {
  const old = document.getElementById("fresh");
  const fresh = document.importNode(answer.getElementById("fresh"), true);
  const folds = fresh.querySelectorAll("details");
  old.querySelectorAll("details").forEach((one, place) => {
    if (folds[place]) folds[place].open = one.open;
  });
  old.replaceWith(fresh);
}

function stop(name) {
  live.checked = false;
  clearTimeout(timer);
  tell(name);
}

function wait() {
  clearTimeout(timer);
  timer = setTimeout(read, MINUTE);
}

function read() {
  if (document.hidden) return;
  if (left === 0) {
    stop("over");
    return;
  }
  left -= 1;
  const asked = new XMLHttpRequest();
  asked.open("POST", again.getAttribute("action"));
  asked.responseType = "document";
  asked.timeout = MINUTE;
  asked.onload = () => {
    if (!live.checked) return;
    if (asked.status === 200 && asked.response.getElementById("fresh")) {
      put(asked.response);
      tell("on");
      wait();
    } else if (asked.status >= 500) {
      tell("away");
      wait();
    } else {
      stop("stopped");
    }
  };
  asked.onerror = asked.ontimeout = () => {
    if (!live.checked) return;
    tell("away");
    wait();
  };
  asked.send(new URLSearchParams(new FormData(again)));
}

document.addEventListener("submit", sent);
addEventListener("pageshow", rest);
if (live) {
  live.closest("label").hidden = false;
  live.addEventListener("change", () => {
    left = Number(again.dataset.times);
    tell(live.checked ? "on" : "");
    if (live.checked) wait();
    else clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => {
    if (live.checked && !document.hidden) read();
  });
}
