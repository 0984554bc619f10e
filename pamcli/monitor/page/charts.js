// Line charts of the last five minutes, as SVG drawn anew once a second.

const SPAN = 300; // seconds
const LEFT = 38, RIGHT = 6, TOP = 6, BOTTOM = 18; // pixels around the plot
const NAMESPACE = "http://www.w3.org/2000/svg";

const fixed = (digits) => (value) => value.toFixed(digits);
const whole = fixed(0);

// Each line: label, CSS class (colour), value of sample i in the columns, and how it is written.
export const CHARTS = [
  {
    title: "Frames a second",
    lines: [
      { label: "matted", style: "a", at: (c, i) => c.fps[i], write: fixed(1) },
      { label: "target", style: "d dashed", at: (c, i) => c.target_fps[i], write: fixed(1) },
    ],
  },
  {
    title: "Latency, ms over the last minute",
    lines: [
      { label: "p50", style: "a", at: (c, i) => c.latency_p50_ms[i], write: whole },
      { label: "p95", style: "b", at: (c, i) => c.latency_p95_ms[i], write: whole },
      { label: "p99", style: "c", at: (c, i) => c.latency_p99_ms[i], write: whole },
    ],
  },
  {
    title: "Cost constraint, GMAC per 1024×1024",
    lines: [{ label: "in force", style: "a", steps: true, at: (c, i) => c.cost_constraint[i], write: whole }],
  },
  {
    title: "Scale",
    most: 1,
    lines: [{ label: "in force", style: "a", steps: true, at: (c, i) => c.scale[i], write: fixed(2) }],
  },
  {
    title: "Path: groups that ran",
    lanes: ["g1", "g2", "g3", "g4"],
    lines: [{ label: "last path", style: "a", at: (c, i) => c.path[i], write: (path) => path || "none" }],
  },
  {
    title: "Frames left out or sent again, a second",
    lines: [
      { label: "dropped", style: "b", at: (c, i) => growth(c.dropped, c.time, i), write: fixed(1) },
      { label: "repeated", style: "c", at: (c, i) => growth(c.repeated, c.time, i), write: fixed(1) },
    ],
  },
  {
    title: "Reconnects",
    lines: [
      { label: "source", style: "a", steps: true, at: (c, i) => c.source_reconnects[i], write: whole },
      { label: "sinks", style: "b", steps: true, at: (c, i) => c.sink_reconnects[i], write: whole },
    ],
  },
];

// A second, over the last few seconds: single frames would be a comb.
function growth(counts, times, i) {
  const before = Math.max(0, i - 5);
  if (i === before) return 0;
  return Math.max(0, counts[i] - counts[before]) / (times[i] - times[before]);
}

function drawn(name, attributes, text) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// A round number at or above the value: 1, 2 or 5 times a power of ten.
export function ceiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value * 0.999) * power;
}

export class Chart {
  constructor(parent, definition) {
    this.definition = definition;
    this.pointed = null; // x of the pointer, pixels
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.append(Object.assign(document.createElement("h3"), { textContent: definition.title }));
    this.values = definition.lines.map((line) => {
      const value = document.createElement("span");
      value.className = line.style;
      caption.append(value);
      return value;
    });
    this.svg = drawn("svg", { class: "chart", role: "img", "aria-label": definition.title });
    figure.append(caption, this.svg);
    parent.append(figure);
    const point = (event) => {
      this.pointed = event.type === "pointerleave" ? null : event.offsetX;
      if (this.columns) this.draw(this.columns, this.now);
    };
    this.svg.addEventListener("pointermove", point);
    this.svg.addEventListener("pointerleave", point);
  }

  draw(columns, now) {
    [this.columns, this.now] = [columns, now];
    this.width = this.svg.clientWidth;
    this.height = this.svg.clientHeight;
    if (!this.width || !columns.time.length) return;
    const x = (i) => LEFT + (this.width - LEFT - RIGHT) * (1 - (now - columns.time[i]) / SPAN);
    const shown = columns.time.map((_, i) => i).filter((i) => x(i) >= LEFT);
    const chosen = this.#chosen(shown, x);
    const body = this.definition.lanes ? this.#lanes(columns, shown, x) : this.#lines(columns, shown, x);
    const minutes = [5, 4, 3, 2, 1, 0].map((minute) => {
      const place = LEFT + (this.width - LEFT - RIGHT) * (1 - minute / 5);
      const anchor = minute === 0 ? "end" : minute === 5 ? "start" : "middle";
      const attributes = { x: place, y: this.height - 4, "text-anchor": anchor };
      return drawn("text", attributes, { 5: "−5 min", 0: "now" }[minute] ?? `−${minute}`);
    });
    const cursor = this.pointed === null || chosen === undefined ? [] : [
      drawn("line", { class: "now", x1: x(chosen), x2: x(chosen), y1: TOP, y2: this.height - BOTTOM }),
    ];
    this.svg.replaceChildren(...body, ...minutes, ...cursor);
    this.#tell(columns, chosen);
  }

  #chosen(shown, x) {
    if (this.pointed === null) return shown.at(-1);
    const distance = (i) => Math.abs(x(i) - this.pointed);
    return shown.reduce((best, i) => (distance(i) < distance(best) ? i : best), shown[0]);
  }

  #tell(columns, i) {
    if (i === undefined) return;
    this.definition.lines.forEach((line, number) => {
      this.values[number].textContent = `${line.label} ${line.write(line.at(columns, i))}`;
    });
    const told = this.values.map((value) => value.textContent).join(", ");
    this.svg.setAttribute("aria-label", `${this.definition.title}: ${told}`);
  }

  #lines(columns, shown, x) {
    const lines = this.definition.lines.map((line) => shown.map((i) => line.at(columns, i)));
    const most = this.definition.most ?? ceiling(Math.max(...lines.flat(), 0));
    const y = (value) => TOP + (this.height - TOP - BOTTOM) * (1 - Math.min(value, most) / most);
    const grid = [0, most / 2, most].flatMap((value) => [
      drawn("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: y(value), y2: y(value) }),
      drawn("text", { x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" }, String(+value.toPrecision(3))),
    ]);
    return [...grid, ...lines.map((values, number) => {
      const { style, steps } = this.definition.lines[number];
      const points = values.map((value, k) => {
        const [column, row] = [x(shown[k]).toFixed(1), y(value).toFixed(1)];
        return k === 0 ? `M${column} ${row}` : steps ? `H${column}V${row}` : `L${column} ${row}`;
      });
      return drawn("path", { class: `line ${style}`, d: points.join("") });
    })];
  }

  #lanes(columns, shown, x) {
    const names = this.definition.lanes;
    const y = (lane) => TOP + ((this.height - TOP - BOTTOM) * (lane + 0.5)) / names.length;
    return names.flatMap((name, lane) => {
      const runs = shown.slice(1).map((i, k) =>
        columns.path[i][lane] === "1" ? `M${x(shown[k]).toFixed(1)} ${y(lane)}H${x(i).toFixed(1)}` : "");
      return [
        drawn("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: y(lane), y2: y(lane) }),
        drawn("text", { x: LEFT - 5, y: y(lane) + 4, "text-anchor": "end" }, name),
        drawn("path", { class: "lane a", d: runs.join("") }),
      ];
    });
  }
}
