// Asks the job once a second how it does, and shows it.

import { CHARTS, Chart } from "./charts.js";
import { showWish, start } from "./controls.js";
import { run } from "./preview.js";

const PERIOD = 1000; // milliseconds
const KEPT = 300; // samples

const byId = (id) => document.getElementById(id);
const charts = CHARTS.map((definition) => new Chart(byId("charts"), definition));

let next = 0;
let columns = null;
let isStarted = false;

async function asked(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

const time = (seconds) => new Date(1000 * seconds).toISOString().slice(seconds < 3600 ? 14 : 11, 19);

function uptime(seconds) {
  const days = Math.floor(seconds / 86400);
  return (days ? `${days} d ` : "") + time(seconds % 86400);
}

function cell(name, content, label, style = "") {
  const element = Object.assign(document.createElement(name), { textContent: content, className: style });
  element.dataset.label = label;
  return element;
}

function linkRow(link, role) {
  const row = document.createElement("tr");
  const name = cell("th", `${role}: ${link.name}`, "");
  name.scope = "row";
  const styles = { up: "good", connecting: "", down: "bad", closed: "" };
  const state = cell("td", "", "");
  state.append(Object.assign(document.createElement("span"), {
    textContent: link.state, className: `pill ${styles[link.state]}`,
  }));
  row.append(
    name,
    state,
    cell("td", link.frames.toLocaleString("en"), "frames"),
    cell("td", link.reconnects, "reconnects"),
    cell("td", link.error, "", "error"),
  );
  return row;
}

function showCounts(status) {
  const counts = {
    Received: status.received.toLocaleString("en"),
    Matted: status.matted.toLocaleString("en"),
    Dropped: status.dropped.toLocaleString("en"),
    Repeated: status.repeated.toLocaleString("en"),
    "Last latency": `${Math.round(status.latency_ms)} ms`,
    Memory: `${Math.round(status.memory_bytes / 1e6)} MB`,
    Background: status.background,
    Hint: status.hint,
    "Cost bounds": `${status.min_cost} to ${status.max_cost} GMAC`,
  };
  byId("counts").replaceChildren(...Object.entries(counts).map(([name, value]) => {
    const pair = document.createElement("div");
    pair.append(cell("dt", name, ""), cell("dd", value, ""));
    return pair;
  }));
}

function showHealth(isIll, text) {
  byId("health").textContent = text;
  byId("health").className = `pill ${isIll ? "bad" : "good"}`;
}

function showProblem(line) {
  byId("problem").hidden = !line;
  if (byId("problem").textContent !== line) byId("problem").textContent = line;
}

function showStatus({ status, wish, error, ill }) {
  const size = status.width ? `${status.width}×${status.height}, ` : "";
  const rate = `${status.fps.toFixed(1)} of ${+status.target_fps.toFixed(2)} frames a second`;
  byId("summary").textContent = `${size}${rate}, up ${uptime(status.uptime)}`;
  const isAway = status.source.state !== "up";
  showHealth(ill || isAway, ill ? "not sending" : isAway ? `source ${status.source.state}` : "live");
  showProblem([error, ill].filter(Boolean).join("; "));
  const sinks = status.sinks.map((sink) => linkRow(sink, "Sink"));
  byId("links").replaceChildren(linkRow(status.source, "Source"), ...sinks);
  showCounts(status);
  showWish(wish);
}

function keep(answer) {
  if (columns === null || answer.next < next) columns = answer.samples; // another job answers now
  else for (const name of Object.keys(columns)) {
    columns[name] = [...columns[name], ...answer.samples[name]].slice(-KEPT);
  }
  next = answer.next;
  for (const chart of charts) chart.draw(columns, answer.now);
}

async function refresh() {
  if (!isStarted) await start();
  isStarted = true;
  const [status, history] = await Promise.all([asked("api/status"), asked(`api/history?after=${next}`)]);
  showStatus(status);
  keep(history);
}

async function follow() {
  for (;;) {
    if (!document.hidden) await refresh().catch(() => {
      showHealth(true, "no answer");
      showProblem("The job does not answer; trying again");
    });
    await new Promise((done) => setTimeout(done, PERIOD));
  }
}

follow();
run();
