// What the page is made of: elements, times, tables, dialogs, fields. No text is ever taken for markup.

const SVG = "http://www.w3.org/2000/svg";

// h("p", { class: "x", onclick: f }, "text", child, …): an element. Nothing is set for false, null and undefined.
export function h(tag, props = {}, ...children) {
  const drawn = ["svg", "rect", "line", "title", "text", "g"].includes(tag);
  const made = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let numbers = 0;
const fresh = (stem) => `${stem}-${++numbers}`;
export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString()} ${count === 1 ? one : many}`;

const SPANS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });

export function ago(iso, now = Date.now()) {
  const seconds = (Date.parse(iso) - now) / 1000;
  for (const [unit, size] of SPANS) if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  return seconds > 0 ? "in a moment" : "just now";
}

export function exact(iso) {
  const t = new Date(iso);
  const two = (n) => String(n).padStart(2, "0");
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}

// A time, relative with the exact one below it.
export function when(iso, never = "never") {
  if (!iso) return h("span", { class: "muted" }, never);
  return h("time", { datetime: iso }, h("span", { "data-ago": iso }, ago(iso)), h("small", {}, exact(iso)));
}

setInterval(() => {
  for (const each of document.querySelectorAll("[data-ago]")) each.textContent = ago(each.dataset.ago);
}, 20000);

export function news(text) {
  const place = document.getElementById("news");
  const line = h("p", {}, text);
  place.replaceChildren(line);
  setTimeout(() => line.remove(), 6000);
}

// A button that does `act`; with `reason` it is visibly off, says why, and can still be reached by keyboard.
export function button(label, act, { kind = "", reason = "", name = "", key = "" } = {}) {
  const off = reason !== "";
  return h("button", {
    type: "button", class: kind, "aria-disabled": off && "true", title: off && reason, "data-key": key || null,
    "aria-label": name ? (off ? `${name}. ${reason}` : name) : off ? `${label}. ${reason}` : null,
    onclick: off ? () => news(reason) : act,
  }, label);
}

export const badge = (kind, text) => h("span", { class: `badge ${kind}` }, text);
export const code = (text) => h("code", {}, text);
export const wide = (text) => h("code", { class: "command" }, text);

// A table. columns: {title, cell(row), sort?: key, class?}; the roles stay when narrow screens lay it out as cards.
export function table(label, columns, rows, { sort, onsort } = {}) {
  const head = columns.map((column) => {
    const sorted = sort && column.sort === sort.by;
    const inner = column.sort && onsort
      ? h("button", { type: "button", class: "sort", "data-key": `sort:${column.sort}`, onclick: () => onsort(column.sort) },
        column.title, h("span", { "aria-hidden": "true" }, sorted ? (sort.down ? " ↓" : " ↑") : ""))
      : h("span", { class: column.hidden ? "unseen" : null }, column.title);
    return h("th", { scope: "col", role: "columnheader", class: column.sort && onsort ? "sortable" : null,
      "aria-sort": sorted ? (sort.down ? "descending" : "ascending") : null }, inner);
  });
  const body = rows.map((row) => h("tr", { role: "row" }, columns.map((column, at) =>
    h(at ? "td" : "th", { scope: at ? null : "row", role: at ? "cell" : "rowheader", class: column.class, "data-title": column.hidden ? null : column.title }, column.cell(row)))));
  return h("div", { class: "table" }, h("table", { role: "table", "aria-label": label },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)), h("tbody", { role: "rowgroup" }, body)));
}

export const empty = (title, ...more) => h("div", { class: "empty" }, h("h2", {}, title), more);

// What is wrong with a name, "" for a good one.
export const named = (name) => (!name ? "Give a name." : /^[A-Za-z0-9_-]{1,256}$/.test(name) ? "" : "A name has letters, digits, “_” and “-” only.");

// A labelled control with its hint and its place for an error; `input` is the control itself. `rule` says of what
// was typed what is wrong with it.
export function field(label, input, hint = "", rule = () => "") {
  const id = input.id || fresh("field");
  input.id = id;
  const error = h("p", { class: "error", id: `${id}-error`, role: "alert" });
  const help = hint && h("p", { class: "hint", id: `${id}-hint` }, hint);
  input.setAttribute("aria-describedby", hint ? `${id}-hint ${id}-error` : `${id}-error`);
  const place = h("div", { class: "field" }, h("label", { for: id }, label), input, help, error);
  place.fail = (text) => {
    error.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => place.fail(""));
  place.input = input;
  place.rule = () => rule(input.value);
  return place;
}

export const text = (value = "", props = {}) => h("input", { type: "text", autocomplete: "off", spellcheck: "false", value, ...props });
export const select = (choices, value, props = {}) => {
  const made = h("select", props, choices.map(([id, title, off]) => h("option", { value: id, disabled: off }, title)));
  made.value = value;
  return made;
};

// A group of check boxes; `chosen()` are the checked ones.
export function checks(title, names, checked) {
  const error = h("p", { class: "error", id: fresh("error"), role: "alert" });
  const boxes = names.map((name) => h("input", { type: "checkbox", value: name, checked: checked.includes(name), "aria-describedby": error.id }));
  const place = h("fieldset", { class: "checks" }, h("legend", {}, title),
    h("div", {}, boxes.map((box) => h("label", {}, box, box.value))), error);
  place.chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  place.fail = (said) => { error.textContent = said; };
  place.rule = () => (place.chosen().length ? "" : "Choose at least one scope.");
  place.addEventListener("change", () => place.fail(""));
  return place;
}

// Where a value is typed: never filled, never shown again, hidden until asked for. `bytes` is the limit; `missing`
// is said where nothing is typed.
export function valueField(label, bytes, hint, missing = "") {
  const area = h("textarea", { rows: 3, class: "masked", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "data-1p-ignore": true });
  const size = () => new TextEncoder().encode(area.value).length;
  const over = () => (size() > bytes ? `The value has ${size().toLocaleString()} bytes; ${bytes.toLocaleString()} are the most.` : "");
  const place = field(label, area, hint, (typed) => (typed ? over() : missing));
  const count = h("span", { class: "count" });
  const show = h("button", { type: "button", class: "small", "aria-pressed": "false", "aria-controls": area.id, onclick: () => {
    const shown = !area.classList.toggle("masked");
    show.setAttribute("aria-pressed", String(shown));
  } }, "Show while typing");
  area.after(h("div", { class: "under" }, show, count));
  area.addEventListener("input", () => {
    count.textContent = !size() ? "" : `${plural(size(), "byte")}${/\s$/.test(area.value) ? ", ends with white space" : ""}`;
    place.fail(over());
  });
  return place;
}

// A modal form. `save` does the work, returns what to say of it, and throws what the form shows, by `place` in words;
// what was typed stays until it has worked.
export function form(ctx, title, content, { go, save, kind = "primary", ready, place = ctx.place } = {}) {
  const problem = h("p", { class: "error whole", role: "alert" });
  const id = fresh("dialog");
  const submit = h("button", { class: kind, type: "submit" }, go ?? "");
  const box = h("dialog", { "aria-labelledby": id });
  const inner = h("form", { novalidate: true, autocomplete: "off" }, h("h2", { id }, title), content, problem,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, save ? "Cancel" : "Close"), save && submit));
  const check = () => { submit.disabled = inner.ariaBusy === "true" || (ready && !ready()); };
  let touched = false;
  inner.addEventListener("input", () => { touched = true; check(); });
  box.addEventListener("cancel", (event) => {
    if (!touched || !save) return;
    event.preventDefault();
    problem.textContent = "What you typed is kept. Use Cancel to throw it away.";
  });
  inner.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!save || submit.disabled) return;
    problem.textContent = "";
    const faulty = [...inner.querySelectorAll(".field, .checks")].filter((each) => (each.fail(each.rule()), each.rule()));
    inner.ariaBusy = "true";
    check();
    if (!faulty.length) {
      try {
        const said = await save();
        box.close();
        if (said) news(said);
        ctx.reload();
      } catch (failure) {
        problem.textContent = place(failure);
      }
    }
    inner.ariaBusy = "false";
    check();
    (box.querySelector("[aria-invalid]") ?? faulty[0]?.querySelector("input") ?? (problem.textContent ? submit : null))?.focus();
  });
  const opener = document.activeElement;
  const key = opener?.dataset?.key;
  box.addEventListener("close", () => {
    box.remove();
    const back = opener?.isConnected ? opener : key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    (back || document.getElementById("main")).focus();
  });
  box.append(inner);
  document.body.append(box);
  check();
  box.showModal();
  return box;
}

// Deleting `what` named `name`: only after its name was typed.
export function confirmDelete(ctx, what, name, warning, save) {
  const typed = text();
  form(ctx, `Delete ${what} ${name}?`, [warning, field(`Type ${name} to confirm`, typed)], { go: `Delete ${what}`, kind: "danger", ready: () => typed.value === name, save });
}
