// The companion's quick replies: a list above the text that opens and closes. Choosing one puts it into the text, where
// it can be changed before it is sent.

export function armQuickReplies(insert) {
  const opener = document.getElementById("quick-open");
  const list = document.getElementById("quick-list");
  if (!opener) return;

  const show = (open) => {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
  };
  opener.addEventListener("click", () => {
    show(list.hidden);
    if (!list.hidden) list.querySelector("button, a").focus();
  });
  list.addEventListener("click", (event) => {
    const reply = event.target.closest("[data-reply]");
    if (!reply) return;
    show(false);
    insert(reply.textContent.trim());
  });
  list.parentElement.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    show(false);
    opener.focus();
  });
}
