// The log of messages of both Node peers: one statement a message, prepared once a connection.
"use strict";

const { Client, Pool } = require("pg");

const WRITE = `
WITH numbered AS (
    UPDATE conversation SET last_seq = last_seq + 1
     WHERE id = $1 AND $2 IN (client, companion)
    RETURNING id, last_seq, client, companion
), written AS (
    INSERT INTO message (conversation, seq, sender, body) SELECT id, last_seq, $2, $3 FROM numbered
)
SELECT last_seq AS seq, client, companion FROM numbered`;

// A statement waits for a connection of a pool; or, asked for so, is sent at once on the next of some that are pipelined.
function pooled(connectionString, max) {
  const pool = new Pool({ connectionString, max, min: max, idleTimeoutMillis: 0 });
  return (statement) => pool.query(statement);
}

function pipelined(connectionString, many) {
  const clients = Array.from({ length: many }, () => new Client({ connectionString, pipeline: true }));
  for (const client of clients) client.connect();
  let turn = 0;
  return (statement) => clients[turn++ % many].query(statement);
}

const { DATABASE_URL, POOL, PIPES } = process.env;
const query = PIPES ? pipelined(DATABASE_URL, Number(PIPES)) : pooled(DATABASE_URL, Number(POOL));

/** The committed message's seq and its two members; undefined for who is no member. */
async function write(conversation, sender, body) {
  const { rows } = await query({ name: "write", text: WRITE, values: [conversation, sender, body] });
  return rows[0];
}

module.exports = { write };
