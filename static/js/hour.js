// The hour of a moment, as all times on the pages are: that of Shanghai.
export const ZONE = "Asia/Shanghai";
const hourOf = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE,
});

export function hour(at) {
  return hourOf.format(at);
}
