// The page itself: moving in a matrix, sifting by verdict, opening and closing, addresses of variants.

const panel = document.getElementById("panel");
let shown = null;

/** `#0/runs.create#1~429` opens that variant of the first test. */
function addressOf(test, key) {
  return `#${test}/${key === "baseline" ? key : encodeURI(read("known")[test][key])}`;
}

function addressed() {
  const raw = location.hash.slice(1);
  if (!raw) return null;
  let text = raw;
  try { text = decodeURIComponent(raw); } catch { /* typed by hand, with a % of its own */ }
  const test = Number.parseInt(text, 10);
  const id = text.slice(text.indexOf("/") + 1);
  const index = (read("known")[test] || []).indexOf(id);
  if (index >= 0) return { test, key: String(index) };
  return id === "baseline" && test in read("known") ? { test, key: id } : undefined;
}

function follows() {
  const wanted = addressed();
  if (!wanted) panel.close();
  if (wanted === undefined) say("This report has no variant of that name.");
  if (wanted && (!shown || shown.test !== wanted.test || shown.key !== wanted.key)) {
    openVariant(wanted.test, wanted.key, null);
  }
}

/** Fill the panel and open it; what opened it gets the focus back in the end. */
function openVariant(test, key, opener) {
  const variant = read(`v-${test}-${key}`);
  shown = { test, key, opener };
  panel.replaceChildren(bar(variant), ...variantParts(variant), make("p", { class: "status", role: "status" }));
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
  document.getElementById("panel-title").focus();
  if (location.hash !== addressOf(test, key)) location.hash = addressOf(test, key);
}

function bar(variant) {
  const known = variant.verdict ? [
    make("span", { class: "symbol", "data-severity": variant.severity, "aria-hidden": "true" }, variant.symbol),
    make("span", { class: "verdict" }, `${variant.verdict}: `)] : [];
  return make("header", {},
    make("div", { class: "tools" },
      make("button", { type: "button", class: "copy step", "data-step": "-1" }, "previous"),
      make("button", { type: "button", class: "copy step", "data-step": "1" }, "next"),
      make("button", { type: "button", class: "copy close" }, "close")),
    make("h2", { id: "panel-title", tabindex: "-1" }, ...known, variant.id || "the run without faults"),
    make("p", { class: "soft" }, variant.nodeid));
}

/** The next variant in the order of the matrix, among those that the filter shows. */
function step(by) {
  const cells = [...document.querySelectorAll(`[data-test="${shown.test}"][data-variant]`)]
    .filter((cell) => !cell.closest("[hidden], .sifted, .findings") && cell.dataset.variant !== "baseline");
  const here = cells.findIndex((cell) => cell.dataset.variant === shown.key);
  const next = cells[here < 0 ? 0 : here + by];
  if (next) openVariant(shown.test, next.dataset.variant, next);
  else say(by > 0 ? "that was the last one" : "that was the first one");
}

