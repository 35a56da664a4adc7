// What the page is made of: elements, times, tables, dialogs, fields. No text is ever taken for markup.

import { change, me, sentence } from "./server.js";

const main = document.getElementById("main");

// h("p.hint", { onclick: f }, "text", child, …): an element. Nothing is set for false, null, undefined and "".
export function h(kind, ...children) {
  const classes = kind.split(".");
  const made = document.createElement(classes.shift());
  if (classes.length) made.className = classes.join(" ");
  fill(made, children);
  return made;
}

function fill(made, children) {
  for (const child of children) {
    if (Array.isArray(child)) fill(made, child);
    else if (child?.constructor === Object) for (const name in child) set(made, name, child[name]);
    else if (child) made.append(child);
  }
}

function set(made, name, value) {
  if (name === "value") made.value = value;
  else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
  else if (value) made.setAttribute(name, value === true ? "" : value);
}

let build = () => [];
// Shows what `next` builds, now and with each `redraw`.
export function draw(next) {
  build = next;
  redraw();
}

// The focus stays where it was.
export function redraw() {
  const at = document.activeElement;
  const key = main.contains(at) && (at.dataset.key || at.id);
  const range = key && at.selectionStart != null && [at.selectionStart, at.selectionEnd];
  main.replaceChildren(h("div", build()));
  const back = key && find(key);
  if (!back) return;
  back.focus({ preventScroll: true });
  if (range) back.setSelectionRange(...range);
}
const find = (key) => main.querySelector(`[data-key="${CSS.escape(key)}"], #${CSS.escape(key)}`);

let numbers = 0;
const fresh = () => `id-${++numbers}`;
export const digits = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
export const plural = (count, one) => `${digits(count)} ${one}${count === 1 ? "" : "s"}`;

const SPANS = Object.entries({ year: 31536000, month: 2592000, day: 86400, hour: 3600, minute: 60 });
function ago(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [unit, size] = SPANS.find(([, each]) => Math.abs(seconds) >= each) ?? [];
  if (!unit) return seconds > 0 ? "in a moment" : "just now";
  const span = plural(Math.round(Math.abs(seconds) / size), unit);
  return seconds > 0 ? `in ${span}` : `${span} ago`;
}

export function exact(iso) {
  const time = new Date(iso);
  return new Date(time - time.getTimezoneOffset() * 60000).toISOString().slice(0, 19).replace("T", " ");
}
export const since = (iso) => h("span", { "data-ago": iso }, ago(iso));

// A time, relative with the exact one below it.
export const when = (iso) => (iso ? h("time", { datetime: iso }, since(iso), h("small", exact(iso))) : muted("never"));

setInterval(() => {
  for (const each of document.querySelectorAll("[data-ago]")) each.textContent = ago(each.dataset.ago);
}, 20000);

export function news(text) {
  const line = h("p", text);
  document.getElementById("news").replaceChildren(line);
  setTimeout(() => line.remove(), 6000);
}

// A button that does `act`, with something (`of`) or at all. For a reason it is visibly `off`, says why, and can
// still be reached by keyboard.
export function button(label, act, { kind = "", of = "", off = "" } = {}) {
  const name = of ? `${label} ${of}` : label;
  return h("button", {
    type: "button", class: of ? `small ${kind}` : kind, "data-key": name, "aria-disabled": off && "true", title: off,
    "aria-label": off ? `${name}. ${off}` : of && name, onclick: off ? () => news(off) : act,
  }, label);
}

export const badge = (kind, text) => h(`span.badge.${kind}`, text);
export const code = (text) => h("code", text);
export const command = (text) => h("code.command", text);
export const muted = (text) => h("span.muted", text);
export const warning = (...said) => h("div.banner.warn", said);

// A table. columns: [title, cell(row), { class, by }]; `sort` { by, down } is by which property rows are sorted.
export function table(label, columns, rows, sort) {
  const turn = (by) => { Object.assign(sort, { by, down: sort.by === by && !sort.down }); redraw(); };
  const head = columns.map(([title, , { by, class: kind } = {}]) => h("th", {
    scope: "col", class: kind, "aria-sort": by && by === sort.by && (sort.down ? "descending" : "ascending"),
  }, by ? button(title, () => turn(by), { kind: "sort" }) : title));
  const cells = (row) => columns.map(([title, cell, more = {}], at) => h(at ? "td" : "th", {
    scope: !at && "row", class: more.class, "data-title": at && title,
  }, cell(row)));
  return h("div.table", h("table", { "aria-label": label }, h("thead", h("tr", head)), h("tbody", rows.map((row) => h("tr", cells(row))))));
}

// The column of what can be done with a row called `name(row)`: { label: act(row) }; `off(row)` says why it is off.
export const actions = (name, off, acts) => ["Actions", (row) => Object.entries(acts).map(([label, act]) =>
  button(label, () => act(row), { of: name(row), off: off(row), kind: /^(Delete|Revoke)/.test(label) ? "risky" : "" })), { class: "actions" }];

export const empty = (title, said, cure, ...more) => h("div.empty", h("h2", title), said && h("p", said), cure && command(cure), more);

export const noStore = (make) => empty("There is no store yet", "Secrets are kept in a store. Make the first one here, or in a terminal:", "sshim store create default_secrets_store", make);

