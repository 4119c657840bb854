// The meter on the page: counts by itself from the booking's deadline; the server speaks only when something changes.
import { clockText, SAME_MOMENT_MS, serverNow } from "../clock.js";
import { billAt, yuan } from "./bill.js";
import { nameOf } from "./naming.js";
import { say } from "./words.js";

const TICK_MS = 250;
const ENDING_MS = 5 * 60_000;
// Told out loud when the time left passes them.
const TOLD_AT_MS = { left5: 5 * 60_000, left1: 60_000, left0: 0 };

export class Meter extends EventTarget {
  #root;
  #booking;
  #heard = { at: 0, stopMs: null };
  #leftMs = null;
  #stands = false;
  #name = null;

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
    const before = this.#booking;
    if (before && booking.server_now_ms < before.server_now_ms) return;
    this.#booking = before && this.#ranOnSince(before, booking) ? this.#asHeard(before, booking) : booking;
    this.#tick();
  }

  // In the same stretch, and something was said that this word may not know.
  #ranOnSince(before, booking) {
    const { at, stopMs } = this.#heard;
    const isOfNow = at > booking.server_now_ms - SAME_MOMENT_MS;
    return isOfNow && stopMs !== null && booking.state === "live" && booking.live_since_ms === before.live_since_ms;
  }

  // A question that waits stops it at the same second; without one it runs to the deadline, which may be a new one.
  #asHeard(before, booking) {
    const waits = this.#heard.stopMs < before.deadline_ms;
    return { ...booking, stop_ms: waits ? this.#heard.stopMs : booking.deadline_ms };
  }

  // A message changes when the clock will stop by itself: with a question at the promised second, with the answer not
  // before the deadline.
  heard({ booking: id, stop_ms: stopMs, at }) {
    if (id !== this.#booking.id || at < this.#heard.at || at <= this.#booking.server_now_ms - SAME_MOMENT_MS) return;
    this.#heard = { at, stopMs };
    this.#booking = { ...this.#booking, stop_ms: stopMs };
    this.#tick();
  }

  #tick() {
    const now = serverNow();
    const booking = asItStands(this.#booking, now);
    const bill = billAt(booking, now);
    const places = placesOf(bill);
    this.#put("big", bigOf(booking, bill, now));
    this.#put("unit", say(`${nameOf(booking, now)}Unit`));
    this.#put("line", lineOf(booking, places, now));
    this.#put("used", booking.state === "paused" ? onOneLine(say("paused_usedLine", places)) : "");
    this.#put("then", thenOf(this.#booking, now));
    this.#root.classList.toggle("stopped", booking.state !== "live");
    this.#root.classList.toggle("ending", booking.state === "live" && bill.leftMs <= ENDING_MS);
    this.#root.querySelector(".ring .left").setAttribute("stroke-dasharray", `${bill.part} 100`);
    for (const [name, text] of Object.entries(places)) fill(document, `[data-${name}]`, text);
    fillPause(booking, now);
    this.#warn(bill.leftMs);
    this.#standStill(booking);
    this.#begin(nameOf(booking, now));
  }

  // The agreed time has come: nobody says so, it is on the clock.
  #begin(name) {
    const begins = this.#name === "upcoming" && name === "accepted";
    this.#name = name;
    if (begins) this.dispatchEvent(new CustomEvent("begins"));
  }

  // The clock has stopped by itself, and the server has not said so yet.
  #standStill(booking) {
    const stands = booking !== this.#booking;
    if (stands && !this.#stands) this.dispatchEvent(new CustomEvent("stopped"));
    this.#stands = stands;
  }

  #put(name, text) {
    fill(this.#root, `[data-meter=${name}]`, text);
  }

  #warn(leftMs) {
    const before = this.#leftMs;
    this.#leftMs = leftMs;
    // Time that was added is warned about again when it passes, and nothing is twice.
    if (before === null || this.#booking.state !== "live") return;
    for (const [name, mark] of Object.entries(TOLD_AT_MS)) {
      if (before > mark && leftMs <= mark) this.dispatchEvent(new CustomEvent("mark", { detail: name }));
    }
  }
}

// What stands in more than one place of the page; more time that was paid changes all of it.
function placesOf({ minutes, cost, granted, prepaid, unused }) {
  const words = say("grantedLine", { minutes: granted });
  return { minutes, cost: yuan(cost), granted: words, prepaid: yuan(prepaid), unused: yuan(unused) };
}

// The booking at that moment: at `stop_ms` its clock stands, whether or not the word of it has come.
function asItStands(booking, now) {
  const { state, stop_ms: stop, deadline_ms: deadline } = booking;
  if (state !== "live" || stop === null || now < stop) return booking;
  const stood = { ...booking, closed_ms: booking.closed_ms + stop - booking.live_since_ms };
  return stop < deadline ? { ...stood, state: "paused", pause_reason: "reply_overdue" } : { ...stood, state: "exhausted" };
}

// How much of the client's pauses is left: while he pauses it runs.
function fillPause(booking, now) {
  const pauses = booking.pause_reason === "client";
  const leftMs = pauses ? booking.due_ms - now : booking.pause_left_ms;
  fill(document, "[data-pause-left]", pauses ? say("pauseLeft", { left: clockText(leftMs) }) : "");
  fill(document, "[data-pause-min]", say("pauseMin", { minutes: Math.floor(leftMs / 60_000) }));
}

function bigOf(booking, bill, now) {
  if (nameOf(booking, now) === "upcoming") return clockText(booking.starts_ms - now);
  if (booking.state === "accepted") return clockText(booking.due_ms - now);
  return say(`${booking.state}Big`) || clockText(bill.leftMs);
}

function lineOf(booking, places, now) {
  if (booking.kept_fen) return say(`${booking.state}_keptLine`, { kept: yuan(booking.kept_fen) });
  const name = booking.state === "paused" ? `paused_${booking.pause_reason}` : nameOf(booking, now);
  return onOneLine(waitsOf(booking, now) || say(`${name}Line`, places));
}

// A question that nobody has answered stops the clock: who pays for it may know when.
function waitsOf({ state, stop_ms: stop, deadline_ms: deadline }, now) {
  return state === "live" && stop < deadline ? say("live_waitsLine", { left: clockText(stop - now) }) : "";
}

// Of a pause of his own the words below the talk tell.
function thenOf({ state, pause_reason: reason, due_ms: due }, now) {
  return state === "paused" && reason !== "client" ? say("paused_thenLine", { left: clockText(due - now) }) : "";
}

// A line may break after a dot, never before it.
function onOneLine(text) {
  return text.replaceAll(" ·", "\u00a0·");
}

// Only what changed is written, so that nothing is announced or selected away four times a second.
function fill(root, selector, text) {
  for (const element of root.querySelectorAll(selector)) {
    if (element.textContent !== String(text)) element.textContent = text;
  }
}
