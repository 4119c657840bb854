// The page's one socket; docs/protocol.md is what it speaks. Each frame becomes an event of its type with the frame as
// `detail`; "line" tells how the line is: "connecting", "open", or "closed" with a final `code`.
import { tellServerNow } from "../clock.js";

const VERSION = 1;
const SILENCE_MS = 35_000;
const ANSWER_MS = 5_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;
const TOO_BIG = 1009;
const TOO_FAST = 4029;
const TOO_FAST_WAIT_MS = 2_000;
// A line that was up for so long was a good one: the next is tried at once.
const STEADY_MS = 5_000;

export class Socket extends EventTarget {
  #resume;
  #ws = null;
  #tries = 0;
  #openSince = null;
  #silence = 0;
  #retry = 0;

  // `resume()` gives what hello asks for: [{conv, last_seq}] of what the page shows.
  constructor(resume = () => []) {
    super();
    this.#resume = resume;
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#ws && this.#drop());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  open() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#tell("line", { is: "connecting" });
    const ws = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`);
    this.#ws = ws;
    this.#listenFor(SILENCE_MS);
    ws.addEventListener("open", () => this.#hello());
    ws.addEventListener("message", (event) => this.#hear(ws, event.data));
    ws.addEventListener("close", (event) => this.#closed(ws, event.code));
  }

  // False when the line is not open: the caller keeps what it wanted to say.
  send(frame) {
    if (this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(JSON.stringify(frame));
    return true;
  }

  #hello() {
    this.send({ t: "hello", v: VERSION, resume: this.#resume() });
  }

  #helloAgain(ws, { code, retry_after: wait }) {
    if (code === "rate_limited") setTimeout(() => ws === this.#ws && this.#hello(), wait * 1000);
  }

  #hear(ws, text) {
    if (ws !== this.#ws) return;
    this.#listenFor(SILENCE_MS);
    const frame = JSON.parse(text);
    const now = frame.server_now_ms ?? frame.booking?.server_now_ms;
    if (now) tellServerNow(now);
    if (frame.t === "welcome") {
      this.#openSince = performance.now();
      this.#tell("line", { is: "open" });
    }
    if (frame.t === "error" && this.#openSince === null) this.#helloAgain(ws, frame);
    this.#tell(frame.t, frame);
  }

  #closed(ws, code) {
    if (ws !== this.#ws) return;
    clearTimeout(this.#silence);
    this.#ws = null;
    if (code === TOO_BIG || (code >= 4500 && code < 5000)) {
      this.#openSince = null;
      this.#tell("line", { is: "closed", code });
      return;
    }
    this.#tell("line", { is: "connecting" });
    this.#retry = setTimeout(() => this.open(), this.#waitAfter(code));
  }

  // Full jitter: after a restart of the server not everybody is back in the same second.
  #waitAfter(code) {
    if (this.#openSince !== null && performance.now() - this.#openSince > STEADY_MS) this.#tries = 0;
    this.#openSince = null;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++);
    return Math.random() * longest + (code === TOO_FAST ? TOO_FAST_WAIT_MS : 0);
  }

  // A lost network closes nothing by itself: no frame for this long, and the line counts as gone.
  #listenFor(ms) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#drop(), ms);
  }

  #drop() {
    const ws = this.#ws;
    ws?.close();
    this.#closed(ws, 4000);
  }

  // The phone woke up or found a network: do not wait out the pause, and do not trust an old line.
  #hurry() {
    if (this.#retry) this.open();
    else if (this.send({ t: "ping" })) this.#listenFor(ANSWER_MS);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
