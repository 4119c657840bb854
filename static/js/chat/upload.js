// One file to the server, with progress; and its first look before it is there.
const PATIENCE_MS = 120_000;
const FOR_GOOD = [403, 404, 409, 413, 415];

// `done` becomes { picture } as the server keeps it, or { message, again }: what it says, and whether it is worth trying
// again. fetch tells no progress of what goes up.
export function upload(url, token, file, progress) {
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("picture", file);
  const done = new Promise((resolve) => {
    request.addEventListener("loadend", () => resolve(read(request)));
  });
  request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
  request.open("POST", url);
  request.timeout = PATIENCE_MS;
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", token);
  request.send(body);
  return { done, cancel: () => request.abort() };
}

function read(request) {
  const told = jsonOf(request);
  if (request.status === 200 && told?.id) return { picture: told };
  return { message: told?.message, again: !FOR_GOOD.includes(request.status) };
}

function jsonOf({ responseText }) {
  try {
    return JSON.parse(responseText);
  } catch {
    return null;
  }
}

// Filled with the middle of the picture, or of what it will be; what this browser cannot draw stays empty. No blob: address is needed for it.
export async function drawInto(canvas, look) {
  try {
    const bitmap = await createImageBitmap(await look);
    const side = Math.min(bitmap.width, bitmap.height);
    const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    canvas.getContext("2d").drawImage(bitmap, x, y, side, side, 0, 0, canvas.width, canvas.height);
    bitmap.close();
  } catch {
    // HEIC, or no picture at all: the server says so.
  }
}
