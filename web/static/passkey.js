"use strict";
// Passkeys: the browser signs the hub's challenge, and the form takes the answer to the hub. Keys never leave the device.
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const say = (name) => {
    for (const one of document.querySelectorAll("[data-said]")) one.hidden = one.dataset.said !== name;
  };
  if (!window.PublicKeyCredential || !window.isSecureContext) {
    say("unable");
    return;
  }
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const { challenge, party, title, user, label } = form.dataset;

  const signed = async () => {
    const made = await navigator.credentials.get({
      publicKey: { challenge: bytes(challenge), rpId: party, userVerification: "required", timeout: 120000 },
    });
    const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
    return {
      response: {
        clientDataJSON: text(clientDataJSON),
        authenticatorData: text(authenticatorData),
        signature: text(signature),
        userHandle: userHandle ? text(userHandle) : null,
      },
      made,
    };
  };
  const registered = async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(challenge),
        rp: { id: party, name: title },
        user: { id: bytes(user), name: label, displayName: label },
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        attestation: "none",
        timeout: 120000,
      },
    });
    return {
      response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) },
      made,
    };
  };

  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    say("waiting");
    try {
      const { response, made } = user ? await registered() : await signed();
      const answer = { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
      form.elements.answer.value = JSON.stringify(answer);
      form.submit();
    } catch {
      say("failed");
    }
  });
})();
