// The secrets of a store: list, create, duplicate, edit, delete. A value goes out and never comes back.

import { api, change, denied, me, reload, result, say } from "./server.js";
import { actions, badge, button, code, confirmDelete, empty, exact, field, filter, form, h, muted, named, noStore, plural, redraw, scopes, search, secret, select, since, table, text, values, warning, when } from "./parts.js";

const PAGE = 100;
const sort = { by: "name", down: false };
const state = { search: "", scope: "", store: "", most: PAGE };
let data = null;
let uses = null;

export const needs = ["write"];

export async function load(known) {
  data = known ?? await result("GET", `/dashboard/secrets?store=${encodeURIComponent(state.store)}`);
  state.store = data.store;
}

// Where secrets are used stands in the audit log, which takes longer than the list should wait.
export async function later() {
  uses = await result("GET", "/dashboard/usages");
  if (data.secrets.some((each) => each.status === "pending")) setTimeout(reload, 1200);
}

export function draw() {
  if (!data.stores.length) return noStore(button("Create the store", () => change("POST", api("secrets_store", "stores"), { name: "default_secrets_store" }), { kind: "primary", off: denied("write") }));
  const found = wanted();
  const more = Math.min(PAGE, found.length - state.most);
  return [tools(), found.length ? list(found.slice(0, state.most)) : nothing(),
    more > 0 && h("p.muted", `Showing ${state.most} of ${plural(found.length, "secret")}. `,
      button(`Show ${more} more`, () => { state.most += PAGE; redraw(); }))];
}

function wanted() {
  const needle = state.search.toLowerCase();
  const key = (each) => String(each[sort.by]);
  return data.secrets
    .filter((each) => (!state.scope || each.scopes.includes(state.scope)) && `${each.name}\n${each.comment}`.toLowerCase().includes(needle))
    .sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.name < b.name ? -1 : 1) * (sort.down ? -1 : 1));
}

function tools() {
  const set = ({ target }) => { Object.assign(state, { [target.id]: target.value, most: PAGE }); redraw(); };
  const { quota, usage } = data.quota;
  return h("div.tools",
    data.stores.length > 1 && filter("Store", select(data.stores.map(({ id, name }) => [id, name === id ? id : `${name} (${id.slice(0, 8)}…)`]), state.store,
      { id: "store", onchange: (event) => { set(event); reload(); } })),
    filter("Search name or comment", search("search", state.search, set)),
    filter("Scope", select([["", "All scopes"], ...me.scopes.map((scope) => [scope, scope])], state.scope, { id: "scope", onchange: set })),
    h("div", { class: usage >= quota ? "bad" : "muted" }, h("span", { id: "quota" }, `${usage} of ${plural(quota, "secret")}`),
      h("meter", { "aria-labelledby": "quota", max: quota, high: quota * 0.9, optimum: 0, value: usage })),
    button("Create secrets", create, { kind: "primary", off: denied("write") }));
}

function nothing() {
  if (!data.secrets.length) return empty("This store has no secrets yet", "Create one here, or in a terminal, where the value is asked for and never shown:", `sshim secret create ${state.store} --name API_KEY --scopes workers`);
  return empty("No secret fits", "", "", button("Show all", () => { state.search = state.scope = ""; redraw(); }));
}

const list = (found, off = denied("write")) => table("Secrets", [
  ["Name", (each) => [code(each.name), each.comment && h("small", each.comment)], { by: "name", class: "name" }],
  ["Scopes", (each) => each.scopes.map((scope) => badge("scope", scope)), { by: "scopes" }],
  ["Status", (each) => badge(each.status === "active" ? "good" : "warn", each.status), { by: "status" }],
  ["Where used", used],
  ["Created", (each) => when(each.created), { by: "created" }],
  ["Modified", (each) => when(each.modified), { by: "modified" }],
  actions((each) => each.name, () => off, { Edit: edit, Duplicate: duplicate, Delete: remove }),
], found, sort);

// What uses a secret.
const usesOf = ({ id, name, store_id }) => ({
  bindings: uses.bindings.filter((each) => each.store_id === store_id && each.secret_name === name),
  keys: uses.keys.filter((key) => key.secret_id === id),
});

function used(each) {
  if (!uses) return muted("…");
  const { bindings, keys } = usesOf(each);
  const last = uses.accesses[each.id];
  const count = [bindings.length && plural(bindings.length, "binding"), keys.length && plural(keys.length, "gateway key")].filter(Boolean).join(", ");
  return [count ? button(count, () => showUses(each), { kind: "link", of: `of ${each.name}` }) : muted("no binding seen"), h("small", { title: last && exact(last) }, last ? ["read ", since(last)] : "never read")];
}

