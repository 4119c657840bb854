// Sending a form without leaving the page, once at a time.

// What the server says as JSON; null when nobody answered, undefined while the form is on its way already.
export async function post(form) {
  if (form.dataset.sent) return undefined;
  busy(form, true);
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
    return { ok: answer.ok, ...(await answer.json()) };
  } catch {
    return null;
  }
}

export function release(form) {
  busy(form, false);
}

function busy(form, is) {
  const button = form.querySelector("button");
  if (is) form.dataset.sent = button.dataset.busy = "yes";
  else {
    delete form.dataset.sent;
    delete button.dataset.busy;
  }
}
