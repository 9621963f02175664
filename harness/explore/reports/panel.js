// What a cell opens: why, when, which calls, and how to see it again.

const FIRST_CALLS = 300;

/** The content of the panel for a variant or for the run without faults. */
function variantParts(variant) {
  const calls = exchangeList(variant.history);
  const faulted = new Set((variant.faults || []).flatMap((fault) => fault.fired));
  const parts = [];
  if (variant.verdict) {
    parts.push(make("p", { class: "reason" }, variant.reason), facts(variant), faultList(variant.faults));
    if (variant.checks.length) parts.push(section("Checks that failed", checkList(variant.checks, calls.show)));
    if (variant.error) parts.push(section("Error", errorText(variant.error)));
  } else {
    const lasted = `${variant.calls} calls in ${seconds(variant.virtual_seconds)} of virtual time`;
    parts.push(make("p", { class: "soft" }, lasted));
  }
  parts.push(section("Timeline", timeline(variant, faulted, calls.show)));
  if (variant.verdict) parts.push(section("See it again", ...again(variant)));
  parts.push(section(`Calls (${variant.history.length})`, calls.list));
  return parts;
}

function section(title, ...children) {
  return make("section", {}, make("h3", {}, title), ...children);
}

function facts(variant) {
  const weak = ["fail", "warn"].includes(variant.severity);
  const fresh = weak && variant.new ? "no, it is new" : null;
  const accepted = variant.accepted !== null ? `yes: ${variant.accepted}` : fresh;
  const lines = [
    ["the test", variant.passed ? "passed" : "failed"],
    ["virtual time", seconds(variant.virtual_seconds)],
    ["attempts", String(variant.attempts)],
    ["accepted", accepted],
  ];
  return make("dl", { class: "facts" }, ...lines.filter(([, value]) => value !== null)
    .map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

function faultList(faults) {
  return make("ul", { class: "faults" }, ...faults.map((fault) => {
    const fired = fault.fired.length ? `struck ${fault.fired.join(", ")}` : "never struck";
    return make("li", {}, make("code", {}, fault.fault), ` at `, make("code", {}, fault.call),
      make("span", { class: "soft" }, ` · ${fault.group}${fault.lasting ? ", lasting" : ""} · ${fired}`));
  }));
}

function checkList(checks, show) {
  return make("ul", { class: "checks" }, ...checks.map((check) => make("li", {},
    make("code", {}, check.name), make("span", { class: "soft" }, ` ${check.verdict}`),
    make("p", {}, check.text),
    ...check.calls.map((call) => make("button", { type: "button", class: "plain call-link", onclick: () => show(call) },
      make("code", {}, call))))));
}

function errorText(error) {
  return make("div", { class: "error" }, make("code", {}, error.type),
    error.where ? make("span", { class: "soft" }, ` at ${error.where}`) : null, make("pre", {}, error.message));
}

function again(variant) {
  const { reproduce, scenario } = variant;
  return [
    make("pre", {}, reproduce),
    make("p", { class: "buttons" }, copyButton("copy command", reproduce),
      scenario ? copyButton("copy as scenario", scenario) : null),
    scenario ? make("details", {}, make("summary", {}, "the scenario"), make("pre", {}, scenario)) : null,
  ];
}

function copyButton(label, text) {
  return make("button", { type: "button", class: "copy", "data-copy": text }, label);
}

/** The list of calls, and a way to show one of them: by its number or by its name. */
function exchangeList(history) {
  const items = history.map(exchangeItem);
  const rest = items.splice(FIRST_CALLS);
  const list = make("div", { class: "exchanges" }, ...items);
  const showRest = () => list.append(...rest.splice(0));
  if (rest.length) {
    const more = make("button", { type: "button", class: "plain", onclick: () => { more.remove(); showRest(); } },
      `${rest.length} more`);
    list.append(more);
  }
  const show = (which) => {
    const number = typeof which === "number" ? which : history.findIndex(({ call }) => call === which);
    if (number >= FIRST_CALLS) showRest();
    const item = list.querySelectorAll("details")[number];
    if (!item) return say(`${which} is not among the calls`);
    item.open = true;
    item.firstChild.focus();
    item.scrollIntoView({ block: "nearest" });
  };
  return { list, show };
}

function exchangeItem(exchange) {
  const bad = exchange.status === null || exchange.status >= 400 || exchange.outcome !== "done";
  const item = make("details", { class: `exchange${exchange.faults.length ? " faulted" : ""}` },
    make("summary", {},
      make("span", { class: "when" }, period(exchange.at, exchange.ended)),
      make("span", { class: "name" }, make("b", {}, exchange.call),
        ...exchange.faults.map((fault) => make("span", { class: "badge" }, fault))),
      make("span", { class: bad ? "status-bad" : "status-good" }, outcome(exchange)),
      make("code", { class: "path" }, `${exchange.method} ${exchange.path}`)));
  const fill = () => { item.append(...exchangeBodies(exchange)); item.removeEventListener("toggle", fill); };
  item.addEventListener("toggle", fill);
  return item;
}

/** Bodies are long: they are put in when they are asked for. */
function exchangeBodies(exchange) {
  const parts = [];
  if (exchange.performed !== null) {
    parts.push(make("p", { class: "soft" }, exchange.performed ? "The server did what was asked."
      : "The server did not do what was asked."));
  }
  if (exchange.events.length) parts.push(make("p", { class: "soft" }, `It caused ${exchange.events.join(", ")}.`));
  for (const side of ["request", "response"]) {
    const body = exchange[side] === null ? null : read("bodies")[exchange[side]];
    parts.push(make("h4", {}, side),
      body === null ? make("p", { class: "soft" }, "no body") : make("pre", { class: side }, body));
  }
  return parts;
}
