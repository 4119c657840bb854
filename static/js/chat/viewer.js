// The large picture in a dialog. Esc, its button and a tap beside it close it, and the focus goes back to where it was.
import { addressOf } from "./thumbnail.js";
import { say } from "./words.js";

export function armViewer() {
  const dialog = document.getElementById("picture-dialog");
  const image = dialog.querySelector("img");
  const note = dialog.querySelector("[role=status]");
  let opener = null;

  document.getElementById("log").addEventListener("click", (event) => {
    const link = event.target.closest("a[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    opener = link;
    note.textContent = say("pictureComing");
    image.src = dialog.querySelector("[download]").href = addressOf({ id: link.dataset.picture });
    dialog.showModal();
  });
  image.addEventListener("load", () => (note.textContent = ""));
  image.addEventListener("error", () => image.hasAttribute("src") && (note.textContent = say("pictureLost")));
  dialog.addEventListener("close", () => {
    image.removeAttribute("src");
    opener?.focus();
  });
}
