// A sound for what waits for her, if she switched it on at the workbench. Soft tones, made here: there is no file to
// load. Two for a new order, one for a message.
const KEPT = "ring";
const TONES_HZ = [660, 880];
const TONE_S = 0.18;

export class Bell {
  #audio = null;

  constructor() {
    document.addEventListener("click", (event) => event.target.closest("#ring") && this.#turn());
    // A browser plays nothing before the page was touched.
    for (const touch of ["pointerdown", "keydown"]) {
      document.addEventListener(touch, () => this.#on && this.#wake(), { passive: true });
    }
  }

  get #on() {
    try {
      return localStorage.getItem(KEPT) === "yes";
    } catch {
      return false;
    }
  }

  // Puts the switch where it is, on a page that has one; the page brings a new one with each refresh.
  show() {
    const ring = document.getElementById("ring");
    if (!ring) return;
    ring.setAttribute("aria-checked", String(this.#on));
    const note = document.getElementById("sound-note");
    note.textContent = this.#on && this.#audio?.state !== "running" ? note.dataset.locked : "";
  }

  ring() {
    this.#play(TONES_HZ);
  }

  nudge() {
    this.#play(TONES_HZ.slice(0, 1));
  }

  #play(tones) {
    if (!this.#on || this.#audio?.state !== "running") return;
    tones.forEach((hertz, number) => this.#tone(hertz, this.#audio.currentTime + number * TONE_S));
  }

  async #turn() {
    try {
      localStorage.setItem(KEPT, this.#on ? "no" : "yes");
    } catch {
      // Private windows keep nothing; then it stays off.
    }
    await this.#wake();
    this.ring();
  }

  async #wake() {
    if (this.#on) {
      this.#audio ??= new AudioContext();
      await this.#audio.resume();
    }
    this.show();
  }

  #tone(hertz, at) {
    const tone = new OscillatorNode(this.#audio, { frequency: hertz });
    const loud = new GainNode(this.#audio, { gain: 0 });
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.2, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, at + TONE_S * 2);
    tone.connect(loud).connect(this.#audio.destination);
    tone.start(at);
    tone.stop(at + TONE_S * 2);
  }
}
