// Where one writes. Enter sends and Shift+Enter is a new line; on a keyboard of glass, which has no Shift+Enter, Enter is a
// new line and the button sends. The Enter that chooses a word of an input method never sends.
import { keep, kept } from "./storage.js";
import { say } from "./words.js";

const LIMIT = 4000;
const KEYCODE_OF_INPUT_METHOD = 229;
const BY_TOUCH = matchMedia("(pointer: coarse)");

export class Composer {
  #form;
  #text;
  #note;
  #draft;
  #send;
  #pictures;

  // `key`: of this talk and who writes. `pictures`: what was chosen and goes before the words (pictures.js).
  constructor(form, { key, send, pictures }) {
    this.#form = form;
    this.#text = form.querySelector("textarea");
    this.#note = document.getElementById("composer-note");
    this.#draft = `draft:${key}`;
    this.#send = send;
    this.#pictures = pictures;
    this.#text.enterKeyHint = BY_TOUCH.matches ? "enter" : "send";
    this.#text.value = kept(this.#draft);
    this.#text.addEventListener("input", () => this.#changed());
    for (const type of ["focus", "blur"]) this.#text.addEventListener(type, () => this.#writes(type === "focus"));
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#changed();
  }

  // Puts words where the cursor is, or over what is selected; they are not sent.
  insert(words) {
    this.#text.setRangeText(words, this.#text.selectionStart, this.#text.selectionEnd, "end");
    this.#changed();
    this.#text.focus();
  }

  // Shut, the reason and the next step stand in its place. `begins`: the next words start the clock.
  gate(open, begins) {
    this.#text.placeholder = (begins && this.#text.dataset.first) || this.#text.dataset.then;
    const hadFocus = this.#form.contains(document.activeElement);
    this.#form.hidden = !open;
    const shut = document.getElementById("shut");
    shut.hidden = open;
    if (!open && hadFocus) [...shut.querySelectorAll("a, button")].find((link) => link.offsetParent)?.focus();
  }

  #writes(is) {
    this.#form.closest(".chat").classList.toggle("writing", is);
  }

  #key(event) {
    const composing = event.isComposing || event.keyCode === KEYCODE_OF_INPUT_METHOD;
    if (event.key !== "Enter" || event.shiftKey || composing || BY_TOUCH.matches) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const body = this.#text.value.trim();
    const length = [...body].length;
    if (this.#isTooLong(length)) return;
    this.#pictures.submit();
    if (!length) return;
    this.#text.value = "";
    this.#changed();
    this.#send(body);
    this.#text.focus();
  }

  #isTooLong(length) {
    const over = length > LIMIT;
    this.#note.hidden = !over;
    if (over) this.#note.textContent = say("tooLong", { length, limit: LIMIT });
    return over;
  }

  #changed() {
    keep(this.#draft, this.#text.value);
    if (!this.#note.hidden) this.#isTooLong([...this.#text.value.trim()].length);
    // As high as its text, up to the stylesheet's limit.
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight + this.#text.offsetHeight - this.#text.clientHeight}px`;
  }
}
