-- What is over keeps its bill, whoever writes: neither its time nor what was charged changes any more. What was kept of
-- it is written once, right after it was closed.
CREATE OR REPLACE FUNCTION bookings_bill_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'booking % is %: its bill is final', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
END $$;
