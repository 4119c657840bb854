// A share page: copy the address, hand it to the phone's own share sheet, save its card as a picture, if it has one.
// Without this script the address can be selected and the drawing downloaded.
import { toast } from "./toast.js";

const SCALE = 2;
const part = document.querySelector(".share");
const { address, title, text, card, name, copied, notCopied } = part.dataset;

offer("[data-copy]", copy);
if (navigator.share) offer("[data-send]", send);
if (HTMLCanvasElement.prototype.toBlob) offer("[data-picture]", save);

function offer(selector, act) {
  const button = part.querySelector(selector);
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", act);
}

async function copy() {
  try {
    await navigator.clipboard.writeText(address);
    toast(copied);
  } catch {
    // Not over plain http, and not in some phones' built-in browsers.
    part.querySelector("input").select();
    toast(document.execCommand("copy") ? copied : notCopied);
  }
}

async function send() {
  try {
    await navigator.share({ title, text, url: address });
  } catch (error) {
    if (error.name !== "AbortError") copy();
  }
}

// Drawn here because here are the fonts of the one who looks.
async function save() {
  const image = new Image();
  image.src = card;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * SCALE;
  canvas.height = image.naturalHeight * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(download, "image/png");
}

function download(blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
