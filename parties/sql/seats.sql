-- Who sits at a table: no more than were agreed on, nobody twice in two roles, nobody the companion does not meet in
-- person, and nobody whom a block keeps from anybody there.
CREATE OR REPLACE FUNCTION parties_seated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking;
    there bigint[];
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = NEW.party_id FOR NO KEY UPDATE;
    there := ARRAY[b.client_id, b.companion_id] || ARRAY(SELECT user_id FROM parties_guest WHERE party_id = b.id);
    IF b.state NOT IN ('awaiting_payment', 'requested', 'accepted') THEN
        RAISE EXCEPTION 'booking % is %: nobody joins it', b.id, b.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_in_time';
    END IF;
    IF NEW.user_id IN (b.client_id, b.companion_id) THEN
        RAISE EXCEPTION 'user % is no guest of his own order', NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_is_another';
    END IF;
    IF (SELECT count(*) FROM parties_guest WHERE party_id = NEW.party_id) + 1
       >= (SELECT size FROM parties_party WHERE booking_id = NEW.party_id) THEN
        RAISE EXCEPTION 'party %: no seat is free', NEW.party_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_has_seat';
    END IF;
    IF NOT EXISTS (
        SELECT FROM listings_companion c CROSS JOIN accounts_user u
         WHERE c.user_id = b.companion_id AND u.id = NEW.user_id AND c.meets IN ('anyone', u.gender)
    ) THEN
        RAISE EXCEPTION 'party %: its companion does not meet user %', NEW.party_id, NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_is_met';
    END IF;
    IF EXISTS (
        SELECT FROM accounts_block
         WHERE (blocker_id = NEW.user_id AND blocked_id = ANY (there))
            OR (blocked_id = NEW.user_id AND blocker_id = ANY (there))
    ) THEN
        RAISE EXCEPTION 'party %: user % is kept apart', NEW.party_id, NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_unblocked';
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO parties_invitee AS i (booking_id, user_id, joins, removed) VALUES (b.id, NEW.user_id, 1, false)
            ON CONFLICT (booking_id, user_id) DO UPDATE SET joins = i.joins + 1;
    END IF;
    RETURN NEW;
END $$;

-- How often somebody came is never less, and whose seat was taken back comes no more.
CREATE OR REPLACE FUNCTION parties_invitee_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.removed OR NEW.joins < OLD.joins
       OR (NEW.booking_id, NEW.user_id) IS DISTINCT FROM (OLD.booking_id, OLD.user_id) THEN
        RAISE EXCEPTION 'booking %: that user % came is kept', OLD.booking_id, OLD.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_not_removed';
    END IF;
    RETURN NEW;
END $$;

-- Fewer than sit there already it never is; and once it is paid, its companion has read how many come.
CREATE OR REPLACE FUNCTION parties_sized() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = OLD.booking_id FOR NO KEY UPDATE;
    IF b.state <> 'awaiting_payment' THEN
        RAISE EXCEPTION 'party %: % come, as its companion has read', OLD.booking_id, OLD.size
            USING ERRCODE = 'check_violation', CONSTRAINT = 'party_kept';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF (SELECT count(*) FROM parties_guest WHERE party_id = NEW.booking_id) >= NEW.size THEN
        RAISE EXCEPTION 'party %: more sit there than %', NEW.booking_id, NEW.size
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_has_seat';
    END IF;
    RETURN NEW;
END $$;

-- Nobody is taken from a table for which he has paid, or that has begun.
CREATE OR REPLACE FUNCTION parties_seat_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = OLD.party_id FOR NO KEY UPDATE;
    IF b.state NOT IN ('awaiting_payment', 'requested', 'accepted')
       OR EXISTS (SELECT FROM bookings_share
                   WHERE booking_id = OLD.party_id AND payer_id = OLD.user_id AND state = 'paid') THEN
        RAISE EXCEPTION 'party %: the seat of user % is kept', OLD.party_id, OLD.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_kept';
    END IF;
    RETURN OLD;
END $$;

CREATE OR REPLACE FUNCTION parties_seat_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'party %: the seat of user % is kept', OLD.party_id, OLD.user_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'guest_kept';
END $$;

-- Who pays a part of a table sits there, or has ordered it. Who takes a seat back or parts waits for the same row.
CREATE OR REPLACE FUNCTION parties_payer_sits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b bookings_booking;
BEGIN
    SELECT * INTO b FROM bookings_booking WHERE id = NEW.booking_id FOR NO KEY UPDATE;
    IF NEW.payer_id <> b.client_id AND EXISTS (SELECT FROM parties_party WHERE booking_id = b.id)
       AND NOT EXISTS (SELECT FROM parties_guest WHERE party_id = b.id AND user_id = NEW.payer_id) THEN
        RAISE EXCEPTION 'party %: user % pays for no seat', b.id, NEW.payer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_of_a_seat';
    END IF;
    RETURN NEW;
END $$;

-- As with who orders (bookings/sql/meets.sql): nobody joins as one and comes as another.
CREATE OR REPLACE FUNCTION parties_gender_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM parties_guest g JOIN bookings_booking b ON b.id = g.party_id
         WHERE g.user_id = NEW.id AND b.state IN ('awaiting_payment', 'requested', 'accepted', 'live')
    ) THEN
        RAISE EXCEPTION 'user % is a guest in person: the gender stays', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'user_gender_kept';
    END IF;
    RETURN NEW;
END $$;
