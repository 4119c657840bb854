// What the booking is called now: an accepted appointment is upcoming until its time has come.
export function nameOf(booking, now) {
  return booking.state === "accepted" && booking.starts_ms > now ? "upcoming" : booking.state;
}
