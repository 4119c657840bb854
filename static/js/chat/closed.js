// What is said once the line is closed for good, with the one thing to do then: the parts of #closed, by code.
export const SIGNED_OUT = 4501;
const OTHER = "other";

// In `place`, or over the whole page. `again()` connects once more.
export function showClosed(place, code, again) {
  const parts = document.getElementById("closed").content;
  const shown = (parts.querySelector(`[data-code="${code}"]`) ?? parts.querySelector(`[data-code=${OTHER}]`)).cloneNode(true);
  if (code === SIGNED_OUT) return cover(shown);
  shown.className = "closed-line";
  shown.querySelector("[data-again]")?.addEventListener("click", again);
  shown.querySelector("[data-reload]")?.addEventListener("click", () => location.reload());
  return place.replaceChildren(shown);
}

// Who was signed out elsewhere may have left this screen to somebody else: nothing private stays on it, and no button
// that does nothing any more. What was being written is kept (storage.js) and stays in the page, out of sight.
function cover(shown) {
  // Below a dialog nothing could be tapped.
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  for (const part of document.body.children) part.hidden = true;
  document.body.append(shown);
  document.title = shown.dataset.title;
  shown.focus();
}
