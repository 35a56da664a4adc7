// The stores of the account.

import { api, change, denied, result } from "./server.js";
import { actions, button, code, confirmDelete, field, form, h, named, noStore, plural, table, text, warning, when } from "./parts.js";

const path = (...more) => api("secrets_store", "stores", ...more);
let stores = [];

export const needs = ["write"];
export const load = async () => { stores = await result("GET", "/dashboard/stores"); };

export function draw() {
  const make = button("Create store", create, { kind: "primary", off: denied("write") });
  if (!stores.length) return noStore(make);
  return [h("div.tools", make), table("Stores", [
    ["Name", (store) => code(store.name), { class: "name" }],
    ["Store id", (store) => code(store.id), { class: "name" }],
    ["Secrets", (store) => String(store.count)],
    ["Created", (store) => when(store.created)],
    ["Modified", (store) => when(store.modified)],
    actions((store) => store.name, () => denied("write"), { Delete: remove }),
  ], stores), h("p.hint", "A Worker names a store by its id, as ", code("store_id"), " in its wrangler configuration.")];
}

function create() {
  form("Create store", "", {
    fields: { name: field("Name", text("", { maxlength: 256 }), "Letters, digits, “_” and “-”.", named) },
    go: "Create store", save: (typed) => change("POST", path(), typed), said: ({ name }) => `Created the store ${name}.`,
  });
}

function remove({ id, name, count }) {
  const said = count ? `Its ${plural(count, "secret")} ${count === 1 ? "is" : "are"} deleted with it, for good, and whatever binds them fails from then on.` : "The store is empty.";
  confirmDelete("store", name, warning(said), `${path(id)}${count ? "?force=true" : ""}`);
}
