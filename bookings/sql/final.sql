-- What is over keeps its bill, whoever writes: neither its time nor what was charged changes any more. What was kept of
-- it is written once, right after it was closed.
CREATE OR REPLACE FUNCTION bookings_bill_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'booking % is %: its bill is final', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
END $$;

-- A clock that has run out is never started again: time is granted to what runs, and to nothing else.
CREATE OR REPLACE FUNCTION bookings_granted_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'booking % is %: its time is final', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
END $$;

-- Time on top is what it was when it was asked for; once it is granted or missed, that is decided too.
CREATE OR REPLACE FUNCTION bookings_extension_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'extension % is final', OLD.id USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION bookings_extension_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'extensions are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- What happened when is what pauses, refunds and the books are computed from.
CREATE OR REPLACE FUNCTION bookings_step_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'steps are final: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
