// Somebody wrote while another tab was in front: one notice, until the talk was looked at. It is shown only where notices
// were allowed before, not in somebody's quiet hours, and not for what was read on another page by then.
import { serverNow } from "../clock.js";
import { hour } from "../hour.js";
import { say } from "./words.js";

const ELSEWHERE_MS = 3000;

export class News {
  #tag;
  #told = null;
  #soon = 0;
  #read = 0;

  constructor({ conv }) {
    // The same as that of what is pushed, so that one takes the place of the other.
    this.#tag = `talk-${conv}`;
    document.addEventListener("visibilitychange", () => document.hidden || this.#over());
  }

  spoken({ seq }) {
    if (!document.hidden || this.#told || this.#soon) return;
    this.#soon = setTimeout(() => this.#tell(seq), ELSEWHERE_MS);
  }

  // On another page, up to this number.
  read(seq) {
    this.#read = Math.max(this.#read, seq);
    this.#over();
  }

  async #tell(seq) {
    this.#soon = 0;
    if (!document.hidden || this.#read >= seq || !isAllowed() || isQuiet()) return;
    this.#told = await show(say("app"), { body: say("news"), tag: this.#tag, icon: say("icon"), data: { path: location.pathname } });
  }

  #over() {
    clearTimeout(this.#soon);
    this.#told?.close();
    this.#told = null;
    this.#soon = 0;
  }
}

function isAllowed() {
  return "Notification" in window && Notification.permission === "granted";
}

function isQuiet() {
  const [from, until, now] = [say("quietFrom"), say("quietUntil"), hour(serverNow())];
  if (!from) return false;
  return from > until ? now >= from || now < until : now >= from && now < until;
}

// A phone shows it only through the service worker, which also knows where it leads.
async function show(title, options) {
  const worker = await navigator.serviceWorker?.getRegistration("/");
  if (!worker) return shownByPage(title, options);
  await worker.showNotification(title, options);
  const [shown] = await worker.getNotifications({ tag: options.tag });
  return shown ?? { close() {} };
}

function shownByPage(title, options) {
  try {
    const shown = new Notification(title, options);
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
    return shown;
  } catch {
    return null;
  }
}
