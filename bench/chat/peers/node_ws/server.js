// A chat on ws, pg and ioredis: a message is committed, published to both members, delivered from the subscription.
"use strict";

const { WebSocketServer } = require("ws");
const Redis = require("ioredis");
const { write } = require("../log.js");

const speaker = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true });
const listener = new Redis(process.env.REDIS_URL);
const sockets = new Map();

listener.on("message", (channel, frame) => {
  for (const socket of sockets.get(channel) ?? []) socket.send(frame);
});

async function hear(user, data) {
  const { conv, text } = JSON.parse(data);
  const written = await write(conv, user, text);
  if (!written) return;
  const frame = JSON.stringify({ conv, seq: written.seq, from: user, text });
  speaker.publish(`u:${written.client}`, frame);
  speaker.publish(`u:${written.companion}`, frame);
}

function leave(channel, socket) {
  const rest = sockets.get(channel);
  rest?.delete(socket);
  if (rest?.size === 0) {
    sockets.delete(channel);
    listener.unsubscribe(channel);
  }
}

async function connect(socket, request) {
  const user = Number(new URL(request.url, "http://localhost").searchParams.get("user"));
  const channel = `u:${user}`;
  socket.on("message", (data) => hear(user, data).catch(fail));
  socket.on("close", () => leave(channel, socket));
  sockets.set(channel, (sockets.get(channel) ?? new Set()).add(socket));
  await listener.subscribe(channel);
  socket.send('{"t":"ready"}');
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT), backlog: 2048 });
server.on("connection", (socket, request) => connect(socket, request).catch(fail));
process.on("SIGTERM", () => process.exit(0));
