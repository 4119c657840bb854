// What is said: between the socket, the log on the page and the outbox. Tells "spoken" with the message when the other
// side wrote, and "stepped" with the event when a system line says that the booking moved.
// The page shows one stretch of the log. It ends with the newest line, or it is apart: around a line that was asked for.
import { Log } from "./log.js";
import { Outbox } from "./outbox.js";
import { Reading } from "./reading.js";
import { Receipts } from "./receipts.js";
import { View } from "./view.js";
import { say } from "./words.js";

const PAGE = 100;
const SYNC_LIMIT = 200;
const GAP_MS = 1500;
const QUIET_MS = 2000;
const REFUSED = ["bad_text", "bad_frame", "not_found"];
// What was under way may be why the line was closed: after so many times it is not sent again by itself.
const TIMES = { 1009: 1, 4500: 2 };

export class Talk extends EventTarget {
  #conv;
  #me;
  #socket;
  #log;
  #view;
  #outbox;
  #reading;
  #receipts;
  #live = document.getElementById("log-live");
  #earlier = document.getElementById("earlier");
  #opens = true;
  #quiet = 0;
  // The newest seq known, what the page knew of the booking when it was made, and how far was read before.
  #head;
  #known;
  #read = null;

  constructor({ conv, me, last_seq: from, head }, socket) {
    super();
    this.#conv = conv;
    this.#me = me;
    this.#socket = socket;
    this.#head = this.#known = head;
    this.#log = new Log(document.getElementById("log-list"), { me, from });
    this.#view = new View(document.getElementById("log"), document.getElementById("newer"), {
      atStart: () => this.#askEarlier(),
      nearEnd: () => this.#askLater(),
      atEnd: () => this.#receipts.look(),
      leap: () => this.#leap(),
    });
    this.#view.apart = head - from > SYNC_LIMIT;
    this.#reading = new Reading(conv, socket);
    this.#receipts = new Receipts(conv, socket, () => this.#view.isAtNewest && !document.hidden);
    this.#outbox = new Outbox({ key: `${conv}:${me}`, conv, send: (frame) => socket.send(frame) });
    this.#outbox.letters.forEach((letter) => this.#showLetter(letter));
    this.#earlier.addEventListener("click", () => this.#askEarlier());
    this.#earlier.hidden = this.#log.first <= 1;
    this.#listen();
    if (this.#view.apart) this.#reading.ask(from, PAGE);
    setTimeout(() => this.#opened(), QUIET_MS);
  }

  get resume() {
    return { conv: this.#conv, last_seq: this.#view.apart ? this.#head : this.#log.last };
  }

  write(content) {
    if (this.#view.apart) this.#leap();
    const letter = this.#outbox.add(content);
    this.#view.below(() => this.#log.wait(letter), { follow: true });
  }

  #showLetter(letter) {
    this.#log.wait(letter);
    if (letter.held) this.#holdBack(letter.cmid);
  }

  #listen() {
    const on = (type, act) => this.#socket.addEventListener(type, ({ detail }) => act(detail));
    const here = (act) => (frame) => frame.conv === this.#conv && act(frame);
    on("welcome", ({ heads }) => this.#welcomed(heads));
    on("msg", here((message) => this.#heard(message)));
    on("page", here((page) => this.#turned(page)));
    on("resync", here(({ head }) => this.#askUpTo(head)));
    on("ack", here((ack) => this.#acknowledged(ack)));
    on("receipt", here((receipt) => receipt.user !== this.#me && this.#log.seen(receipt)));
    on("error", (error) => this.#refused(error));
    on("line", ({ code }) => code in TIMES && this.#closed(TIMES[code]));
  }

  #welcomed(heads) {
    const mine = heads.find(({ conv }) => conv === this.#conv) ?? { head: 0 };
    this.#read ??= mine.read ?? 0;
    if (mine.head) this.#log.seen({ recv: mine.peer_recv, read: mine.peer_read });
    this.#outbox.start();
    this.#reading.start();
    if (this.#log.last >= mine.head) this.#opened();
    this.#receipts.start();
  }

  // The first lines are there when the page opens; only what comes afterwards is read out.
  #opened() {
    this.#opens = false;
    this.#readAloud();
  }

  #readAloud() {
    this.#live.setAttribute("aria-live", "polite");
    document.getElementById("log").setAttribute("aria-busy", "false");
  }

  // What is fetched from the log is no news: it is not read out.
  #silently(change) {
    this.#live.setAttribute("aria-live", "off");
    change();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#readAloud(), QUIET_MS);
  }

  #heard(message) {
    this.#head = Math.max(this.#head, message.seq);
    if (!this.#view.apart) return this.#arrive([message]);
    if (message.from === this.#me) this.#drop(message.cmid);
    else this.#view.offer();
    return this.#tellOf(message);
  }

  #arrive(messages) {
    const older = messages.length && messages[0].seq < this.#log.first;
    const add = () => {
      messages.forEach((message) => this.#log.add(message) && this.#added(message));
      this.#earlier.hidden = this.#log.first <= 1;
    };
    if (older) this.#view.above(add);
    else this.#view.below(add, { follow: this.#opens });
    // An acknowledgement may be faster than the message before it. If that does not come, it is asked for.
    if (!this.#log.whole) setTimeout(() => this.#log.whole || this.#ask(this.#log.last), GAP_MS);
    this.#haveRead();
  }

  #added(message) {
    if (message.from === this.#me && message.kind !== "system") this.#outbox.take(message.cmid);
    this.#tellOf(message);
  }

  #tellOf(message) {
    if (message.kind === "system") {
      if (message.seq > this.#known) this.#tell("stepped", JSON.parse(message.body).event);
    } else if (message.from !== this.#me && message.seq > this.#read) this.#tell("spoken", message);
  }

  #turned({ messages: some, head }) {
    const messages = this.#reading.answered({ messages: some, head });
    this.#head = Math.max(this.#head, head);
    const before = this.#log.last;
    // What was asked for before the page leapt belongs to no line that is here.
    if (!this.#log.joins(messages)) return;
    this.#silently(() => this.#arrive(messages));
    if (this.#view.apart) this.#view.apart = this.#log.last < this.#head;
    else if (this.#log.last > before) this.#askUpTo(head);
    this.#haveRead();
  }

  #haveRead() {
    if (!this.#view.apart) this.#receipts.have(this.#log.last);
  }

  #askUpTo(head) {
    this.#head = Math.max(this.#head, head);
    if (!this.#view.apart && this.#log.last < head) this.#ask(this.#log.last);
  }

  #askEarlier() {
    const upto = this.#log.first - 1;
    if (upto >= 1) this.#ask(Math.max(0, upto - PAGE), Math.min(PAGE, upto));
  }

  #askLater() {
    if (this.#view.apart) this.#ask(this.#log.last, PAGE);
  }

  #ask(after, limit = SYNC_LIMIT) {
    this.#reading.ask(after, limit);
  }

  // From wherever the page is to the newest line.
  #leap() {
    if (!this.#view.apart) return this.#view.toEnd();
    const from = Math.max(0, this.#head - PAGE);
    this.#view.apart = false;
    this.#log.clear(from);
    this.#view.toEnd();
    this.#reading.forget();
    return this.#ask(from);
  }

  #acknowledged(ack) {
    this.#head = Math.max(this.#head, ack.seq);
    if (this.#view.apart) return this.#drop(ack.cmid);
    const letter = this.#outbox.take(ack.cmid);
    this.#view.below(() => this.#log.settle(ack, letter), { follow: true });
    return this.#haveRead();
  }

  // It is in the log, but not in this stretch of it.
  #drop(cmid) {
    this.#outbox.take(cmid);
    this.#log.drop(cmid);
  }

  #refused({ ref, code, retry_after: wait }) {
    if (code === "rate_limited" || code === "try_again") this.#again(ref, wait);
    else if (ref && code === "session_closed") this.#shutOut(ref);
    else if (ref && REFUSED.includes(code)) this.#holdBack(ref);
  }

  // Without a `ref` it was a question to the log, or a receipt.
  #again(ref, wait) {
    if (ref) return this.#outbox.later(wait);
    this.#reading.later(wait);
    return setTimeout(() => this.#receipts.start(), wait * 1000);
  }

  #closed(often) {
    const cmid = this.#outbox.doubt(often);
    if (cmid) this.#holdBack(cmid);
  }

  #shutOut(cmid) {
    this.#outbox.take(cmid);
    this.#log.fail(cmid, say("refusedClosed"));
    this.#tell("stepped");
  }

  // It stays, over a reload too, until its writer says what is to become of it.
  #holdBack(cmid) {
    this.#outbox.hold(cmid);
    this.#log.fail(cmid, say("refused"), () => {
      const { body, picture } = this.#outbox.take(cmid);
      this.write({ body, picture });
    });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
