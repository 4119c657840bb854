-- Who meets whom in person: what the two have said of it holds when it is ordered, and what is ordered stands.

CREATE OR REPLACE FUNCTION bookings_meets_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM listings_companion c CROSS JOIN accounts_user u
         WHERE c.user_id = NEW.companion_id AND u.id = NEW.client_id AND c.meets IN ('anyone', u.gender)
    ) THEN
        RAISE EXCEPTION 'booking %: its companion does not meet its client in person', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_meets_client';
    END IF;
    RETURN NEW;
END $$;

-- Nobody orders as one and comes as another. Who orders holds the client's row (accounts.services.one_at_a_time), so
-- one of the two sees the other.
CREATE OR REPLACE FUNCTION bookings_gender_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM bookings_booking
         WHERE client_id = NEW.id AND NOT online AND state IN ('awaiting_payment', 'requested', 'accepted', 'live')
    ) THEN
        RAISE EXCEPTION 'user % has an appointment in person: the gender stays', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'user_gender_kept';
    END IF;
    RETURN NEW;
END $$;
