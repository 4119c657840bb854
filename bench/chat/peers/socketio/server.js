// A chat on socket.io with its Redis streams adapter: a message is committed, then emitted to both members' rooms.
"use strict";

const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-streams-adapter");
const Redis = require("ioredis");
const { write } = require("../log.js");

const server = createServer();
const io = new Server(server, {
  adapter: createAdapter(new Redis(process.env.REDIS_URL)),
  transports: ["websocket"],
  serveClient: false,
});

async function hear(user, { conv, text }) {
  const written = await write(conv, user, text);
  if (!written) return;
  const frame = { conv, seq: written.seq, from: user, text };
  io.to([`u:${written.client}`, `u:${written.companion}`]).emit("msg", frame);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

io.on("connection", (socket) => {
  const user = Number(socket.handshake.query.user);
  socket.join(`u:${user}`);
  socket.on("send", (sent) => hear(user, sent).catch(fail));
});

server.listen({ host: "127.0.0.1", port: Number(process.env.PORT), backlog: 2048 });
process.on("SIGTERM", () => process.exit(0));
