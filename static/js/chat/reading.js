// Parts of the log that are asked for: one at a time, because an answer does not say what it answers. What was refused
// for its rate is asked again when it may be, and what went with the line when there is a new one.
export class Reading {
  #conv;
  #socket;
  #queue = [];
  #flying = false;
  #again = 0;

  constructor(conv, socket) {
    this.#conv = conv;
    this.#socket = socket;
  }

  ask(after, limit) {
    if (this.#queue.some((asked) => asked.after === after)) return;
    this.#queue.push({ after, limit, from: after, come: [] });
    this.#next();
  }

  // The line is new.
  start() {
    this.#flying = false;
    this.#next();
  }

  // What is on its way was answered. Gives all that was asked for when the last of it has come: an answer holds only so
  // many bytes.
  answered({ messages, head }) {
    const [asked] = this.#queue;
    // Asked twice, it is answered twice.
    if (!asked || (messages.length && messages[0].seq !== asked.from + 1)) return [];
    asked.come.push(...messages);
    asked.from = messages.at(-1)?.seq ?? head;
    const whole = asked.from >= Math.min(asked.after + asked.limit, head);
    if (whole) this.#queue.shift();
    this.start();
    return whole ? asked.come : [];
  }

  later(seconds) {
    if (!this.#flying) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.start(), seconds * 1000);
  }

  // What is on its way is answered all the same.
  forget() {
    this.#queue.length = Math.min(this.#queue.length, Number(this.#flying));
  }

  #next() {
    clearTimeout(this.#again);
    const [asked] = this.#queue;
    if (this.#flying || !asked) return;
    const limit = asked.after + asked.limit - asked.from;
    this.#flying = this.#socket.send({ t: "sync", conv: this.#conv, after: asked.from, limit });
  }
}
