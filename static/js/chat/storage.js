// What is kept over a reload, for as long as the window is open. A private window keeps nothing.

export function keep(key, text) {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // Then it lasts as long as the page.
  }
}

export function kept(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function keepList(key, list) {
  keep(key, list.length ? JSON.stringify(list) : "");
}

export function keptList(key) {
  try {
    return JSON.parse(kept(key) || "[]");
  } catch {
    return [];
  }
}
