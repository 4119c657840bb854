// The talk on the page, in the order of seq. A message is there once, however often it comes; what the server does not
// have yet stands at the end.
import { bubble, divider, element, systemLine } from "./lines.js";
import { say } from "./words.js";

export class Log {
  #list;
  #me;
  #bySeq = new Map();
  #waiting = new Map();
  #newest = null;
  #state = null;
  #peer = { recv: 0, read: 0 };
  #top = 0;

  // `from`: the seq before the first one this page asks for.
  constructor(list, { me, from }) {
    this.#list = list;
    this.#me = me;
    this.last = from;
    this.first = from + 1;
  }

  // Nothing is missing between the lines that are here.
  get whole() {
    return this.#top <= this.last;
  }

  // True when the message was not there before.
  add(message) {
    if (this.#bySeq.has(message.seq)) return false;
    const mine = message.from === this.#me;
    this.drop(message.cmid);
    const isSystem = message.kind === "system";
    const line = isSystem ? systemLine(message, this.#eventBefore(message.seq)) : bubble({ ...message, mine });
    this.#place(message, line);
    if (message.seq === this.#top) this.#showState(mine ? { line, seq: message.seq } : null);
    return true;
  }

  // Nothing would be missing between these, in the order of seq, and the lines that are here.
  joins(messages) {
    return messages.length > 0 && messages[0].seq <= this.last + 1 && messages.at(-1).seq >= this.first - 1;
  }

  // Takes away all that the server has; what comes next is after `from`.
  clear(from) {
    for (const line of [...this.#list.children]) if (!this.#isWaiting(line)) line.remove();
    this.#bySeq.clear();
    this.last = from;
    this.first = from + 1;
    this.#top = 0;
    this.#showState(null);
  }

  // How far the other side has the talk and has seen it.
  seen({ recv, read }) {
    this.#peer = { recv: Math.max(this.#peer.recv, recv), read: Math.max(this.#peer.read, read) };
    this.#showState(this.#newest);
  }

  // One's own words at once, before the server has them.
  wait({ cmid, body, picture }) {
    const line = bubble({ body, picture, mine: true });
    line.classList.add("sending");
    // Read out once, when it is in the log, not here as well.
    line.setAttribute("aria-hidden", "true");
    line.append(element("span", "state", say("sending")));
    this.#waiting.set(cmid, line);
    this.#list.append(line);
  }

  // The server has them, as number seq. `letter` is what was sent.
  settle({ cmid, seq, at }, letter) {
    if (this.#waiting.has(cmid)) this.add({ kind: "text", ...letter, seq, at, cmid, from: this.#me });
  }

  // They are in the log elsewhere than in what is here.
  drop(cmid) {
    this.#waiting.get(cmid)?.remove();
    this.#waiting.delete(cmid);
  }

  // They did not get there. `retry` is called when tapped; without it there is nothing to be done.
  fail(cmid, words, retry) {
    const line = this.#waiting.get(cmid);
    if (!line) return;
    line.classList.replace("sending", "failed");
    line.removeAttribute("aria-hidden");
    const state = retry ? this.#retryButton(cmid, words, retry) : element("span", "state", words);
    line.querySelector(".state").replaceWith(state);
  }

  #retryButton(cmid, words, retry) {
    const button = element("button", "state", words);
    button.type = "button";
    button.addEventListener("click", () => {
      this.drop(cmid);
      retry();
    });
    return button;
  }

  #isWaiting(line) {
    return line.classList.contains("me") && !line.dataset.seq;
  }

  #place(message, line) {
    line.dataset.at = message.at;
    line.dataset.seq = message.seq;
    this.#bySeq.set(message.seq, line);
    this.#top = Math.max(this.#top, message.seq);
    const after = this.#lineAfter(message.seq);
    this.#list.insertBefore(line, after ? this.#withDivider(after) : (this.#waiting.values().next().value ?? null));
    this.first = Math.min(this.first, message.seq);
    while (this.#bySeq.has(this.last + 1)) this.last += 1;
    this.#divide(line, this.#lineBefore(message.seq));
    if (after) this.#divide(after, line);
  }

  #divide(line, before) {
    if (line.previousElementSibling?.dataset.divides) line.previousElementSibling.remove();
    const between = divider(Number(line.dataset.at), before ? Number(before.dataset.at) : null);
    if (!between) return;
    between.dataset.divides = "yes";
    line.before(between);
  }

  #withDivider(line) {
    const before = line.previousElementSibling;
    return before?.dataset.divides ? before : line;
  }

  #lineBefore(seq) {
    return this.#nearest(seq, -1, this.first);
  }

  #lineAfter(seq) {
    return this.#nearest(seq, 1, this.#top);
  }

  #nearest(seq, step, end) {
    for (let at = seq + step; step * (end - at) >= 0; at += step) {
      if (this.#bySeq.has(at)) return this.#bySeq.get(at);
    }
    return null;
  }

  #eventBefore(seq) {
    for (let at = seq - 1; at >= this.first; at -= 1) {
      const event = this.#bySeq.get(at)?.dataset.event;
      if (event) return event;
    }
    return null;
  }

  // Only the latest line says how far it got; an answer says so better.
  #showState(newest) {
    this.#newest = newest;
    this.#state?.remove();
    this.#state = newest && element("span", "state", say(newest.seq <= this.#peer.read ? "read" : "delivered"));
    newest?.line.append(this.#state);
  }
}
