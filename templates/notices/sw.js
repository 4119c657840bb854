{% load static %}// Shows what is pushed to this browser, also while no page is open, and leads there. It keeps nothing.
const DEVICES = "{% url "notices:device_add" %}";
const NOTHING_SAID = { title: "我在", body: "", path: "/", tag: "wozai" };

self.addEventListener("push", (event) => event.waitUntil(show(said(event.data))));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

function said(data) {
  try {
    return { ...NOTHING_SAID, ...data.json() };
  } catch {
    // A browser that is shown nothing takes the permission back.
    return NOTHING_SAID;
  }
}

// One with the same tag takes the place of the one before.
function show({ title, body, path, tag }) {
  const icon = "{% static "icon-192.png" %}";
  return self.registration.showNotification(title, { body, tag, icon, badge: icon, data: { path } });
}

async function open(path) {
  const url = new URL(path, self.location.origin);
  if (url.origin !== self.location.origin) return;
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = tabs.find((tab) => new URL(tab.url).pathname === url.pathname);
  await (there ? there.focus() : self.clients.openWindow(url.href));
}

// The browser's address is another one now, or none any more: who is signed in here goes on being told.
async function renew({ oldSubscription, newSubscription }) {
  const { key, token } = await (await fetch(DEVICES, { headers: { Accept: "application/json" } })).json();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const body = JSON.stringify({ ...subscription.toJSON(), replaces: oldSubscription?.endpoint ?? "" });
  await fetch(DEVICES, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body });
}