async function showUses(each) {
  const { workers, gateways } = await import("./usages.js");
  const { bindings, keys } = usesOf(each);
  form(`Where ${each.name} is used`, [bindings.length > 0 && workers(bindings), keys.length > 0 && gateways(keys, uses.accesses)]);
}

const path = (...more) => api("secrets_store", "stores", state.store, "secrets", ...more);
const commentField = (value) => field("Comment", text(value, { maxlength: 1024 }), "Optional; what it is for. Everybody who may list secrets can read it.");
const nameField = (label, value, hint, rule = () => "") => field(label, text(value, { maxlength: 256 }), hint, (typed) =>
  named(typed) || rule(typed) || (data.secrets.some((each) => each.name === typed) ? say("secret_name_already_exists", typed) : ""));

function create() {
  const drafts = []; // [fieldset, fields, button that drops it]
  const places = h("div");
  const names = () => drafts.map(([, { name }]) => name);
  const number = () => {
    const many = drafts.length > 1;
    drafts.forEach(([place, , drop], index) => {
      place.firstChild.textContent = many ? `Secret ${index + 1}` : "The secret";
      drop.hidden = !many;
    });
    names().at(-1).querySelector("input").focus();
    box.querySelector(".primary").textContent = many ? `Create ${drafts.length} secrets` : "Create secret";
  };
  const twice = (typed) => (names().filter((name) => name.value() === typed).length > 1 ? "Two of these secrets have this name." : "");
  const add = () => {
    const fields = {
      name: nameField("Name", "", "As a binding’s secret_name has it.", twice), value: secret("Value", "Kept encrypted, and never shown again.", "Give a value."),
      scopes: scopes(["workers"]), comment: commentField(),
    };
    const drop = button("Remove this one", () => { drafts.splice(drafts.indexOf(draft), 1); draft[0].remove(); number(); }, { kind: "small" });
    const draft = [h("fieldset.draft", h("legend"), Object.values(fields), drop), fields, drop];
    drafts.push(draft);
    places.append(draft[0]);
    number();
  };
  const box = form("Create secrets", [places, button("Add additional secret", add)], {
    go: "Create secret",
    save: () => change("POST", path(), drafts.map(([, fields]) => values(fields))),
    said: (made) => `Created ${made.map((each) => each.name).join(", ")}.`,
  });
  add();
}

function duplicate(each) {
  form(`Duplicate ${each.name}`, h("p", "The copy gets the same value, without anybody seeing it. From then on the two change apart."), {
    fields: { name: nameField("Name of the copy", `${each.name}_copy`.slice(0, 256)), scopes: scopes(each.scopes), comment: commentField(each.comment) },
    go: "Duplicate",
    save: (typed) => change("POST", path(each.id, "duplicate"), typed), said: (made) => `Created ${made.name}.`,
  });
}

// What stands to be broken: the places that use a secret, which have to be known before it is touched.
async function affected(each, said) {
  uses ??= await result("GET", "/dashboard/usages").catch(() => null);
  if (!uses) return warning(said, " Where it is used cannot be told now.");
  const { bindings, keys } = usesOf(each);
  const lines = [...bindings.map((use) => `${use.worker}${use.environment ? ` (${use.environment})` : ""}: env.${use.binding}`), ...keys.map((key) => `gateway ${key.gateway_id}: ${key.provider}, ${key.alias}`)];
  return warning(said, lines.length ? h("ul", lines.map((line) => h("li", line))) : " No use of it was seen on this machine.");
}

async function edit(each) {
  const warned = await affected(each, "Every service that uses this secret gets what you change, at its next read.");
  const changed = (typed) => Object.entries(typed).filter(([name, value]) => String(value) !== String(each[name] ?? ""));
  form(`Edit ${each.name}`, warned, {
    fields: { value: secret("New value", "Leave it empty to keep the present one, which is never shown."), scopes: scopes(each.scopes), comment: commentField(each.comment) },
    go: "Save", save: (typed) => change("PATCH", path(each.id), Object.fromEntries(changed(typed))), said: `Saved ${each.name}.`,
  });
}

const remove = async (each) => confirmDelete("secret", each.name, await affected(each, "Its value is gone for good, and whatever still binds it fails from then on."), path(each.id));
