// The server's clock. A phone's own clock may be minutes off, and time here is money.
let offsetMs = 0;
let known = false;

// A message and a word about the booking of the same moment may come in either order, and that word may not know it yet.
export const SAME_MOMENT_MS = 2000;

// Told by any message of the server; `performance.now()` is used because the user can change Date.now().
export function tellServerNow(serverNowMs, seenAt = performance.now()) {
  offsetMs = serverNowMs - seenAt;
  known = true;
}

export function serverNow() {
  return known ? performance.now() + offsetMs : Date.now();
}

// 1116000 → "18:36", 3725000 → "1:02:05"
export function clockText(ms) {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(whole / 3600);
  const minutes = String(Math.floor(whole / 60) % 60).padStart(2, "0");
  const seconds = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${minutes}:${seconds}` : `${minutes}:${seconds}`;
}
