// The secrets of a store: list, create, duplicate, edit, delete. A value goes out and never comes back.

import { result } from "./server.js";
import { badge, button, checks, confirmDelete, empty, field, form, h, named, news, plural, select, table, text, valueField, when, wide } from "./parts.js";
import { bindingsOf, showUses } from "./usages.js";

const PAGE = 100;
const state = { search: "", scope: "", by: "name", down: false, most: PAGE, store: "" };

async function load(ctx) {
  const found = await result("GET", `/dashboard/secrets?store=${encodeURIComponent(state.store)}`);
  state.store = found.store;
  return { ...found, uses: ctx.uses };
}

// Where secrets are used stands in the audit log, which takes longer than the list should wait.
async function later(ctx, data) {
  ctx.uses = data.uses = await result("GET", "/dashboard/usages");
  if (data.secrets.some((secret) => secret.status === "pending")) setTimeout(ctx.reload, 1200);
}

function wanted(secrets) {
  const needle = state.search.toLowerCase();
  const found = secrets.filter((secret) => (!state.scope || secret.scopes.includes(state.scope))
    && (secret.name.toLowerCase().includes(needle) || secret.comment.toLowerCase().includes(needle)));
  const key = (secret) => (state.by === "scopes" ? secret.scopes.join() : secret[state.by]);
  found.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.name < b.name ? -1 : 1));
  return state.down ? found.reverse() : found;
}

function draw(ctx, data) {
  if (!data.stores.length) {
    return empty("There is no store yet", h("p", {}, "Secrets are kept in a store. Make the first one here, or in a terminal:"),
      wide("sshim store create default_secrets_store"), button("Create the store", () => firstStore(ctx), { kind: "primary", reason: ctx.reason("write") }));
  }
  const found = wanted(data.secrets);
  return [tools(ctx, data), found.length ? list(ctx, data, found) : nothing(ctx, data),
    found.length > state.most && h("p", { class: "more" }, `Showing ${state.most} of ${plural(found.length, "secret")}. `,
      button(`Show ${Math.min(PAGE, found.length - state.most)} more`, () => { state.most += PAGE; ctx.redraw(); }, { key: "more" }))];
}

function tools(ctx, data) {
  const change = (name) => (event) => { state[name] = event.target.value; state.most = PAGE; ctx.redraw(); };
  const { quota, usage } = data.quota;
  const full = usage >= quota;
  return h("div", { class: "tools" },
    data.stores.length > 1 && h("div", {}, h("label", { for: "store" }, "Store"),
      select(data.stores.map((store) => [store.id, store.name === store.id ? store.id : `${store.name} (${store.id.slice(0, 8)}…)`]), state.store,
        { id: "store", onchange: (event) => { state.store = event.target.value; ctx.reload(); } })),
    h("div", { class: "grow" }, h("label", { for: "search" }, "Search name or comment"), h("input", { id: "search", type: "search", value: state.search, oninput: change("search") })),
    h("div", {}, h("label", { for: "scope" }, "Scope"), select([["", "All scopes"], ...ctx.me.scopes.map((scope) => [scope, scope])], state.scope, { id: "scope", onchange: change("scope") })),
    h("div", { class: `quota ${full ? "full" : ""}` }, h("span", { id: "quota" }, `${usage} of ${plural(quota, "secret")}`),
      h("meter", { "aria-labelledby": "quota", min: 0, max: quota, high: quota * 0.9, optimum: 0, value: usage }, `${usage} of ${quota}`)),
    button("Create secrets", () => create(ctx, data), { kind: "primary", reason: ctx.reason("write"), key: "create" }));
}

function nothing(ctx, data) {
  if (data.secrets.length) return empty("No secret fits", h("p", {}, "None of this store's secrets has that text or scope."), button("Show all", () => { state.search = state.scope = ""; ctx.redraw(); }, { key: "all" }));
  return empty("This store has no secrets yet", h("p", {}, "Create one here, or in a terminal, where the value is asked for and never shown:"),
    wide(`sshim secret create ${state.store} --name API_KEY --scopes workers`));
}

