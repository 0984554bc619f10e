// The form: shows the wish in force, marks what was edited, sends that alone.

const form = document.getElementById("controls");
const answer = document.getElementById("answer");
const apply = document.getElementById("apply");
const revert = document.getElementById("revert");
const colour = document.getElementById("colour");
const fields = form.elements;

const text = (value) => (value === null || value === undefined ? "" : String(value));

let shown = {}; // words of the wish in the form

// The wish as the form's words.
function words(wish) {
  const [kind, ...key] = wish.hint.split(":");
  return {
    fps: text(+wish.fps.toFixed(3)),
    background: text(wish.background),
    hint: kind,
    key: key.join(":"),
    min_cost: text(wish.min_cost),
    max_cost: text(wish.max_cost),
  };
}

const isUsed = (name) => name !== "key" || fields.hint.value === "key";
const isEdited = (name) => isUsed(name) && fields[name].value.trim() !== shown[name];

function mark() {
  const edited = Object.keys(shown).filter(isEdited);
  for (const name of Object.keys(shown)) fields[name].classList.toggle("changed", edited.includes(name));
  if (/^#[0-9a-f]{6}$/i.test(fields.background.value)) colour.value = fields.background.value;
  fields.key.hidden = !isUsed("key");
  apply.disabled = revert.disabled = edited.length === 0;
}

const number = (value) => (value === "" ? null : Number(value));

// What was edited, as the job takes it.
function change() {
  const asked = {};
  if (isEdited("fps")) asked.fps = number(fields.fps.value);
  if (isEdited("background")) asked.background = fields.background.value.trim() || null;
  for (const name of ["min_cost", "max_cost"]) if (isEdited(name)) asked[name] = number(fields[name].value);
  if (isEdited("hint") || isEdited("key")) {
    const key = fields.key.value.trim();
    asked.hint = fields.hint.value === "key" ? `key:${key || "auto"}` : fields.hint.value;
  }
  return asked;
}

function say(line, isBad = false) {
  answer.textContent = line;
  answer.classList.toggle("bad", isBad);
}

async function send(event) {
  event.preventDefault();
  const wrong = ["fps", "min_cost", "max_cost"].find((name) => fields[name].validity.badInput);
  if (wrong) return say(`${form.querySelector(`[for=${wrong}]`).textContent}: not a number`, true);
  const options = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(change()),
  };
  try {
    const response = await fetch("api/controls", options);
    const told = await response.json();
    if (!response.ok) return say(told.error, true);
    showWish(told.wish, true);
    say("Applied");
  } catch {
    say("The job does not answer", true);
  }
}

// Show a wish; what a person is editing stays, unless `all` is set.
export function showWish(wish, all = false) {
  const next = words(wish);
  for (const [name, value] of Object.entries(next)) {
    if (all || shown[name] === undefined || !isEdited(name)) fields[name].value = value;
  }
  shown = next;
  mark();
}

export async function start() {
  const choices = await (await fetch("api/choices")).json();
  const begun = choices.hints[0].split(":")[0]; // the hint that the job began with
  const hints = { subject: "Found by itself", key: "Before a screen of" };
  if (!(begun in hints)) hints[begun] = `As begun: ${begun}`;
  fields.hint.replaceChildren(...Object.entries(hints).map(([value, label]) => new Option(label, value)));
  const offered = [...choices.backgrounds, "blur:20", "black", "white", "navy"];
  document.getElementById("backgrounds").replaceChildren(...offered.map((name) => new Option(name)));
  if (choices.costs) {
    for (const name of ["min_cost", "max_cost"]) [fields[name].min, fields[name].max] = choices.costs;
    [fields.min_cost.placeholder, fields.max_cost.placeholder] = choices.costs;
  }
}

form.addEventListener("submit", send);
for (const kind of ["input", "change"]) form.addEventListener(kind, () => { say(""); mark(); });
colour.addEventListener("input", () => { fields.background.value = colour.value; });
revert.addEventListener("click", () => {
  for (const [name, value] of Object.entries(shown)) fields[name].value = value;
  say("");
  mark();
});
