// Two lanes over virtual time. Calls mostly take no time at all, so each has room of its own beside the room for time
// that passes: the order of everything is true, and so are the lengths of waits among each other.

const MOST_CALLS = 400;
const PROOF = "quiescence";
const ENDED = new Set(["completed", "failed", "cancelled", "expired", "incomplete", "deleted", "processed"]);

/** The lanes of a variant; `jump` is called with the number of a call that is chosen. */
function timeline(course, faulted, jump) {
  const history = course.history.slice(0, MOST_CALLS);
  if (!history.length && !course.states.length) return make("p", { class: "soft" }, "Nothing was called.");
  const scale = scaled(history, course.states);
  const calls = history.map((exchange, index) => callMark(exchange, scale.calls[index], faulted, () => jump(index)));
  const subjects = spans(course.states, history, scale);
  const readout = make("p", { class: "readout", "aria-hidden": "true" },
    `${faulted.size ? "Framed: struck by the fault. " : ""}Point at a mark, or move with the arrow keys.`);
  const drawn = make("div", { class: "timeline", role: "group", "aria-label": "Timeline of calls and states" },
    make("div", { class: "axis" }, make("div", { class: "head" }),
      make("div", { class: "bar" }, ...ticks(scale))),
    lane("client", "the client's calls", [{ name: "", marks: calls }]),
    lane("server", "the server's states", subjects));
  drawn.style.setProperty("--slots", Math.ceil(scale.total));
  for (const mark of drawn.querySelectorAll(".mark")) place(mark, scale.total);
  follow(drawn, readout);
  const cut = course.history.length - history.length;
  return make("div", {}, make("div", { class: "scroll" }, drawn), readout,
    cut > 0 ? make("p", { class: "soft" }, `${cut} later calls are in the list below only.`) : null);
}

/** Room for each moment in order: the slots of its calls, and before it the time since the last moment. */
function scaled(history, states) {
  const slots = new Map();
  const see = (at, calls) => slots.set(at, (slots.get(at) || 0) + calls);
  for (const { at, ended } of history) {
    see(at, 1);
    if (ended !== null) see(ended, 0);
  }
  for (const { at, event } of states) see(at, event === PROOF ? 4 : 0);
  const moments = [...slots.keys()].sort((one, other) => one - other);
  const room = moments.reduce((sum, at) => sum + Math.max(1, slots.get(at)), 0);
  const lasted = moments.at(-1) - moments[0];
  const perSecond = lasted > 0 ? (0.8 * room) / lasted : 0;
  const starts = new Map();
  let reached = 0;
  moments.forEach((at, index) => {
    reached += index ? (at - moments[index - 1]) * perSecond : 0;
    starts.set(at, reached);
    reached += Math.max(1, slots.get(at));
  });
  const taken = new Map();
  const calls = history.map(({ at, ended }) => {
    const from = starts.get(at) + (taken.get(at) || 0);
    taken.set(at, (taken.get(at) || 0) + 1);
    return { from, to: ended !== null && ended > at ? Math.max(from + 1, starts.get(ended)) : from + 1 };
  });
  return { moments, starts, calls, total: reached };
}

function callMark(exchange, { from, to }, faulted, choose) {
  const fault = exchange.faults.length > 0 || faulted.has(exchange.call);
  const said = [exchange.call, period(exchange.at, exchange.ended), outcome(exchange)];
  if (exchange.faults.length) said.push(`fault ${exchange.faults.join(", ")}`);
  else if (fault) said.push("faulted");
  const bad = exchange.status === null || exchange.status >= 400 || !["done", "open"].includes(exchange.outcome);
  return make("button", { type: "button", class: `mark call${bad ? " bad" : ""}${fault ? " faulted" : ""}`,
    "aria-label": said.join(", "), "data-from": from, "data-to": to, onclick: choose },
  make("span", { class: "code" }, String(exchange.status ?? exchange.outcome)),
  make("span", { class: "label" }, `${exchange.status ?? exchange.outcome} ${exchange.call}`));
}

/** `429`, `200, left`: the status, and how the answer ended unless it was read whole. */
function outcome(exchange) {
  const status = exchange.status === null ? "no status" : String(exchange.status);
  return exchange.outcome === "done" ? status : `${status}, ${exchange.outcome}`;
}