function list(ctx, data, found) {
  const off = ctx.reason("write");
  const sort = (by) => { state.down = state.by === by && !state.down; state.by = by; ctx.redraw(); };
  return table("Secrets", [
    { title: "Name", sort: "name", class: "name", cell: (s) => [h("code", {}, s.name), s.comment && h("small", { class: "comment" }, s.comment)] },
    { title: "Scopes", sort: "scopes", cell: (s) => s.scopes.map((scope) => badge("scope", scope)) },
    { title: "Status", sort: "status", cell: (s) => badge(s.status === "active" ? "good" : "wait", s.status) },
    { title: "Where used", cell: (s) => uses(ctx, data, s) },
    { title: "Created", sort: "created", cell: (s) => when(s.created) },
    { title: "Modified", sort: "modified", cell: (s) => when(s.modified) },
    { title: "Actions", hidden: true, class: "actions", cell: (s) => [
      button("Edit", () => edit(ctx, data, s), { kind: "small", reason: off, name: `Edit ${s.name}`, key: `edit:${s.id}` }),
      button("Duplicate", () => duplicate(ctx, data, s), { kind: "small", reason: off, name: `Duplicate ${s.name}`, key: `copy:${s.id}` }),
      button("Delete", () => remove(ctx, data, s), { kind: "small risky", reason: off, name: `Delete ${s.name}`, key: `delete:${s.id}` }),
    ] },
  ], found.slice(0, state.most), { sort: state, onsort: sort });
}

function uses(ctx, data, secret) {
  if (!data.uses) return h("span", { class: "muted" }, "…");
  const { bindings, keys, last } = bindingsOf(data.uses, secret);
  const count = [bindings.length && plural(bindings.length, "binding"), keys.length && plural(keys.length, "gateway key")].filter(Boolean).join(", ");
  return [count ? button(count, () => showUses(ctx, data.uses, secret), { kind: "link", name: `${count} of ${secret.name}`, key: `uses:${secret.id}` }) : h("span", { class: "muted" }, "no binding seen"),
    h("small", {}, last ? ["read ", h("span", { "data-ago": last, title: last }, when(last).firstChild.textContent)] : "never read")];
}

const path = (ctx, more = "") => `${ctx.base}/secrets_store/stores/${state.store}/secrets${more}`;
const commentField = (value = "") => field("Comment", text(value, { maxlength: 1024 }), "Optional; what it is for. Everybody who may list secrets can read it.");
const taken = (data, name) => named(name) || (data.secrets.some((secret) => secret.name === name) ? `There is a secret named “${name}” already. Choose another name, or edit that one.` : "");
// Puts a failure where it belongs: at the field that is wrong, else at the form.
function at(ctx, failure, names) {
  const said = ctx.place(failure);
  const place = failure.slug === "secret_name_already_exists" && names.find((each) => each.input.value === failure.about);
  if (!place) return said;
  place.fail(said);
  return "One name is taken already.";
}

function create(ctx, data) {
  const drafts = [];
  const places = h("div");
  const number = () => {
    const many = drafts.length > 1;
    drafts.forEach((draft, index) => {
      draft.place.firstChild.textContent = many ? `Secret ${index + 1}` : "The secret";
      draft.drop.hidden = !many;
    });
    const go = box?.querySelector("[type=submit]");
    if (go) go.textContent = many ? `Create ${drafts.length} secrets` : "Create secret";
  };
  const name = (typed) => taken(data, typed) || (drafts.filter((draft) => draft.name.input.value === typed).length > 1 ? "Two of these secrets have this name." : "");
  const add = () => {
    const draft = { name: field("Name", text("", { class: "mono", maxlength: 256 }), "As a binding’s secret_name has it.", name),
      value: valueField("Value", ctx.me.max_value_bytes, "Kept encrypted, and never shown again.", "Give a value."), scopes: checks("Scopes", ctx.me.scopes, ["workers"]), comment: commentField() };
    draft.drop = button("Remove this one", () => { drafts.splice(drafts.indexOf(draft), 1); draft.place.remove(); number(); drafts.at(-1).name.input.focus(); }, { kind: "small" });
    draft.place = h("fieldset", { class: "draft" }, h("legend", {}, "The secret"), draft.name, draft.value, draft.scopes, draft.comment, draft.drop);
    drafts.push(draft);
    places.append(draft.place);
    number();
  };
  let box = null;
  add();
  box = form(ctx, "Create secrets", [places, button("Add additional secret", () => { add(); drafts.at(-1).name.input.focus(); })], {
    go: "Create secret",
    place: (failure) => at(ctx, failure, drafts.map((draft) => draft.name)),
    save: async () => {
      const made = await result("POST", path(ctx), drafts.map((draft) => ({ name: draft.name.input.value, value: draft.value.input.value, scopes: draft.scopes.chosen(), comment: draft.comment.input.value })));
      return `Created ${made.map((secret) => secret.name).join(", ")}.`;
    },
  });
}

