// SPDX-License-Identifier: Apache-2.0
// Asks the passkey, and tells the program on this machine what it said. Nothing is signed
// by a click or a key that comes before a person can have read: it was meant for what was
// in this place before.
"use strict";

const READ = 1000;
const facts = document.body.dataset;
const told = document.getElementById("told");
const yes = document.getElementById("yes");
const no = document.getElementById("no");
let acting = false;
let held = 0;
let focused = false;

function octets(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function get() {
  const made = await navigator.credentials.get({
    publicKey: {
      challenge: octets(facts.challenge),
      rpId: "localhost",
      allowCredentials: [{ type: "public-key", id: octets(facts.credential) }],
      userVerification: "required",
    },
  });
  return {
    authenticator: text(made.response.authenticatorData),
    client: text(made.response.clientDataJSON),
    signature: text(made.response.signature),
  };
}

async function create() {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: octets(facts.challenge),
      rp: { id: "localhost", name: "Discreet diagnostics" },
      user: { id: octets(facts.user), name: facts.name, displayName: facts.name },
      pubKeyCredParams: [
        { type: "public-key", alg: -7 },
        { type: "public-key", alg: -8 },
      ],
      authenticatorSelection: { userVerification: "required" },
      attestation: "none",
    },
  });
  return {
    credential: text(made.rawId),
    algorithm: made.response.getPublicKeyAlgorithm(),
    public: text(made.response.getPublicKey()),
    client: text(made.response.clientDataJSON),
  };
}

async function key() {
  return {};
}

async function tell(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { ok: answer.ok, path, sentence: await answer.text() };
}

function show() {
  yes.disabled = acting || held !== 0;
  no.disabled = acting;
}

function hold() {
  focused ||= document.activeElement === yes;
  clearTimeout(held);
  held = setTimeout(() => {
    held = 0;
    show();
    if (focused) yes.focus();
    focused = false;
  }, READ);
  show();
}

function early(event) {
  const presses = event.type === "pointerdown" || [" ", "Enter"].includes(event.key);
  if (held !== 0 && presses) hold();
}

async function act(answer) {
  acting = true;
  show();
  told.textContent = facts.do === "key" ? "" : facts.working;
  let ended = false;
  try {
    const said = await answer();
    told.textContent = said.sentence;
    ended = said.ok;
    if (said.ok && said.path === "yes" && facts.then) location.replace(facts.then);
  } catch (error) {
    told.textContent =
      error instanceof TypeError
        ? facts.gone
        : facts.stopped.replace("{name}", error.name);
  }
  acting = ended;
  show();
}

const ask = { get, create, key }[facts.do];
yes.addEventListener("click", () => act(async () => tell("yes", await ask())));
no.addEventListener("click", () => act(async () => tell("no", {})));
addEventListener("pointerdown", early, true);
addEventListener("keydown", early, true);
addEventListener("focus", hold);
document.addEventListener("visibilitychange", hold);
hold();
