// AI Gateways and their provider keys. A key goes in and never comes back.

import { api, change, denied, me, result } from "./server.js";
import { actions, badge, button, code, confirmDelete, empty, field, form, h, named, plural, secret, table, text, warning, when } from "./parts.js";

const PROVIDERS = ["anthropic", "azure-openai", "cohere", "deepseek", "google-ai-studio", "grok", "groq", "huggingface", "mistral", "openai", "openrouter", "perplexity-ai", "replicate", "workers-ai"];
const path = (...more) => api("ai-gateway", "gateways", ...more);
const keys = (gateway, ...more) => path(gateway.id, "provider_configs", ...more);
let gateways = [];

export const needs = ["link_gateway", "write"];
export const load = async () => { gateways = await result("GET", "/dashboard/gateways"); };

export function draw() {
  const make = button("Create gateway", create, { kind: gateways.length ? "" : "primary", off: denied("link_gateway") });
  if (!gateways.length) {
    return empty("There is no AI Gateway yet", "A gateway adds a provider’s key to requests, so that no application holds it. Make one here, or in a terminal:", "sshim gateway create default", make);
  }
  return [h("div.tools", make), gateways.map(section)];
}

function section(gateway) {
  const off = denied(...needs);
  return h("section",
    h("div.heading", h("h2", "Gateway ", code(gateway.id)),
      button("Add provider key", () => add(gateway), { kind: "primary", off, of: `to ${gateway.id}` }),
      button("Delete gateway", () => remove(gateway), { kind: "risky", off: denied("link_gateway"), of: gateway.id })),
    me.gateway_origin && h("p.hint", "Requests go to ", code(`${me.gateway_origin}/v1/${me.account_id}/${gateway.id}/PROVIDER`)),
    gateway.keys.length ? table(`Provider keys of ${gateway.id}`, [
      ["Provider", (key) => h("b", key.provider_slug), { class: "name" }],
      ["Alias", (key) => code(key.alias)],
      ["Status", (key) => (key.status === "active" ? badge("good", "active") : badge("bad", key.secret_preview ? "not for gateways" : "no key"))],
      ["Key", (key) => code(key.secret_preview || "none")],
      ["Last used", (key) => when(key.last_used_at)],
      ["Modified", (key) => when(key.modified_at)],
      actions((key) => `${key.provider_slug} ${key.alias}`, () => off, { Rotate: (key) => rotate(gateway, key), Revoke: (key) => revoke(gateway, key) }),
    ], gateway.keys) : empty("No provider key yet", "", `sshim gateway key set openai --gateway ${gateway.id}`));
}

function create() {
  const rule = "Lower-case letters, digits, “_”, and “-” between them";
  form("Create gateway", "", {
    fields: { id: field("Gateway id", text("", { maxlength: 64 }), `${rule}; part of the address.`, (typed) => (/^[a-z0-9_]+(-[a-z0-9_]+)*$/.test(typed) ? "" : `Use ${rule.toLowerCase()}.`)) },
    go: "Create gateway", said: ({ id }) => `Created the gateway ${id}.`,
    save: (typed) => change("POST", path(), { ...typed, cache_invalidate_on_update: false, cache_ttl: 0, collect_logs: true, rate_limiting_interval: 0, rate_limiting_limit: 0 }),
  });
}

function remove(gateway) {
  const count = gateway.keys.length;
  confirmDelete("gateway", gateway.id, warning("Requests through it fail from then on.", count && ` The secrets of its ${plural(count, "key")} stay in the store.`), path(gateway.id));
}

const keyField = (label) => secret(label, "Kept encrypted, and never shown again but for its last four characters.", "Give the key.");
// A key is one line; a line break at its end comes from the way it was copied.
const line = (typed) => ({ ...typed, secret: typed.secret.replace(/[\r\n]+$/, "") });

function add(gateway) {
  form(`Add a provider key to ${gateway.id}`, h("datalist", { id: "providers" }, PROVIDERS.map((value) => h("option", { value }))), {
    fields: {
      provider_slug: field("Provider", text("", { list: "providers", maxlength: 64 }), "As the gateway’s address spells it; one of your own as custom-NAME.", named),
      alias: field("Alias", text("default", { maxlength: 64 }), "“default” is used by requests that name none.", named),
      secret: keyField("Key"),
    },
    go: "Add key", save: (typed) => change("POST", keys(gateway), { ...line(typed), default_config: typed.alias === "default" }),
    said: ({ provider_slug, alias }) => `Added the ${provider_slug} key ${alias}.`,
  });
}

const nameOf = (key) => `the ${key.provider_slug} key ${key.alias}`;

function rotate(gateway, key) {
  form(`Rotate ${nameOf(key)}`, warning(`Every request through ${gateway.id} goes out with the new key from then on.`), {
    fields: { secret: keyField("New key") },
    go: "Rotate", save: (typed) => change("PUT", keys(gateway, key.id), line(typed)), said: `Rotated ${nameOf(key)}.`,
  });
}

function revoke(gateway, key) {
  form(`Revoke ${nameOf(key)}?`, warning(`The key is deleted here with its secret, and requests through ${gateway.id} go out without it. At the provider it stays good until you end it there too.`), {
    go: "Revoke", kind: "danger", save: () => change("DELETE", keys(gateway, key.id)), said: `Revoked ${nameOf(key)}.`,
  });
}
