// A line that floats up, is read out, and leaves again.
const SHOWN_MS = 5000;

export function toast(text) {
  const region = document.getElementById("toasts");
  const line = document.createElement("p");
  line.className = "toast";
  line.textContent = text;
  region.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}
