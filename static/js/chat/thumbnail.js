// A picture as a line of the talk: the small one, which opens the large one. Its place is there before it is.
import { say } from "./words.js";

const WIDEST_PX = 240;
const HIGHEST_PX = 320;
// A finger must be able to touch what is very long or very small.
const LEAST_PX = 48;

export function addressOf({ id }) {
  return `/chat/pictures/${id}/`;
}

export function thumbnail(picture) {
  const link = document.createElement("a");
  link.href = addressOf(picture);
  link.dataset.picture = picture.id;
  link.append(small(picture, link));
  return link;
}

function small(picture, link) {
  const image = document.createElement("img");
  const scale = Math.min(1, WIDEST_PX / picture.width, HIGHEST_PX / picture.height);
  image.alt = say("picture");
  image.width = Math.max(LEAST_PX, Math.round(picture.width * scale));
  image.height = Math.max(LEAST_PX, Math.round(picture.height * scale));
  image.loading = "lazy";
  image.decoding = "async";
  image.addEventListener("error", () => isLost(image, link, picture), { once: true });
  image.src = `${addressOf(picture)}preview/`;
  return image;
}

// Without a network it is asked for again when there is one; else it is said that it cannot be shown.
function isLost(image, link, picture) {
  const words = document.createElement("span");
  words.className = "lost small";
  words.textContent = say(navigator.onLine ? "pictureLost" : "pictureLater");
  image.replaceWith(words);
  window.addEventListener("online", () => link.isConnected && words.replaceWith(small(picture, link)), { once: true });
}
