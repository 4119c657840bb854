// The window onto the talk: stays at the bottom while one is there; otherwise new lines are offered, never forced.
const NEAR_PX = 80;
const NEAR_START_PX = 300;
const NEAR_END_PX = 600;

export class View {
  #box;
  #pill;
  #apart = false;

  // `atStart` is called when one gets near the oldest line, `nearEnd` near the last one here, `atEnd` when one is at the
  // newest, and `leap` when one wants to be there.
  constructor(box, pill, { atStart, nearEnd, atEnd, leap }) {
    this.#box = box;
    this.#pill = pill;
    const scrolled = () => {
      if (this.#fromEnd < NEAR_END_PX) nearEnd();
      if (this.isAtNewest) {
        pill.hidden = true;
        atEnd();
      } else if (box.scrollTop < NEAR_START_PX) atStart();
    };
    box.addEventListener("scroll", scrolled, { passive: true });
    pill.addEventListener("click", leap);
    // The keyboard opens and the window shrinks: what was read stays in sight.
    let height = box.clientHeight;
    new ResizeObserver(() => {
      box.scrollTop += Math.max(0, height - box.clientHeight);
      height = box.clientHeight;
    }).observe(box);
  }

  // The last line here is not the newest: the way there is offered.
  get apart() {
    return this.#apart;
  }

  set apart(is) {
    if (is !== this.#apart) this.#pill.hidden = !is;
    this.#apart = is;
    this.#box.classList.toggle("apart", is);
    this.#name(is ? "end" : "new");
  }

  // Something new is at the end.
  offer() {
    this.#name("new");
    this.#pill.hidden = false;
  }

  // Runs `change`, which adds lines below, and goes along if one was at the end, or anyway with `follow`.
  below(change, { follow = false } = {}) {
    if (this.#apart) return change();
    const follows = follow || this.isAtNewest;
    change();
    return follows ? this.toEnd() : this.offer();
  }

  // Runs `change`, which adds lines above; what is read stays where it is.
  above(change) {
    const fromEnd = this.#box.scrollHeight - this.#box.scrollTop;
    change();
    this.#box.scrollTop = this.#box.scrollHeight - fromEnd;
  }

  toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#pill.hidden = true;
  }

  get isAtNewest() {
    return !this.#apart && this.#fromEnd < NEAR_PX;
  }

  get #fromEnd() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight;
  }

  #name(what) {
    for (const words of this.#pill.querySelectorAll("[data-says]")) words.hidden = words.dataset.says !== what;
  }
}
