// Marks in a line the words that were looked for, in whatever case or width they were typed, as the list of what was found
// does (chat/pages/marking.py).
const LETTER = /.\p{M}*/gsu;

export function mark(line, words) {
  const needle = folded(words);
  const said = line.querySelector("p");
  if (!needle || !said) return;
  const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) spansIn(text.data, needle).reverse().forEach(([from, to]) => wrap(text, from, to));
}

// The last one first, so that those before it stay where they were.
function wrap(text, from, to) {
  const found = text.splitText(from);
  found.splitText(to - from);
  const marked = document.createElement("mark");
  found.replaceWith(marked);
  marked.append(found);
}

// From where to where in the text as it was typed: one letter may be several once it is folded, or none.
function spansIn(text, needle) {
  const origins = [];
  let letters = "";
  for (const { 0: letter, index } of text.matchAll(LETTER)) {
    const asFolded = folded(letter);
    letters += asFolded;
    for (let each = 0; each < asFolded.length; each += 1) origins.push([index, index + letter.length]);
  }
  const spans = [];
  for (let at = letters.indexOf(needle); at >= 0; at = letters.indexOf(needle, at + needle.length)) {
    // A letter that is several once it is folded may have been found before.
    if (spans.length && origins[at][0] < spans.at(-1)[1]) continue;
    spans.push([origins[at][0], origins[at + needle.length - 1][1]]);
  }
  return spans;
}

function folded(text) {
  return text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}
