// What floats up does so below the meter, however many lines that has now: --below-meter, in px from the top.
export function toastsBelow(meter) {
  const put = () => {
    const below = Math.round(meter.getBoundingClientRect().bottom);
    document.documentElement.style.setProperty("--below-meter", `${below}px`);
  };
  new ResizeObserver(put).observe(meter);
}
