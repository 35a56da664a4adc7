// Where secrets are used: bindings that sshim dev has served, and the keys of gateways.

import { result } from "./server.js";
import { badge, code, command, empty, h, muted, plural, redraw, table, when } from "./parts.js";

const STATES = { other_store: "in another store", out_of_scope: "not for Workers" };
let data = null;
let only = false;

export const load = async () => { data = await result("GET", "/dashboard/usages"); };

const found = (there, said = "no such secret") => badge(there ? "good" : "bad", there ? "found" : said);

// The command that cures a binding which points to nothing.
function cure({ state, store_id, secret_name }) {
  const verb = { missing: "create", out_of_scope: "update" }[state];
  if (verb) return command(`sshim secret ${verb} ${store_id} --name ${secret_name} --scopes workers`);
  return state === "other_store" && h("small", "A store of another id has one of that name: change store_id in the configuration.");
}

export const workers = (bindings) => table("Bindings of Workers", [
  ["Worker", (each) => [h("b", each.worker), " ", each.environment && badge("scope", each.environment), h("small", each.config_path)], { class: "name" }],
  ["Binding", (each) => code(`env.${each.binding}`)],
  ["Secret", (each) => [code(each.secret_name), h("small", `store ${each.store_id}`), cure(each)], { class: "name" }],
  ["State", (each) => found(each.state === "found", STATES[each.state])],
  ["Last read", (each) => when(each.last_access)],
  ["Last served", (each) => when(each.last_seen)],
], bindings);

export const gateways = (keys, accesses) => table("Keys of gateways", [
  ["Gateway", (key) => h("b", key.gateway_id)],
  ["Provider", (key) => key.provider],
  ["Alias", (key) => key.alias],
  ["Secret", (key) => code(key.secret_name), { class: "name" }],
  ["State", (key) => found(key.secret_id)],
  ["Last read", (key) => when(accesses[key.secret_id])],
], keys);

export function draw() {
  const { bindings, keys, accesses } = data;
  if (!bindings.length && !keys.length) {
    return empty("No use of a secret was seen yet", "The bindings of a Worker appear here once it was served on this machine:", "sshim dev");
  }
  const bad = bindings.filter((each) => each.state !== "found");
  const rows = only ? bad : [...bad, ...bindings.filter((each) => each.state === "found")];
  return [
    bad.length > 0 && h("p.banner.bad", { role: "status" }, `${plural(bad.length, "binding")} ${bad.length === 1 ? "points" : "point"} to nothing that a Worker could read.`),
    bindings.length > 0 && h("section", h("div.heading", h("h2", "Workers"),
      h("label", h("input", { type: "checkbox", "data-key": "only", checked: only, onchange: () => { only = !only; redraw(); } }), "Only what points to nothing")),
    rows.length ? workers(rows) : muted("Every binding that was seen finds its secret.")),
    keys.length > 0 && h("section", h("div.heading", h("h2", "AI Gateways")), gateways(keys, accesses)),
  ];
}
