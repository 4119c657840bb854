-- What both Node peers need: who talks to whom, the number of the last message, the messages.
CREATE TABLE conversation (
    id integer PRIMARY KEY,
    client integer NOT NULL,
    companion integer NOT NULL,
    last_seq integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE message (
    conversation integer NOT NULL REFERENCES conversation,
    seq integer NOT NULL,
    sender integer NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (conversation, seq)
);

INSERT INTO conversation (id, client, companion)
SELECT n, n, %(sessions)s + n FROM generate_series(1, %(sessions)s) n;
