// The log of messages of both Node peers: one statement a message, prepared once a connection.
"use strict";

const { Pool } = require("pg");

const WRITE = `
WITH numbered AS (
    UPDATE conversation SET last_seq = last_seq + 1
     WHERE id = $1 AND $2 IN (client, companion)
    RETURNING id, last_seq, client, companion
), written AS (
    INSERT INTO message (conversation, seq, sender, body) SELECT id, last_seq, $2, $3 FROM numbered
)
SELECT last_seq AS seq, client, companion FROM numbered`;

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL),
  min: Number(process.env.POOL),
  idleTimeoutMillis: 0,
});

/** The committed message's seq and its two members; undefined for who is no member. */
async function write(conversation, sender, body) {
  const { rows } = await pool.query({ name: "write", text: WRITE, values: [conversation, sender, body] });
  return rows[0];
}

module.exports = { write };
