// Where one is goes along with a call for help only if one ticks for it at that moment. The call never waits for it.
const PATIENCE_MS = 10_000;

for (const part of document.querySelectorAll("[data-position]")) {
  if (!navigator.geolocation) continue;
  part.hidden = false;
  const box = part.querySelector("[name=consent]");
  box.addEventListener("change", () => (box.checked ? look(part) : forget(part)));
}

function look(part) {
  say(part, part.dataset.looking);
  const options = { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 60_000 };
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => found(part, coords),
    () => say(part, part.dataset.missing),
    options,
  );
}

function found(part, { latitude, longitude, accuracy }) {
  // Taken back meanwhile.
  if (!part.querySelector("[name=consent]").checked) return;
  fill(part, { latitude, longitude, metres: Math.ceil(accuracy) });
  say(part, part.dataset.found);
}

function forget(part) {
  fill(part, { latitude: "", longitude: "", metres: "" });
  say(part, "");
}

function fill(part, values) {
  for (const [name, value] of Object.entries(values)) part.querySelector(`[name=${name}]`).value = value;
}

function say(part, words) {
  part.querySelector("[role=status]").textContent = words;
}
