// SPDX-License-Identifier: Apache-2.0
// Asks the passkey, and tells the program on this machine what it said.
"use strict";

const facts = document.body.dataset;
const told = document.getElementById("told");
const buttons = [document.getElementById("yes"), document.getElementById("no")];

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

async function act(answer) {
  for (const button of buttons) button.disabled = true;
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
  for (const button of buttons) button.disabled = ended;
}

const ask = { get, create, key }[facts.do];
buttons[0].addEventListener("click", () => act(async () => tell("yes", await ask())));
buttons[1].addEventListener("click", () => act(async () => tell("no", {})));
