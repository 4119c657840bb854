// The meter on the page: counts by itself from the booking's deadline; the server speaks only when something changes.
import { clockText, serverNow } from "../clock.js";
import { billAt, yuan } from "./bill.js";
import { say } from "./words.js";

const TICK_MS = 250;
const ENDING_MS = 5 * 60_000;
// Told out loud when the time left passes them.
const TOLD_AT_MS = { left5: 5 * 60_000, left1: 60_000, left0: 0 };

export class Meter extends EventTarget {
  #root;
  #booking;
  #leftMs = null;

  constructor(root, booking) {
    super();
    this.#root = root;
    this.show(booking);
    setInterval(() => this.#tick(), TICK_MS);
  }

  get booking() {
    return this.#booking;
  }

  // An older word about the same booking never replaces a newer one.
  show(booking) {
    if (this.#booking && booking.server_now_ms < this.#booking.server_now_ms) return;
    this.#booking = booking;
    this.#leftMs = null;
    this.#tick();
  }

  #tick() {
    const booking = this.#booking;
    const now = serverNow();
    const bill = billAt(booking, now);
    const places = { minutes: bill.minutes, cost: yuan(bill.cost), unused: yuan(bill.unused) };
    this.#put("big", bigOf(booking, bill, now));
    this.#put("unit", say(`${nameOf(booking, now)}Unit`));
    this.#put("line", lineOf(booking, places, now));
    this.#root.classList.toggle("stopped", booking.state !== "live");
    this.#root.classList.toggle("ending", booking.state === "live" && bill.leftMs <= ENDING_MS);
    this.#root.querySelector(".ring .left").setAttribute("stroke-dasharray", `${bill.part} 100`);
    for (const [name, text] of Object.entries(places)) fill(document, `[data-${name}]`, text);
    if (booking.state === "live") this.#warn(bill.leftMs);
  }

  #put(name, text) {
    fill(this.#root, `[data-meter=${name}]`, text);
  }

  #warn(leftMs) {
    const before = this.#leftMs;
    this.#leftMs = leftMs;
    if (before === null) return;
    for (const [name, mark] of Object.entries(TOLD_AT_MS)) {
      if (before > mark && leftMs <= mark) this.dispatchEvent(new CustomEvent("mark", { detail: name }));
    }
  }
}

// An accepted appointment is upcoming until its time has come.
function nameOf(booking, now) {
  return booking.state === "accepted" && booking.starts_ms > now ? "upcoming" : booking.state;
}

function bigOf(booking, bill, now) {
  if (nameOf(booking, now) === "upcoming") return clockText(booking.starts_ms - now);
  if (booking.state === "accepted") return clockText(booking.due_ms - now);
  return say(`${booking.state}Big`) || clockText(bill.leftMs);
}

function lineOf(booking, places, now) {
  if (booking.kept_fen) return say(`${booking.state}_keptLine`, { kept: yuan(booking.kept_fen) });
  const name = booking.state === "paused" ? `paused_${booking.pause_reason}` : nameOf(booking, now);
  return say(`${name}Line`, places);
}

// Only what changed is written, so that nothing is announced or selected away four times a second.
function fill(root, selector, text) {
  for (const element of root.querySelectorAll(selector)) {
    if (element.textContent !== String(text)) element.textContent = text;
  }
}
