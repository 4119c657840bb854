// What was written and is not acknowledged yet: sent one at a time, so that the order is the one it was written in,
// again after each reconnect under the same cmid, and kept over a reload. What was refused is held until its writer says
// so.
import { uuid } from "../uuid.js";
import { keepList, keptList } from "./storage.js";

export class Outbox {
  #key;
  #conv;
  #send;
  #letters;
  #flying = null;

  // `key`: of this talk and who writes; `send(frame)` is false while the line is down.
  constructor({ key, conv, send }) {
    this.#conv = conv;
    this.#send = send;
    this.#key = `outbox:${key}`;
    this.#letters = keptList(this.#key);
  }

  get letters() {
    return this.#letters;
  }

  // `content`: { body } of words, or { picture: { id, width, height } } of what was uploaded before.
  add(content) {
    const letter = { cmid: uuid(), ...content };
    this.#keep([...this.#letters, letter]);
    this.next();
    return letter;
  }

  // The line is new: what was under way may or may not have arrived, so it is said again.
  start() {
    this.#flying = null;
    this.next();
  }

  next() {
    const letter = this.#letters.find(({ held }) => !held);
    if (this.#flying || !letter) return;
    const { cmid, body, picture } = letter;
    const said = picture ? { kind: "image", attachment: picture.id } : { kind: "text", body };
    if (this.#send({ t: "send", cmid, conv: this.#conv, ...said })) this.#flying = cmid;
  }

  // Acknowledged or refused for good; gives the letter back.
  take(cmid) {
    const letter = this.#letters.find((each) => each.cmid === cmid);
    this.#keep(this.#letters.filter((each) => each !== letter));
    if (this.#flying === cmid) this.#flying = null;
    this.next();
    return letter;
  }

  // It stays, but is not sent.
  hold(cmid) {
    this.#keep(this.#letters.map((each) => (each.cmid === cmid ? { ...each, held: true } : each)));
    if (this.#flying === cmid) this.#flying = null;
    this.next();
  }

  // The line was closed for good, perhaps over what was under way. Gives its cmid once that has happened `often`.
  doubt(often) {
    const letter = this.#letters.find(({ cmid }) => cmid === this.#flying);
    if (!letter) return null;
    this.#flying = null;
    letter.doubts = (letter.doubts ?? 0) + 1;
    this.#keep(this.#letters);
    return letter.doubts >= often ? letter.cmid : null;
  }

  later(seconds) {
    setTimeout(() => this.start(), seconds * 1000);
  }

  #keep(letters) {
    this.#letters = letters;
    keepList(this.#key, letters);
  }
}
