// Tells the other side how far this page has the talk, and how far it was before somebody's eyes: cursors, said at once,
// but at most twice a second.
const PAUSE_MS = 500;

export class Receipts {
  #conv;
  #socket;
  #isSeen;
  #have = 0;
  #told = { recv: 0, read: 0 };
  #timer = 0;
  #toldAt = -PAUSE_MS;

  // `isSeen()`: the newest line is on a screen that is looked at.
  constructor(conv, socket, isSeen) {
    this.#conv = conv;
    this.#socket = socket;
    this.#isSeen = isSeen;
    document.addEventListener("visibilitychange", () => this.look());
  }

  // The line is new: what was told last may have been lost with the old one.
  start() {
    this.#told = { recv: 0, read: 0 };
    this.look();
  }

  // The page has everything up to this number.
  have(seq) {
    this.#have = seq;
    this.look();
  }

  look() {
    this.#timer ||= setTimeout(() => this.#tell(), Math.max(0, this.#toldAt + PAUSE_MS - performance.now()));
  }

  #tell() {
    this.#timer = 0;
    const t = this.#isSeen() ? "read" : "recv";
    if (this.#have <= this.#told[t]) return;
    if (!this.#socket.send({ t, conv: this.#conv, seq: this.#have })) return;
    this.#told[t] = this.#have;
    this.#toldAt = performance.now();
  }
}
