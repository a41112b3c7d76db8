// SPDX-License-Identifier: Apache-2.0
// Asks the browser for a passkey and gives its answer to the console: sign-in, sign-up
// and step-up. It writes text alone into the page, and talks to this origin alone.
"use strict";

const button = document.getElementById("prove");
const told = document.getElementById("told");

function tell(name) {
  told.textContent = button.dataset[name];
  told.className = name === "waiting" || name === "done" ? "" : "bad";
}

function octets(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-token": button.dataset.token },
    body: JSON.stringify(body),
    redirect: "error",
  });
  if (!answer.ok) {
    throw new Error("refused");
  }
  return answer.json();
}

function withId(item) {
  return { ...item, id: octets(item.id) };
}

async function ask(what, options) {
  options.challenge = octets(options.challenge);
  if (what === "join") {
    options.user.id = octets(options.user.id);
    options.excludeCredentials = (options.excludeCredentials || []).map(withId);
    return navigator.credentials.create({ publicKey: options });
  }
  options.allowCredentials = (options.allowCredentials || []).map(withId);
  return navigator.credentials.get({ publicKey: options });
}

function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      response[name] = text(credential.response[name]);
    }
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

async function prove() {
  const what = button.dataset.what;
  const invitation = location.hash.slice(1);
  tell("waiting");
  const options = await post(`/${what}/begin`, what === "join" ? { invitation } : {});
  const credential = await ask(what, options);
  const body = { answer: answerOf(credential) };
  if (what === "join") {
    body.invitation = invitation;
  }
  await post(`/${what}`, body);
  tell("done");
  location.replace(button.dataset.to);
}

button.addEventListener("click", async () => {
  if (!window.PublicKeyCredential) {
    tell("none");
    return;
  }
  button.disabled = true;
  try {
    await prove();
  } catch (error) {
    const stopped = error.name === "NotAllowedError" || error.name === "AbortError";
    tell(stopped ? "stopped" : error.name === "TypeError" ? "away" : "refused");
  } finally {
    button.disabled = false;
  }
});
