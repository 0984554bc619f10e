// The newest picture, asked for again as soon as it is there, at most five times a second.

const PERIOD = 200; // milliseconds
const AWAY = 2000; // between two tries while there is no picture

const canvas = document.getElementById("picture");
const none = document.getElementById("no-picture");
const pause = document.getElementById("pause");

let isPaused = false;
let wake = () => {};

const kind = () => document.querySelector("input[name=kind]:checked");
const sleep = (time) => new Promise((done) => { wake = done; setTimeout(done, time); });

async function show() {
  const asked = kind().value;
  const answer = await fetch(`preview/${asked}.jpg`);
  if (answer.status !== 200) return false;
  const picture = await createImageBitmap(await answer.blob());
  if (asked === kind().value) {
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      [canvas.width, canvas.height] = [picture.width, picture.height];
    }
    canvas.getContext("2d").drawImage(picture, 0, 0);
    canvas.dataset.shown = asked;
    none.hidden = true;
  }
  picture.close();
  return true;
}

export async function run() {
  for (;;) {
    const began = performance.now();
    let isShown = false;
    if (!isPaused && !document.hidden) {
      isShown = await show().catch(() => false); // the job is gone; main.js says so
      if (!isShown) none.hidden = false;
    }
    await sleep(isShown ? Math.max(20, PERIOD - (performance.now() - began)) : AWAY);
  }
}

pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  wake();
});

document.getElementById("kinds").addEventListener("change", () => {
  canvas.setAttribute("aria-label", kind().nextElementSibling.textContent);
  wake();
});

document.addEventListener("visibilitychange", () => wake());
