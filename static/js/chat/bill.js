// The meter's arithmetic, the same as bookings/services/price.py and bill.py (a test compares them): time in ms, money
// in fen, all of it a function of the booking as the server last told it and the server's clock.
const MINUTE_MS = 60_000;
const HALF_HOUR_MIN = 30;
const STARTED = ["live", "paused", "ended", "exhausted", "settled"];

export function billAt(booking, nowMs) {
  const runs = booking.state === "live";
  const leftMs = Math.max(0, runs ? booking.deadline_ms - nowMs : booking.granted_ms - booking.closed_ms);
  const started = STARTED.includes(booking.state);
  const minutes = started ? countedMin(booking, booking.granted_ms - leftMs) : 0;
  const cost = costOf(booking, minutes);
  const granted = booking.granted_ms / MINUTE_MS;
  const prepaid = costOf(booking, granted);
  const part = Math.round((100 * leftMs) / booking.granted_ms);
  return { leftMs, minutes, cost, granted, prepaid, unused: prepaid - cost - (booking.kept_fen ?? 0), part };
}

// Fen for so many counted minutes. An hour's price is rounded down over all of them: sixty cost exactly the hour. A
// visit is one sum, and each half hour begun after what it includes costs its own.
export function costOf({ price_unit: unit, price_fen: price, included_min: included, overtime_fen: overtime }, minutes) {
  if (unit === "hour") return Math.floor((price * minutes) / 60);
  if (minutes === 0) return 0;
  return price + overtime * Math.ceil(Math.max(0, minutes - included) / HALF_HOUR_MIN);
}

// The minutes that count after so much live time: of an hour those that are complete, of a visit also the one begun.
export function countedMin({ price_unit: unit, granted_ms: grantedMs }, servedMs) {
  const whole = Math.floor(servedMs / MINUTE_MS);
  return unit === "hour" ? whole : Math.min(whole + 1, Math.floor(grantedMs / MINUTE_MS));
}

// 2000 → "¥20", 366 → "¥3.66"
export function yuan(fen) {
  const whole = Math.floor(fen / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fen % 100;
  return `¥${whole}${rest ? `.${String(rest).padStart(2, "0")}` : ""}`;
}
