// The meter's arithmetic, the same as bookings/services/bill.py: time in ms, money in fen, all of it a function of the
// booking as the server last told it and the server's clock.
const MINUTE_MS = 60_000;

export function billAt(booking, nowMs) {
  const runs = booking.state === "live";
  const leftMs = Math.max(0, runs ? booking.deadline_ms - nowMs : booking.granted_ms - booking.closed_ms);
  const minutes = Math.floor((booking.granted_ms - leftMs) / MINUTE_MS);
  const cost = priceOf(booking.price_fen, minutes);
  const prepaid = priceOf(booking.price_fen, booking.granted_ms / MINUTE_MS);
  const part = Math.round((100 * leftMs) / booking.granted_ms);
  return { leftMs, minutes, cost, unused: prepaid - cost - (booking.kept_fen ?? 0), part };
}

// Whole minutes at an hour's price, rounded down over all of them: sixty cost exactly the hour.
export function priceOf(fenPerHour, minutes) {
  return Math.floor((fenPerHour * minutes) / 60);
}

// 2000 → "¥20", 366 → "¥3.66"
export function yuan(fen) {
  const whole = Math.floor(fen / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fen % 100;
  return `¥${whole}${rest ? `.${String(rest).padStart(2, "0")}` : ""}`;
}
