// AI Gateways and their provider keys. A key goes in and never comes back.

import { every, result } from "./server.js";
import { badge, button, code, confirmDelete, empty, field, form, h, named, plural, table, text, valueField, when, wide } from "./parts.js";

const PROVIDERS = ["anthropic", "azure-openai", "cohere", "deepseek", "google-ai-studio", "grok", "groq", "huggingface", "mistral", "openai", "openrouter", "perplexity-ai", "replicate", "workers-ai"];
const path = (ctx, ...more) => [`${ctx.base}/ai-gateway/gateways`, ...more.map(encodeURIComponent)].join("/").replace(/%2F/g, "/");

async function load(ctx) {
  const found = await every(path(ctx));
  const keys = await Promise.all(found.map((gateway) => every(path(ctx, gateway.id, "provider_configs"))));
  return found.map((gateway, index) => ({ ...gateway, keys: keys[index] }));
}

function draw(ctx, found) {
  const off = ctx.reason("link_gateway");
  const make = button("Create gateway", () => createGateway(ctx), { kind: found.length ? "" : "primary", reason: off, key: "create" });
  if (!found.length) {
    return empty("There is no AI Gateway yet", h("p", {}, "A gateway adds a provider’s key to requests, so that no application holds it. Make one here, or in a terminal:"), wide("sshim gateway create default"), make);
  }
  return [h("div", { class: "tools end" }, make), found.map((gateway) => section(ctx, gateway))];
}

function section(ctx, gateway) {
  const both = ctx.reason("link_gateway", "write");
  const url = ctx.me.gateway_origin && `${ctx.me.gateway_origin}/v1/${ctx.me.account_id}/${gateway.id}/`;
  return h("section", {},
    h("div", { class: "heading" }, h("h2", {}, "Gateway ", code(gateway.id)),
      button("Add provider key", () => addKey(ctx, gateway), { kind: "primary", reason: both, name: `Add provider key to ${gateway.id}`, key: `add:${gateway.id}` }),
      button("Delete gateway", () => removeGateway(ctx, gateway), { kind: "risky", reason: ctx.reason("link_gateway"), name: `Delete gateway ${gateway.id}`, key: `drop:${gateway.id}` })),
    url && h("p", { class: "hint" }, "Requests go to ", code(`${url}PROVIDER`)),
    gateway.keys.length ? table(`Provider keys of ${gateway.id}`, [
      { title: "Provider", class: "name", cell: (key) => h("strong", {}, key.provider_slug) },
      { title: "Alias", cell: (key) => code(key.alias) },
      { title: "Status", cell: (key) => (key.status === "active" ? badge("good", "active") : badge("bad", key.secret_preview ? "not for gateways" : "no key")) },
      { title: "Key", cell: (key) => code(key.secret_preview || "none") },
      { title: "Last used", cell: (key) => when(key.last_used_at) },
      { title: "Modified", cell: (key) => when(key.modified_at) },
      { title: "Actions", hidden: true, class: "actions", cell: (key) => [
        button("Rotate", () => rotate(ctx, gateway, key), { kind: "small", reason: both, name: `Rotate ${key.provider_slug} ${key.alias}`, key: `rotate:${key.id}` }),
        button("Revoke", () => revoke(ctx, gateway, key), { kind: "small risky", reason: both, name: `Revoke ${key.provider_slug} ${key.alias}`, key: `revoke:${key.id}` }),
      ] },
    ], gateway.keys) : empty("No provider key yet", wide(`sshim gateway key set openai --gateway ${gateway.id}`)));
}

function createGateway(ctx) {
  const id = field("Gateway id", text("", { class: "mono", maxlength: 64 }), "Lower-case letters, digits, “_”, and “-” between them; part of the address.",
    (typed) => (/^[a-z0-9_]+(-[a-z0-9_]+)*$/.test(typed) ? "" : "Use lower-case letters, digits, “_”, and “-” between them."));
  form(ctx, "Create gateway", id, {
    go: "Create gateway",
    save: async () => {
      await result("POST", path(ctx), { id: id.input.value, cache_invalidate_on_update: false, cache_ttl: 0, collect_logs: true, rate_limiting_interval: 0, rate_limiting_limit: 0 });
      return `Created the gateway ${id.input.value}.`;
    },
  });
}

function removeGateway(ctx, gateway) {
  const warning = h("p", { class: "banner warn" }, `Requests through it fail from then on. ${gateway.keys.length ? `The secrets of its ${plural(gateway.keys.length, "key")} stay in the store.` : ""}`);
  confirmDelete(ctx, "gateway", gateway.id, warning, async () => {
    await result("DELETE", path(ctx, gateway.id));
    return `Deleted the gateway ${gateway.id}.`;
  });
}

const keyField = (ctx, label) => valueField(label, ctx.me.max_value_bytes, "Kept encrypted, and never shown again but for its last four characters.", "Give the key.");
// A key is one line; a line break at its end comes from the way it was copied.
const keyOf = (place) => place.input.value.replace(/[\r\n]+$/, "");

function addKey(ctx, gateway) {
  const names = h("datalist", { id: "providers" }, PROVIDERS.map((name) => h("option", { value: name })));
  const provider = field("Provider", text("", { class: "mono", list: "providers", maxlength: 64 }), "As the gateway’s address spells it; one of your own as custom-NAME.", named);
  const alias = field("Alias", text("default", { class: "mono", maxlength: 64 }), "“default” is used by requests that name none.", named);
  const value = keyField(ctx, "Key");
  form(ctx, `Add a provider key to ${gateway.id}`, [names, provider, alias, value], {
    go: "Add key",
    save: async () => {
      await result("POST", path(ctx, gateway.id, "provider_configs"), { provider_slug: provider.input.value, alias: alias.input.value, default_config: alias.input.value === "default", secret: keyOf(value) });
      return `Added the ${provider.input.value} key ${alias.input.value}.`;
    },
  });
}

function rotate(ctx, gateway, key) {
  const value = keyField(ctx, "New key");
  form(ctx, `Rotate the ${key.provider_slug} key ${key.alias}`, [h("p", { class: "banner warn" }, `Every request through ${gateway.id} goes out with the new key from then on.`), value], {
    go: "Rotate",
    save: async () => {
      await result("PUT", path(ctx, gateway.id, "provider_configs", key.id), { secret: keyOf(value) });
      return `Rotated the ${key.provider_slug} key ${key.alias}.`;
    },
  });
}

function revoke(ctx, gateway, key) {
  form(ctx, `Revoke the ${key.provider_slug} key ${key.alias}?`, h("p", { class: "banner warn" }, `The key is deleted here with its secret, and requests through ${gateway.id} go out without it. At the provider it stays good until you end it there too.`), {
    go: "Revoke", kind: "danger",
    save: async () => {
      await result("DELETE", path(ctx, gateway.id, "provider_configs", key.id));
      return `Revoked the ${key.provider_slug} key ${key.alias}.`;
    },
  });
}

export const view = { title: "Provider keys", needs: ["link_gateway", "write"], load, draw };
