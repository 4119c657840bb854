// The server's clock. A phone's own clock may be minutes off, and time here is money.
let offsetMs = 0;
let known = false;
// How far the phone's own clock was from the server's when that last spoke.
let wallOffsetMs = 0;

// A message and a word about the booking of the same moment may come in either order, and that word may not know it yet.
export const SAME_MOMENT_MS = 2000;

// Told by any message of the server; `performance.now()` is used because the user can change Date.now().
export function tellServerNow(serverNowMs, seenAt = performance.now()) {
  offsetMs = serverNowMs - seenAt;
  wallOffsetMs = serverNowMs - (Date.now() - (performance.now() - seenAt));
  known = true;
}

export function serverNow() {
  return known ? performance.now() + offsetMs : Date.now();
}

// This moment, to be kept over a reload. The phone's own clock goes on while it sleeps, as performance.now() does not; how
// far it is off is known from when the server last spoke.
export function nowToKeep() {
  return { serverMs: Date.now() + wallOffsetMs, page: performance.timeOrigin, here: performance.now() };
}

// How many ms ago that was. Whoever asks after the server has spoken again is right on a phone whose clock is off, or was
// set right meanwhile. Never less than this page itself has counted.
export function since({ serverMs, page, here }) {
  const counted = page === performance.timeOrigin ? performance.now() - here : 0;
  return Math.round(Math.max(0, counted, Date.now() + wallOffsetMs - serverMs));
}

// 1116000 → "18:36", 3725000 → "1:02:05"
export function clockText(ms) {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(whole / 3600);
  const minutes = String(Math.floor(whole / 60) % 60).padStart(2, "0");
  const seconds = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${minutes}:${seconds}` : `${minutes}:${seconds}`;
}