/** The states of each subject as spans, each until the next one. */
function spans(states, history, scale) {
  const made = new Set();
  const rows = new Map();
  for (const state of states) {
    const caused = history.findIndex((exchange, index) => exchange.at === state.at
      && exchange.events.includes(state.event) && !made.has(`${index} ${state.event}`));
    if (caused >= 0) made.add(`${caused} ${state.event}`);
    const row = rows.get(state.subject) || [];
    const from = caused >= 0 ? scale.calls[caused].from : scale.starts.get(state.at);
    row.push({ ...state, from: row.length ? Math.max(from, row.at(-1).from + 0.34) : from });
    rows.set(state.subject, row);
  }
  return [...rows].map(([name, row]) => (
    { name, marks: row.map((state, index) => stateMark(state, row[index + 1], scale)) }));
}

function stateMark(state, next, scale) {
  const word = state.event.split(".").at(-1);
  const proof = state.event === PROOF;
  const kind = proof ? "proof" : ENDED.has(word) ? "ended" : "going";
  const said = [state.subject, proof ? "nothing is left that could change it" : word];
  said.push(period(state.at, next ? next.at : null));
  return make("button", { type: "button", class: `mark state ${kind} is-${word.replace(/\W/g, "-")}`,
    "aria-label": said.filter(Boolean).join(", "),
    "data-from": state.from, "data-to": next ? next.from : scale.total },
  make("span", { class: "label" }, proof ? "hangs" : word));
}

function lane(kind, title, rows) {
  const drawn = rows.map(({ name, marks }) => make("div", { class: "row" },
    make("div", { class: "head" }, name), make("div", { class: "bar" }, ...stacked(marks))));
  const none = make("p", { class: "soft" }, "nothing changed its state");
  return make("section", { class: `lane ${kind}`, "aria-label": title },
    make("h4", {}, kind), drawn.length ? make("div", { class: "rows" }, ...drawn) : none);
}

/** Marks that would lie on others go to the next track. */
function stacked(marks) {
  const ends = [];
  for (const mark of marks) {
    const from = Number(mark.dataset.from);
    let track = ends.findIndex((end) => end <= from + 1e-9);
    if (track < 0) track = ends.length;
    ends[track] = Number(mark.dataset.to);
    mark.style.setProperty("--track", track);
  }
  for (const mark of marks) mark.style.setProperty("--tracks", ends.length);
  if (marks.length) marks[0].dataset.tracks = ends.length;
  return marks;
}

function place(mark, total) {
  const { from, to } = mark.dataset;
  mark.style.setProperty("--from", `${(100 * from) / total}%`);
  mark.style.setProperty("--size", `${(100 * (to - from)) / total}%`);
  if (mark.dataset.tracks) mark.parentElement.style.setProperty("--tracks", mark.dataset.tracks);
}

/** The times of moments, as many as can be read. */
function ticks(scale) {
  const apart = Math.max(0.07 * scale.total, 0);
  let last = -Infinity;
  return scale.moments.filter((at) => {
    const fits = scale.starts.get(at) - last >= apart && scale.starts.get(at) <= 0.95 * scale.total;
    if (fits) last = scale.starts.get(at);
    return fits;
  }).map((at) => {
    const tick = make("span", { class: "tick" }, seconds(at));
    tick.style.setProperty("--from", `${(100 * scale.starts.get(at)) / scale.total}%`);
    return tick;
  });
}

/** Pointing at a mark says what it is; arrow keys go from mark to mark, along time or to the other lane. */
function follow(drawn, readout) {
  const marks = [...drawn.querySelectorAll(".mark")];
  const tell = ({ target }) => {
    const mark = target.closest(".mark");
    if (mark) readout.textContent = mark.getAttribute("aria-label");
  };
  rove(marks, marks[0]);
  drawn.addEventListener("mouseover", tell);
  drawn.addEventListener("focusin", (event) => { tell(event); rove(marks, event.target.closest(".mark")); });
  drawn.addEventListener("keydown", (event) => {
    const rows = [...drawn.querySelectorAll(".lane .bar")].map((bar) => [...bar.querySelectorAll(".mark")]
      .map((element) => ({ element, x: Number(element.dataset.from) })));
    const upright = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight", ArrowLeft: "ArrowUp", ArrowRight: "ArrowDown" };
    const key = narrow.matches ? upright[event.key] || event.key : event.key;
    const next = steer(rows, event.target, key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
