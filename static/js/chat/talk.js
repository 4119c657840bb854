// What is said: between the socket, the log on the page and the outbox. Tells "spoken" when the other side wrote, and
// "stepped" with the event when a system line says that the booking moved.
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { Receipts } from "./receipts.js";
import { View } from "./view.js";
import { say } from "./words.js";

const PAGE = 100;
const SYNC_LIMIT = 200;
const GAP_MS = 1500;
const QUIET_MS = 2000;
const REFUSED = ["bad_text", "bad_frame", "not_found"];

export class Talk extends EventTarget {
  #conv;
  #me;
  #socket;
  #log;
  #view;
  #outbox;
  #live = document.getElementById("log-live");
  #earlier = document.getElementById("earlier");
  #receipts;
  #asked = null;

  constructor({ conv, me, last_seq: from }, socket) {
    super();
    this.#conv = conv;
    this.#me = me;
    this.#socket = socket;
    this.#log = new Log(document.getElementById("log-list"), { me, from });
    this.#view = new View(document.getElementById("log"), document.getElementById("newer"), {
      atStart: () => this.#askEarlier(),
      atEnd: () => this.#receipts.look(),
    });
    this.#receipts = new Receipts(conv, socket, () => this.#view.isAtEnd && !document.hidden);
    this.#outbox = new Outbox({ conv, send: (frame) => socket.send(frame) });
    this.#outbox.letters.forEach((letter) => this.#log.wait(letter));
    this.#earlier.addEventListener("click", () => this.#askEarlier());
    this.#earlier.hidden = this.#log.first <= 1;
    this.#listen();
    setTimeout(() => this.#readAloud(), QUIET_MS);
  }

  get resume() {
    return { conv: this.#conv, last_seq: this.#log.last };
  }

  write(content) {
    const letter = this.#outbox.add(content);
    this.#view.below(() => this.#log.wait(letter), { follow: true });
  }

  #listen() {
    const on = (type, act) => this.#socket.addEventListener(type, ({ detail }) => act(detail));
    const here = (act) => (frame) => frame.conv === this.#conv && act(frame);
    on("welcome", ({ heads }) => this.#welcomed(heads));
    on("msg", here((message) => this.#arrive([message])));
    on("page", here((page) => this.#turned(page)));
    on("resync", here(({ head }) => this.#askUpTo(head)));
    on("ack", here((ack) => this.#acknowledged(ack)));
    on("receipt", here((receipt) => receipt.user !== this.#me && this.#log.seen(receipt)));
    on("error", (error) => this.#refused(error));
  }

  #welcomed(heads) {
    this.#outbox.start();
    this.#asked = null;
    const { head, peer_recv: recv, peer_read: read } = heads.find(({ conv }) => conv === this.#conv) ?? { head: 0 };
    if (head) this.#log.seen({ recv, read });
    if (this.#log.last >= head) this.#readAloud();
    this.#receipts.start();
  }

  // The first lines are there when the page opens; only what comes afterwards is read out.
  #readAloud() {
    this.#live.setAttribute("aria-live", "polite");
    document.getElementById("log").setAttribute("aria-busy", "false");
  }

  #arrive(messages) {
    const older = messages.length && messages[0].seq < this.#log.first;
    const add = () => messages.forEach((message) => this.#add(message));
    if (older) this.#view.above(add);
    else this.#view.below(add, { follow: this.#live.getAttribute("aria-live") === "off" });
    this.#earlier.hidden = this.#log.first <= 1;
    // An acknowledgement may be faster than the message before it. If that does not come, it is asked for.
    if (!this.#log.whole) setTimeout(() => this.#log.whole || this.#ask(this.#log.last), GAP_MS);
    this.#receipts.have(this.#log.last);
  }

  #add(message) {
    if (!this.#log.add(message)) return;
    if (message.kind === "system") this.#tell("stepped", JSON.parse(message.body).event);
    else if (message.from === this.#me) this.#outbox.take(message.cmid);
    else this.#tell("spoken");
  }

  #turned({ messages, head }) {
    const newest = messages.at(-1)?.seq ?? 0;
    const before = this.#log.last;
    this.#arrive(messages);
    if (newest > before) this.#askUpTo(head);
  }

  #askUpTo(head) {
    if (this.#log.last < head) this.#ask(this.#log.last);
  }

  #askEarlier() {
    const upto = this.#log.first - 1;
    if (upto < 1 || this.#asked === upto) return;
    const after = Math.max(0, upto - PAGE);
    if (this.#ask(after, upto - after)) this.#asked = upto;
  }

  #ask(after, limit = SYNC_LIMIT) {
    return this.#socket.send({ t: "sync", conv: this.#conv, after, limit });
  }

  #acknowledged(ack) {
    const letter = this.#outbox.take(ack.cmid);
    this.#view.below(() => this.#log.settle(ack, letter), { follow: true });
    this.#receipts.have(this.#log.last);
  }

  #refused({ ref, code, retry_after: wait }) {
    if (code === "rate_limited" || code === "try_again") this.#outbox.later(wait);
    else if (ref && code === "session_closed") this.#shutOut(ref);
    else if (ref && REFUSED.includes(code)) this.#sendBack(ref);
  }

  #shutOut(cmid) {
    this.#outbox.take(cmid);
    this.#log.fail(cmid, say("refusedClosed"));
    this.#tell("stepped");
  }

  #sendBack(cmid) {
    const { body, picture } = this.#outbox.take(cmid);
    this.#log.fail(cmid, say("refused"), () => this.write({ body, picture }));
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
