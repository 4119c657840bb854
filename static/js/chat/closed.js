// What is said once the line is closed for good, with the one thing to do then: the parts of #closed, by code.
const OTHER = "other";

// `again()` connects once more.
export function closedWords(code, again) {
  const parts = document.getElementById("closed").content;
  const shown = (parts.querySelector(`[data-code="${code}"]`) ?? parts.querySelector(`[data-code=${OTHER}]`)).cloneNode(true);
  shown.className = "closed-line";
  shown.querySelector("[data-again]")?.addEventListener("click", again);
  shown.querySelector("[data-reload]")?.addEventListener("click", () => location.reload());
  return shown;
}
