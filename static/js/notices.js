// The switch for notices on this device. The browser is asked only when it is tapped. Which of the devices is this one
// tells the fingerprint of its address.
const section = document.getElementById("push");
const button = section.querySelector("[role=switch]");
const says = document.getElementById("push-says");

begin();

async function begin() {
  if (!isAble()) return say("unable");
  button.hidden = false;
  button.addEventListener("click", turn);
  if (Notification.permission === "denied") return refused();
  const row = await thisOne();
  if (row) row.querySelector("[data-this]").hidden = false;
  show(Boolean(row));
}

function isAble() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

function say(what) {
  says.textContent = says.dataset[what];
}

// Nothing can be switched here before the browser's own settings are changed; put off for now, it may be tried again.
function refused() {
  show(false);
  say("denied");
  button.disabled = Notification.permission === "denied";
}

function show(isOn) {
  button.setAttribute("aria-checked", String(isOn));
  say(isOn ? "on" : "off");
}

async function turn() {
  button.disabled = true;
  try {
    await (button.getAttribute("aria-checked") === "true" ? turnOff() : turnOn());
  } catch {
    say("failed");
  }
  button.disabled = Notification.permission === "denied";
}

async function turnOn() {
  // At the tap itself: asked later, some browsers refuse.
  if ((await Notification.requestPermission()) !== "granted") return refused();
  say("busy");
  await navigator.serviceWorker.register("/sw.js");
  const subscription = await subscribed(await navigator.serviceWorker.ready);
  const answer = await fetch(section.dataset.add, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(subscription),
  });
  if (answer.status !== 201) throw new Error(answer.status);
  location.reload();
}

async function subscribed({ pushManager }) {
  const options = { userVisibleOnly: true, applicationServerKey: bytes(section.dataset.key) };
  // One that was made for another key of the site hears nothing any more.
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe(options);
}

async function turnOff() {
  const row = await thisOne();
  await (await subscription())?.unsubscribe();
  row ? row.querySelector("form").requestSubmit() : show(false);
}

async function thisOne() {
  const endpoint = (await subscription())?.endpoint;
  if (!endpoint || Notification.permission !== "granted") return null;
  return section.querySelector(`[data-device="${await fingerprint(endpoint)}"]`);
}

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function fingerprint(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]").value;
}

function bytes(text) {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}