function duplicate(ctx, data, secret) {
  const name = field("Name of the copy", text(`${secret.name}_copy`.slice(0, 256), { class: "mono", maxlength: 256 }), "", (typed) => taken(data, typed));
  const scopes = checks("Scopes", ctx.me.scopes, secret.scopes);
  const comment = commentField(secret.comment);
  form(ctx, `Duplicate ${secret.name}`, [h("p", {}, "The copy gets the same value, without anybody seeing it. From then on the two change apart."), name, scopes, comment], {
    go: "Duplicate", place: (failure) => at(ctx, failure, [name]),
    save: async () => {
      const made = await result("POST", path(ctx, `/${secret.id}/duplicate`), { name: name.input.value, scopes: scopes.chosen(), comment: comment.input.value });
      return `Created ${made.name}.`;
    },
  });
}

// What stands to be broken: the places that use a secret, or that none is known.
function affected(uses, secret, text) {
  if (!uses) return h("p", { class: "banner warn" }, text, " Where it is used cannot be told now.");
  const { bindings, keys } = bindingsOf(uses, secret);
  const lines = [...bindings.map((each) => `${each.worker}${each.environment ? ` (${each.environment})` : ""}: env.${each.binding}`), ...keys.map((key) => `gateway ${key.gateway_id}: ${key.provider}, ${key.alias}`)];
  return h("div", { class: "banner warn" }, h("p", {}, text), lines.length ? h("ul", {}, lines.map((line) => h("li", {}, line))) : h("p", {}, "No use of it was seen on this machine."));
}

// Before something that others depend on is touched, it has to be known who they are.
async function known(ctx, data) {
  try {
    data.uses ??= ctx.uses = await result("GET", "/dashboard/usages");
  } catch (failure) {
    news(ctx.place(failure));
  }
}

async function edit(ctx, data, secret) {
  await known(ctx, data);
  const value = valueField("New value", ctx.me.max_value_bytes, "Leave it empty to keep the present one, which is never shown.");
  const scopes = checks("Scopes", ctx.me.scopes, secret.scopes);
  const comment = commentField(secret.comment);
  form(ctx, `Edit ${secret.name}`, [affected(data.uses, secret, "Every service that uses this secret gets what you change, at its next read."), value, scopes, comment], {
    go: "Save",
    save: async () => {
      const change = {};
      if (value.input.value) change.value = value.input.value;
      if (scopes.chosen().join() !== secret.scopes.join()) change.scopes = scopes.chosen();
      if (comment.input.value !== secret.comment) change.comment = comment.input.value;
      if (!Object.keys(change).length) return "";
      await result("PATCH", path(ctx, `/${secret.id}`), change);
      return `Saved ${secret.name}.`;
    },
  });
}

async function remove(ctx, data, secret) {
  await known(ctx, data);
  confirmDelete(ctx, "secret", secret.name, affected(data.uses, secret, "Its value is gone for good, and whatever still binds it fails from then on."), async () => {
    await result("DELETE", path(ctx, `/${secret.id}`));
    return `Deleted ${secret.name}.`;
  });
}

async function firstStore(ctx) {
  try {
    await result("POST", `${ctx.base}/secrets_store/stores`, { name: "default_secrets_store" });
    ctx.reload();
  } catch (failure) {
    news(ctx.place(failure));
  }
}

export const view = { title: "Secrets", needs: ["write"], load, later, draw };
