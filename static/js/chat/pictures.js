// Pictures that are chosen, pasted or dropped: each is shown above the text while it goes up, can be taken away, and is
// sent with the next tap on "send", or as soon as it is up where that was tapped before. What is up is kept over a reload;
// before what is not yet would be lost with the page, the browser asks.
import { element } from "./lines.js";
import { keepList, keptList } from "./storage.js";
import { addressOf } from "./thumbnail.js";
import { drawInto, upload } from "./upload.js";
import { say } from "./words.js";

const MOST = 9;
const THUMB_PX = 144;
const GONE = 404;

export class Pictures {
  #tray;
  #url;
  #token;
  #send;
  #key;
  #items = [];
  #ask;

  // `key`: of this talk and who writes. `send(picture)` writes the message of what is up: { id, width, height }.
  constructor(form, { key, url, send }) {
    this.#tray = form.querySelector("#picture-tray");
    // Where nothing can be written any more, nothing is lost.
    this.#ask = (event) => form.hidden || event.preventDefault();
    this.#url = url;
    this.#token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    this.#send = send;
    this.#key = `tray:${key}`;
    keptList(this.#key).forEach((picture) => this.#restore(picture));
    this.#arm(form, form.querySelector("#picture-file"));
    window.addEventListener("online", () => this.#again());
  }

  // What is up is sent, in the order it was chosen; what is not follows when it is.
  submit() {
    this.#items.forEach((item) => (item.wanted = true));
    this.#next();
  }

  #arm(form, input) {
    const chat = form.closest(".chat");
    form.querySelector("#picture-open").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.#add(input.files);
      input.value = "";
    });
    form.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    chat.addEventListener("dragover", (event) => {
      if (!form.hidden && event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
    chat.addEventListener("drop", (event) => form.hidden || this.#take(event, event.dataTransfer));
  }

  #take(event, { files }) {
    if (!files.length) return;
    event.preventDefault();
    this.#add(files);
  }

  #add(files) {
    for (const file of Array.from(files).slice(0, MOST - this.#items.length)) this.#items.push(this.#item(file, file));
    this.#guard();
    this.#next();
  }

  // From before the reload. What the server has no more goes without a word: it was never sent.
  #restore(picture) {
    const looked = lookAt(picture);
    const item = this.#item(null, looked.then((answer) => answer?.ok && answer.blob()));
    this.#items.push(item);
    this.#arrived(item, { picture });
    looked.then((answer) => answer?.status === GONE && this.#drop(item));
  }

  #item(file, look) {
    const item = { file, line: element("li"), bar: element("progress"), note: element("span", "small") };
    const thumb = element("canvas");
    thumb.width = thumb.height = THUMB_PX;
    drawInto(thumb, look);
    item.bar.max = 1;
    item.bar.value = 0;
    item.bar.setAttribute("aria-label", say("pictureUploading"));
    item.line.append(thumb, item.bar, item.note, this.#button("remove", () => this.#drop(item)));
    this.#tray.append(item.line);
    this.#tray.hidden = false;
    return item;
  }

  #button(name, act) {
    const button = document.getElementById(`picture-${name}`).content.firstElementChild.cloneNode(true);
    button.addEventListener("click", act);
    return button;
  }

  // One goes up at a time, so that they arrive in order. What was refused holds up nothing.
  async #next() {
    const [first] = this.#items.filter(({ refused }) => !refused);
    if (first?.picture && first.wanted) return this.#sent(first);
    const item = this.#items.find(({ picture, refused }) => !picture && !refused);
    if (!item || item.cancel) return undefined;
    const { done, cancel } = upload(this.#url, this.#token, item.file, (part) => (item.bar.value = part));
    item.cancel = cancel;
    this.#arrived(item, await done);
    return this.#next();
  }

  #arrived(item, { picture, message, again }) {
    Object.assign(item, { cancel: null, picture, refused: !picture, again });
    item.bar.hidden = true;
    if (picture) item.note.textContent = say("pictureReady");
    else this.#fail(item, message || say("pictureFailed"), again);
    this.#keep();
  }

  #keep() {
    keepList(this.#key, this.#items.map(({ picture }) => picture).filter(Boolean));
    this.#guard();
  }

  // A page that asks for nothing is one that the browser can keep for the way back.
  #guard() {
    if (this.#items.some(isOnlyHere)) window.addEventListener("beforeunload", this.#ask);
    else window.removeEventListener("beforeunload", this.#ask);
  }

  // Without `again` nothing but taking it away can be done.
  #fail(item, words, again) {
    item.line.classList.add("failed");
    item.line.setAttribute("role", "alert");
    item.note.textContent = words;
    if (again) item.note.after(this.#button("retry", () => this.#retry(item)));
  }

  #retry(item) {
    item.line.querySelector("[data-retry]").remove();
    item.line.classList.remove("failed");
    item.line.removeAttribute("role");
    item.note.textContent = "";
    item.bar.value = 0;
    item.bar.hidden = item.refused = item.again = false;
    this.#next();
  }

  // The network is back.
  #again() {
    this.#items.filter(({ again }) => again).forEach((item) => this.#retry(item));
  }

  #sent(item) {
    this.#send(item.picture);
    this.#drop(item);
  }

  #drop(item) {
    this.#items = this.#items.filter((each) => each !== item);
    item.cancel?.();
    item.line.remove();
    this.#tray.hidden = !this.#items.length;
    this.#keep();
    this.#next();
  }
}

// It may still go up.
function isOnlyHere({ picture, refused, again }) {
  return !picture && (!refused || again);
}

// Null while there is no network: then it stays without a look.
async function lookAt(picture) {
  try {
    return await fetch(`${addressOf(picture)}preview/`);
  } catch {
    return null;
  }
}
