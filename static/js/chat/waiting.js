// How long the client has waited for the companion's reply, and how much of the promise is left, which is more where the
// clock stood meanwhile. The server stops the clock when it is over; here she is only told in time. Tells "soon", once for
// each question, with the seconds left.
import { clockText, SAME_MOMENT_MS, serverNow } from "../clock.js";
import { say } from "./words.js";

const TICK_MS = 250;
const SOON_MS = 20_000;

export class Waiting extends EventTarget {
  #line;
  #me;
  #booking;
  // When the question was asked, and from when on the promise counts for it.
  #asked = null;
  #since = null;
  #heardAt = 0;
  #told = null;
  #timer;

  constructor(line, { me, booking }) {
    super();
    this.#line = line;
    this.#me = me;
    this.moved(booking);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  // Nobody is to be told any more.
  stop() {
    clearInterval(this.#timer);
  }

  // Where the booking stands says it all, but for what was said in that very moment or since.
  moved(booking) {
    if (this.#booking && booking.server_now_ms < this.#booking.server_now_ms) return;
    const ranOn = this.#booking?.state === "live" && booking.state === "live";
    this.#booking = booking;
    if (ranOn && this.#isOfNow(this.#heardAt)) return;
    this.#asked = booking.state === "live" ? booking.asked_ms : null;
    this.#since = booking.awaiting_since_ms;
  }

  heard({ kind, from, at }) {
    if (kind === "system" || this.#booking.state !== "live" || !this.#isOfNow(at)) return;
    this.#heardAt = at;
    if (from === this.#me) this.#asked = null;
    else if (this.#asked === null) this.#asked = this.#since = at;
  }

  #isOfNow(at) {
    return at > this.#booking.server_now_ms - SAME_MOMENT_MS;
  }

  #tick() {
    const waits = this.#asked !== null;
    const leftMs = waits ? this.#since + this.#booking.promise_ms - serverNow() : Infinity;
    const soonMs = Math.min(SOON_MS, this.#booking.promise_ms / 2);
    this.#line.hidden = !waits;
    this.#line.closest(".meter").classList.toggle("hurry", leftMs <= soonMs);
    if (!waits) return;
    this.#put(leftMs > 0 ? say("waits", { waited: clockText(serverNow() - this.#asked), left: clockText(leftMs) }) : say("waitsOver"));
    if (leftMs <= soonMs && leftMs > 0 && this.#told !== this.#asked) this.#tellSoon(leftMs);
  }

  #tellSoon(leftMs) {
    this.#told = this.#asked;
    this.dispatchEvent(new CustomEvent("soon", { detail: Math.ceil(leftMs / 1000) }));
  }

  #put(text) {
    if (this.#line.textContent !== text) this.#line.textContent = text;
  }
}
