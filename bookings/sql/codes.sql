-- What a companion typed, and when it came, speaks for or against whoever is held not to have come.
CREATE OR REPLACE FUNCTION bookings_entry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'code entries are kept: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
