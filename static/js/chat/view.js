// The window onto the talk: stays at the bottom while one is there; otherwise new lines are offered, never forced.
const NEAR_PX = 80;

export class View {
  #box;
  #pill;

  constructor(box, pill) {
    this.#box = box;
    this.#pill = pill;
    box.addEventListener("scroll", () => this.#atEnd() && (pill.hidden = true), { passive: true });
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
    const follows = follow || this.#atEnd();
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

  #atEnd() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < NEAR_PX;
  }
}
