// Who is writing: said while one types, shown for a moment.
const EVERY_MS = 3000;
const SHOWN_MS = 4500;

export function armTyping({ conv, me }, socket, peer) {
  const text = document.querySelector("#composer textarea");
  let saidAt = -EVERY_MS;
  let over = 0;

  const stop = () => {
    clearTimeout(over);
    peer.types(false);
  };
  text.addEventListener("input", () => {
    if (!text.value.trim() || performance.now() - saidAt < EVERY_MS) return;
    if (socket.send({ t: "typing", conv })) saidAt = performance.now();
  });
  socket.addEventListener("typing", ({ detail }) => {
    if (detail.conv !== conv || detail.user === me) return;
    peer.types(true);
    clearTimeout(over);
    over = setTimeout(stop, SHOWN_MS);
  });
  // What was being written has come.
  socket.addEventListener("msg", ({ detail }) => detail.conv === conv && detail.from !== me && stop());
}
