// Making elements, and what is said in the same way everywhere. Data from outside is text here, never markup.

const narrow = matchMedia("(max-width: 40rem)");

/** An element with attributes, listeners (`onclick`) and children; what is null is left out. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A block of JSON in this page, read once. */
const read = (() => {
  const kept = new Map();
  return (name) => {
    if (!kept.has(name)) kept.set(name, JSON.parse(document.getElementById(name).textContent));
    return kept.get(name);
  };
})();

/** `16 s`, `0.25 s`. */
function seconds(number) {
  return `${Number(number.toFixed(3))} s`;
}

/** `0 s` for what took no time, `0 to 2.5 s` for what did. */
function period(from, to) {
  return to === null || to <= from ? seconds(from) : `${Number(from.toFixed(3))} to ${seconds(to)}`;
}

/** Say something to those who see and to those who listen. */
function say(text) {
  const modal = document.querySelector("dialog[open] .status");
  (modal || document.getElementById("status")).textContent = text;
}

/** Put text on the clipboard; where the browser forbids it, by way of a selection. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = make("textarea", { class: "away", "aria-hidden": "true" });
    field.value = text;
    const before = document.activeElement;
    (document.querySelector("dialog[open]") || document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (before) before.focus();
    return done;
  }
}

/** What a copy button does: the text, then a word about it where the button is. */
async function copyFrom(button, text) {
  const done = await copy(text);
  if (!button.dataset.label) button.dataset.label = button.textContent;
  button.textContent = done ? "copied" : "not allowed";
  say(done ? "copied to the clipboard" : "the browser does not allow copying");
  setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
}

/** Where an arrow key leads to from `current`: `rows` hold elements in order, with their places in `x`. */
function steer(rows, current, key) {
  const row = rows.findIndex((each) => each.some(({ element }) => element === current));
  if (row < 0) return null;
  const here = rows[row];
  const place = here.findIndex(({ element }) => element === current);
  if (key === "ArrowRight" || key === "ArrowLeft") return here[place + (key === "ArrowRight" ? 1 : -1)]?.element;
  if (key === "Home") return here[0].element;
  if (key === "End") return here.at(-1).element;
  const other = rows[row + { ArrowDown: 1, ArrowUp: -1 }[key]];
  return other && nearest(other, here[place].x);
}

function nearest(row, x) {
  return row.reduce((best, each) => (Math.abs(each.x - x) < Math.abs(best.x - x) ? each : best)).element;
}

/** Of these elements only one is reached by the tabulator. */
function rove(elements, chosen) {
  for (const element of elements) element.tabIndex = element === chosen ? 0 : -1;
}