// What is wrong with a name, "" for a good one.
export const named = (name) => (!name ? "Give a name." : /^[\w-]{1,256}$/.test(name) ? "" : "A name has letters, digits, “_” and “-” only.");

// A labelled control, or a group of them, with its hint and its place for an error: `value()` is what was typed, `rule`
// says what is wrong with it.
export function field(label, control, hint, rule = () => "", value = () => control.value) {
  const group = Array.isArray(control);
  const [id, helpId, errorId] = [fresh(), fresh(), fresh()];
  const error = h("p.error", { id: errorId, role: "alert" });
  const place = h(group ? "fieldset.field" : "div.field", h(group ? "legend" : "label", { for: !group && id }, label), control,
    hint && h("p.hint", { id: helpId }, hint), error);
  const described = group ? place : control;
  described.id = id;
  described.setAttribute("aria-describedby", hint ? `${helpId} ${errorId}` : errorId);
  place.fail = (said) => {
    error.textContent = said;
    for (const each of place.querySelectorAll("input, textarea")) each.ariaInvalid = said ? "true" : null;
  };
  place.addEventListener("input", () => place.fail(""), true);
  place.rule = () => rule(value());
  place.value = value;
  return place;
}
export const values = (fields) => Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, each.value()]));

export const text = (value = "", props = {}) => h("input", { value, ...props });
export function select(choices, value, props = {}) {
  const made = h("select", props, choices.map(([id, title, disabled]) => h("option", { value: id, disabled }, title)));
  made.value = value;
  return made;
}

// What a list is chosen by.
export const filter = (label, control) => h("div", h("label", { for: control.id }, label), control);
export const search = (id, value, oninput) => h("input", { id, type: "search", value, oninput });

export function scopes(checked) {
  const boxes = me.scopes.map((value) => h("input", { type: "checkbox", value, checked: checked.includes(value) }));
  return field("Scopes", boxes.map((box) => h("label", box, box.value)), "", (chosen) => (chosen.length ? "" : "Choose at least one scope."),
    () => boxes.filter((box) => box.checked).map((box) => box.value));
}

// Where a value is typed: never filled, never shown again, hidden until asked for; `missing` is said where nothing is.
export function secret(label, hint, missing = "") {
  const area = h("textarea.masked", { rows: 3 });
  const size = () => new TextEncoder().encode(area.value).length;
  const over = () => (size() > me.max_value_bytes ? `The value has ${plural(size(), "byte")}; ${digits(me.max_value_bytes)} are the most.` : "");
  const place = field(label, area, hint, (typed) => (typed ? over() : missing));
  const count = h("small");
  const show = button("Show while typing", () => { show.ariaPressed = !area.classList.toggle("masked"); }, { kind: "small" });
  show.ariaPressed = false;
  area.after(h("div.under", show, count));
  area.addEventListener("input", () => {
    count.textContent = area.value && `${plural(size(), "byte")}${/\s$/.test(area.value) ? ", ends with white space" : ""}`;
    place.fail(over());
  });
  return place;
}

// A modal form of `fields`. `save(typed)` does the work of `go`; what was typed stays until it has worked, and `said` tells
// what was done. One that `stays` cannot be left.
export function form(title, content, { fields = {}, go, kind = "primary", save, said, ready = () => true, stays } = {}) {
  const problem = h("p.error.banner", { role: "alert" });
  const submit = h(`button.${kind}`, go);
  const id = fresh();
  const inner = h("form", { novalidate: true, autocomplete: "off", spellcheck: "false" }, h("h2", { id }, title), content, Object.values(fields), problem,
    h("div.buttons", !stays && button(save ? "Cancel" : "Close", () => box.close()), save && submit));
  const box = h("dialog", { "aria-labelledby": id }, inner);
  let busy = false;
  let touched = false;
  const check = () => { submit.disabled = busy || !ready(); };
  inner.addEventListener("input", () => { touched = true; check(); });
  box.addEventListener("cancel", (event) => {
    if (!touched || !save || stays) return;
    event.preventDefault();
    problem.textContent = "What you typed is kept. Use Cancel to throw it away.";
  });
  inner.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!save || submit.disabled) return;
    problem.textContent = "";
    const faulty = [...inner.querySelectorAll(".field")].filter((each) => (each.fail(each.rule()), each.rule()));
    busy = true;
    check();
    try {
      if (!faulty.length) {
        const made = await save(values(fields));
        box.close();
        if (said) news(typeof said === "string" ? said : said(made));
      }
    } catch (failure) {
      problem.textContent = sentence(failure);
    }
    busy = false;
    check();
    if (box.open) (box.querySelector("[aria-invalid]") ?? submit).focus();
  });
  const opener = document.activeElement;
  box.addEventListener("close", () => {
    if (stays?.()) return box.showModal();
    box.remove();
    (opener.isConnected ? opener : find(opener.dataset.key) ?? main).focus();
  });
  document.body.append(box);
  check();
  box.showModal();
  return box;
}

// Deleting `what` named `name`, at a path: only after its name was typed.
export function confirmDelete(what, name, warned, path) {
  const typed = field(`Type ${name} to confirm`, text());
  form(`Delete ${what} ${name}?`, [warned, typed], {
    go: `Delete ${what}`, kind: "danger", ready: () => typed.value() === name,
    save: () => change("DELETE", path), said: `Deleted ${what} ${name}.`,
  });
}
