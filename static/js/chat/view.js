// The window onto the talk: stays at the bottom while one is there; otherwise new lines are offered, never forced.
const NEAR_PX = 80;
const NEAR_START_PX = 300;

export class View {
  #box;
  #pill;

  // `atStart` is called when one gets near the oldest line, `atEnd` when one is at the newest.
  constructor(box, pill, { atStart, atEnd }) {
    this.#box = box;
    this.#pill = pill;
    const scrolled = () => {
      if (this.isAtEnd) {
        pill.hidden = true;
        atEnd();
      } else if (box.scrollTop < NEAR_START_PX) atStart();
    };
    box.addEventListener("scroll", scrolled, { passive: true });
    pill.addEventListener("click", () => this.toEnd());
    // The keyboard opens and the window shrinks: what was read stays in sight.
    let height = box.clientHeight;
    new ResizeObserver(() => {
      box.scrollTop += Math.max(0, height - box.clientHeight);
      height = box.clientHeight;
    }).observe(box);
  }

  // Runs `change`, which adds lines below, and goes along if one was at the end, or anyway with `follow`.
  below(change, { follow = false } = {}) {
    const follows = follow || this.isAtEnd;
    change();
    if (follows) this.toEnd();
    else this.#pill.hidden = false;
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

  get isAtEnd() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < NEAR_PX;
  }
}