panel.addEventListener("close", () => {
  if (!shown) return;
  const { test, key, opener } = shown;
  shown = null;
  if (location.hash) history.replaceState(null, "", location.href.split("#")[0]);
  const back = opener || document.querySelector(`[data-test="${test}"][data-variant="${key}"]`);
  if (!back) return;
  for (let fold = back.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  back.focus();
});

panel.addEventListener("click", ({ target }) => {
  if (target === panel || target.closest(".close")) panel.close();
  else if (target.closest(".step")) step(Number(target.closest(".step").dataset.step));
});

document.addEventListener("click", ({ target }) => {
  const copying = target.closest("[data-copy]");
  const opening = target.closest("[data-variant]");
  if (copying) copyFrom(copying, copying.dataset.copy);
  else if (opening) openVariant(Number(opening.dataset.test), opening.dataset.variant, opening);
});

/** The cells of a matrix that are shown, by row. */
function rowsOf(matrix) {
  return [...matrix.tBodies[0].rows].filter((row) => !row.hidden).map((row) => [...row.querySelectorAll(".cell")]
    .filter((cell) => !cell.classList.contains("sifted"))
    .map((element) => ({ element, x: element.parentElement.cellIndex }))).filter((row) => row.length);
}

function prepare(matrix) {
  const readout = matrix.parentElement.nextElementSibling;
  const cells = [...matrix.querySelectorAll(".cell")];
  const tell = ({ target }) => {
    const cell = target.closest(".cell");
    if (cell) readout.textContent = `${cell.getAttribute("aria-label")}. ${cell.dataset.reason}`;
  };
  matrix.addEventListener("mouseover", tell);
  matrix.addEventListener("focusin", (event) => { tell(event); rove(cells, event.target.closest(".cell")); });
  matrix.addEventListener("keydown", (event) => {
    let rows = rowsOf(matrix);
    if (event.ctrlKey && event.key === "Home") rows = [[rows[0][0], { element: event.target }]];
    if (event.ctrlKey && event.key === "End") rows = [[{ element: event.target }, rows.at(-1).at(-1)]];
    const next = steer(rows, event.target, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

/** Columns are shown while one of their cells is, groups while one of their columns is. */
function narrowed(matrix) {
  const [groups, faults] = matrix.tHead.rows;
  const bodies = [...matrix.tBodies[0].rows];
  let column = 0;
  for (const group of [...groups.cells].slice(1)) {
    if (!group.dataset.size) group.dataset.size = group.colSpan;
    let kept = 0;
    for (const end = column + Number(group.dataset.size); column < end; column += 1) {
      const cells = [faults, ...bodies].map((row) => row.cells[column + 1]);
      const empty = !cells.some((cell) => cell.querySelector(".cell:not(.sifted)"));
      if (!empty) kept += 1;
      for (const cell of cells) {
        cell.hidden = empty;
        cell.classList.toggle("first", kept === 1);
      }
    }
    group.hidden = kept === 0;
    group.colSpan = kept || 1;
  }
}

/** Show what has one of the chosen verdicts; with none chosen, all. */
function sift() {
  const pressed = [...document.querySelectorAll(".chip[aria-pressed=true]")];
  const verdicts = new Set(pressed.map((chip) => chip.dataset.only).filter(Boolean));
  const fresh = pressed.some((chip) => "new" in chip.dataset);
  const fits = ({ dataset }) => (!verdicts.size || verdicts.has(dataset.verdict)) && (!fresh || "fresh" in dataset);
  for (const cell of document.querySelectorAll(".cell")) cell.classList.toggle("sifted", !fits(cell));
  for (const item of document.querySelectorAll("li[data-verdict]")) item.hidden = !fits(item);
  for (const matrix of document.querySelectorAll(".matrix")) {
    for (const row of matrix.tBodies[0].rows) row.hidden = !row.querySelector(".cell:not(.sifted)");
    narrowed(matrix);
    const first = rowsOf(matrix)[0];
    rove(matrix.querySelectorAll(".cell"), first && first[0].element);
  }
  for (const list of document.querySelectorAll(".deeper, .findings, .findings details")) {
    list.hidden = !list.querySelector("li:not([hidden])");
  }
}

document.querySelector(".filter").addEventListener("click", ({ target }) => {
  const chip = target.closest(".chip");
  if (!chip) return;
  const chips = [...document.querySelectorAll(".chip")];
  const all = chips.find((each) => "all" in each.dataset);
  if (chip === all) for (const each of chips) each.setAttribute("aria-pressed", "false");
  else chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
  all.setAttribute("aria-pressed", !chips.some((each) => each !== all && each.getAttribute("aria-pressed") === "true"));
  sift();
});

for (const matrix of document.querySelectorAll(".matrix")) prepare(matrix);
sift();
addEventListener("hashchange", follows);
if (location.hash) follows();
