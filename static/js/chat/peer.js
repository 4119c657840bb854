// Whether the other one is here, in the head of the chat: from presence frames, and from a clock that stands because
// somebody is away. Hidden while nothing is known, and when the talk is over.
import { say } from "./words.js";

const TOGETHER = ["requested", "accepted", "live", "paused"];

export class Peer {
  #line;
  #conv;
  #away;
  #state = "";
  #here = null;

  constructor(line, { conv, is_client: isClient }) {
    this.#line = line;
    this.#conv = conv;
    this.#away = isClient ? "companion_away" : "client_away";
  }

  hear({ conv, here }) {
    if (conv === this.#conv) this.#show(here);
  }

  // The line is gone: whether he is here is not known any more.
  forget() {
    this.#here = null;
    this.#line.hidden = true;
  }

  moved({ state, pause_reason: reason }) {
    const before = this.#state;
    this.#state = reason ?? state;
    if (reason === this.#away) this.#show(false);
    else if (before === this.#away && state === "live") this.#show(true);
    if (!TOGETHER.includes(state)) this.#line.hidden = true;
  }

  // Says so instead, for as long as it lasts.
  types(now) {
    if (now) this.#put(say("types"), true);
    else if (this.#here === null) this.#line.hidden = true;
    else this.#show(this.#here);
  }

  #show(here) {
    this.#here = here;
    this.#put(say(here ? "here" : "gone"), here);
  }

  #put(words, here) {
    this.#line.hidden = false;
    this.#line.classList.toggle("here", here);
    this.#line.textContent = words;
  }
}
