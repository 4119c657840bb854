// Single keys for who decides all day. Those of the page are marked: data-key presses, data-key-focus only goes there;
// j and k walk through a list. Off until somebody switches them on: who dictates, or touches a key, must not decide by it.
const KEPT = "keys";
const FIELDS = "input, textarea, select, [contenteditable]";

function isOn() {
  try {
    return localStorage.getItem(KEPT) === "yes";
  } catch {
    return false;
  }
}

function keep(on) {
  try {
    localStorage.setItem(KEPT, on ? "yes" : "no");
  } catch {
    // Private windows keep nothing; then they stay off.
  }
}

function walk(by) {
  const rows = [...document.querySelectorAll(".rows .cover")];
  const next = rows.indexOf(document.activeElement) + by;
  rows.at(Math.max(0, Math.min(next, rows.length - 1)))?.focus();
}

const WALKS = { j: 1, k: -1 };

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.matches("textarea")) return event.target.blur();
  if (!isOn() || event.target.matches(FIELDS)) return;
  if (event.key in WALKS) walk(WALKS[event.key]);
  else if (!press(event.key)) return;
  event.preventDefault();
});

function press(key) {
  if (!/^[a-z]$/.test(key)) return false;
  const pressed = document.querySelector(`[data-key="${key}"]`);
  pressed?.click();
  const there = document.querySelector(`[data-key-focus="${key}"]`);
  there?.focus();
  return Boolean(pressed ?? there);
}

const box = document.getElementById("keys");
if (box) {
  box.checked = isOn();
  box.addEventListener("change", () => keep(box.checked));
}
