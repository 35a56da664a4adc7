// Where secrets are used: bindings that sshim dev has served, and the keys of gateways.

import { result } from "./server.js";
import { badge, empty, form, h, plural, table, when, wide } from "./parts.js";

const STATES = {
  found: ["good", "found"],
  missing: ["bad", "no such secret"],
  other_store: ["bad", "in another store"],
  out_of_scope: ["bad", "not for Workers"],
};
const state = { only: false };

// What uses a secret, and when it was last read.
export function bindingsOf(uses, secret) {
  return {
    bindings: uses.bindings.filter((each) => each.store_id === secret.store_id && each.secret_name === secret.name),
    keys: uses.keys.filter((key) => key.secret_id === secret.id),
    last: uses.accesses[secret.id],
  };
}

const place = (each) => [h("strong", {}, each.worker), each.environment && [" ", badge("scope", each.environment)], h("small", { class: "path" }, each.config_path.split(/(?<=[/\\])/).flatMap((part) => [part, h("wbr")]))];

export function showUses(ctx, uses, secret) {
  const { bindings, keys, last } = bindingsOf(uses, secret);
  form(ctx, `Where ${secret.name} is used`, [
    h("p", {}, last ? ["Last read ", when(last)] : "Never read yet."),
    bindings.length > 0 && table("Workers", [{ title: "Worker", cell: place }, { title: "Binding", cell: (each) => h("code", {}, `env.${each.binding}`) }, { title: "Last read", cell: (each) => when(each.last_access) }, { title: "Last served", cell: (each) => when(each.last_seen) }], bindings),
    keys.length > 0 && table("Gateways", [{ title: "Gateway", cell: (key) => h("strong", {}, key.gateway_id) }, { title: "Provider", cell: (key) => key.provider }, { title: "Alias", cell: (key) => key.alias }], keys),
  ]);
}

// The command that cures a binding which points to nothing.
function cure(each) {
  if (each.state === "found") return null;
  if (each.state === "missing") return wide(`sshim secret create ${each.store_id} --name ${each.secret_name} --scopes workers`);
  if (each.state === "out_of_scope") return wide(`sshim secret update ${each.store_id} --name ${each.secret_name} --scopes workers`);
  return h("small", {}, "A store of another id has one of that name: change store_id in the configuration.");
}

function draw(ctx, data) {
  if (!data.bindings.length && !data.keys.length) {
    return empty("No use of a secret was seen yet", h("p", {}, "The bindings of a Worker appear here once it was served on this machine:"), wide("sshim dev"));
  }
  const bad = data.bindings.filter((each) => each.state !== "found");
  const rows = (state.only ? bad : data.bindings).toSorted((a, b) => (a.state === "found") - (b.state === "found"));
  return [
    bad.length > 0 && h("p", { class: "banner bad", role: "status" }, `${plural(bad.length, "binding")} ${bad.length === 1 ? "points" : "point"} to nothing that a Worker could read.`),
    data.bindings.length > 0 && h("section", {}, h("div", { class: "heading" }, h("h2", {}, "Workers"),
      h("label", { class: "inline" }, h("input", { type: "checkbox", "data-key": "only", checked: state.only, onchange: (event) => { state.only = event.target.checked; ctx.redraw(); } }), "Only what points to nothing")),
    rows.length ? table("Bindings of Workers", [
      { title: "Worker", cell: place },
      { title: "Binding", cell: (each) => h("code", {}, `env.${each.binding}`) },
      { title: "Secret", class: "name", cell: (each) => [h("code", {}, each.secret_name), h("small", {}, `store ${each.store_id}`), cure(each)] },
      { title: "State", cell: (each) => badge(...STATES[each.state]) },
      { title: "Last read", cell: (each) => when(each.last_access) },
      { title: "Last served", cell: (each) => when(each.last_seen) },
    ], rows) : h("p", { class: "muted" }, "Every binding that was seen finds its secret.")),
    data.keys.length > 0 && h("section", {}, h("h2", {}, "AI Gateways"), table("Keys of gateways", [
      { title: "Gateway", cell: (key) => h("strong", {}, key.gateway_id) },
      { title: "Provider", cell: (key) => key.provider },
      { title: "Alias", cell: (key) => key.alias },
      { title: "Secret", class: "name", cell: (key) => h("code", {}, key.secret_name) },
      { title: "State", cell: (key) => (key.secret_id ? badge("good", "found") : badge("bad", "no such secret")) },
      { title: "Last read", cell: (key) => when(data.accesses[key.secret_id]) },
    ], data.keys)),
  ];
}

export const view = { title: "Where used", load: () => result("GET", "/dashboard/usages"), draw };
