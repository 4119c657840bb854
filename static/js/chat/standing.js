// Where the booking stands, asked of the server: for when a hint may have been lost.
const SOON_MS = 300;

export class Standing {
  #url;
  #tell;
  #asking = false;

  constructor(url, tell) {
    this.#url = url;
    this.#tell = tell;
  }

  // Several reasons to ask in the same moment are one question.
  ask() {
    if (this.#asking) return;
    this.#asking = true;
    setTimeout(() => this.#fetch(), SOON_MS);
  }

  async #fetch() {
    this.#asking = false;
    try {
      const answer = await fetch(this.#url, { headers: { Accept: "application/json" } });
      if (answer.ok && !answer.redirected) this.#tell((await answer.json()).booking);
    } catch {
      // The line is down; the next welcome asks again.
    }
  }
}
