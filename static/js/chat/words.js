// What the page says, in its language: the template's data-* attributes of #words, with {places} to fill in.
const words = document.getElementById("words").dataset;

export function say(name, places = {}) {
  return (words[name] ?? "").replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}
