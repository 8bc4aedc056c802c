"use strict";
// The code of a license arrives in the address behind #, which no server sees: take it out of the address and post it to this hub.
(() => {
  const code = location.hash.slice(1);
  const form = document.querySelector("form[data-verify]");
  if (!code || !form) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = `/v#${code}`;
  form.submit();
})();
// A photograph of many megabytes is made smaller before it is sent, where the browser can: the hub shrinks it to as many pixels anyway.
(() => {
  const enough = 4e6; // pixels
  const small = 1 << 20; // bytes
  const form = document.querySelector("form[data-verify]");
  if (!form) return;

  const shrink = async (file) => {
    const picture = await createImageBitmap(file);
    const part = Math.min(1, Math.sqrt(enough / (picture.width * picture.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(picture.width * part));
    canvas.height = Math.max(1, Math.floor(picture.height * part));
    const drawing = canvas.getContext("2d");
    drawing.fillStyle = "#fff"; // what is see-through is paper
    drawing.fillRect(0, 0, canvas.width, canvas.height);
    drawing.imageSmoothingQuality = "high";
    drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
    if (!made || made.size >= file.size) return;
    const chosen = new DataTransfer();
    chosen.items.add(new File([made], "picture.jpg", { type: "image/jpeg" }));
    form.elements.picture.files = chosen.files;
  };

  form.addEventListener("submit", async (event) => {
    const file = form.elements.picture.files[0];
    if (!file || file.size <= small) return;
    event.preventDefault();
    try {
      await shrink(file);
    } catch {
      // a format that this browser does not know is sent as it is
    }
    form.submit();
  });
})();
