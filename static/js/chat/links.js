// Text with its web addresses as links. Text only ever becomes text nodes.
// Nothing in an address may turn around or hide what it says.
const ADDRESS = /https?:\/\/[^\s<>"'`，。！？；：、（）【】《》“”‘’\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gi;
const TRAILING = /[.,!?;:)\]}]+$/;

export function withLinks(text) {
  const parts = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!isWebAddress(address)) continue;
    parts.append(text.slice(done, match.index), linkTo(address));
    done = match.index + address.length;
  }
  parts.append(text.slice(done));
  return parts;
}

function isWebAddress(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

function linkTo(address) {
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
  link.textContent = address;
  return link;
}
