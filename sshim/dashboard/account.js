// Stores; tokens and what their roles may do.

import { every, result } from "./server.js";
import { badge, button, code, confirmDelete, empty, field, form, h, named, plural, select, table, text, when, wide } from "./parts.js";

const STORES = (ctx) => `${ctx.base}/secrets_store/stores`;

async function loadStores(ctx) {
  const found = await every(STORES(ctx));
  const counts = await Promise.all(found.map(async (store) => (await every(`${STORES(ctx)}/${store.id}/secrets`)).length));
  return found.map((store, index) => ({ ...store, count: counts[index] }));
}

function drawStores(ctx, found) {
  const off = ctx.reason("write");
  const make = button("Create store", () => createStore(ctx), { kind: "primary", reason: off, key: "create" });
  if (!found.length) {
    return empty("There is no store yet", h("p", {}, "Secrets are kept in a store. Make the first one here, or in a terminal:"), wide("sshim store create default_secrets_store"), make);
  }
  return [h("div", { class: "tools end" }, make), table("Stores", [
    { title: "Name", class: "name", cell: (store) => h("code", {}, store.name) },
    { title: "Store id", cell: (store) => h("code", { class: "id" }, store.id) },
    { title: "Secrets", cell: (store) => String(store.count) },
    { title: "Created", cell: (store) => when(store.created) },
    { title: "Modified", cell: (store) => when(store.modified) },
    { title: "Actions", hidden: true, class: "actions", cell: (store) => button("Delete", () => removeStore(ctx, store), { kind: "small risky", reason: off, name: `Delete ${store.name}`, key: `delete:${store.id}` }) },
  ], found), h("p", { class: "hint" }, "A Worker names a store by its id: ", code("store_id"), " of ", code("secrets_store_secrets"), " in its wrangler configuration.")];
}

function createStore(ctx) {
  const name = field("Name", text("", { class: "mono", maxlength: 256 }), "Letters, digits, “_” and “-”.", named);
  form(ctx, "Create store", name, {
    go: "Create store",
    save: async () => `Created the store ${(await result("POST", STORES(ctx), { name: name.input.value })).name}.`,
  });
}

function removeStore(ctx, store) {
  const warning = h("p", { class: "banner warn" }, store.count ? `Its ${plural(store.count, "secret")} ${store.count === 1 ? "is" : "are"} deleted with it, for good, and whatever binds them fails from then on.` : "The store is empty.");
  confirmDelete(ctx, "store", store.name, warning, async () => {
    await result("DELETE", `${STORES(ctx)}/${store.id}${store.count ? "?force=true" : ""}`);
    return `Deleted the store ${store.name}.`;
  });
}

export const stores = { title: "Stores", needs: ["write"], load: loadStores, draw: drawStores };

const ACTIONS = [["read", "Read metadata, quota, audit log"], ["write", "Create, edit, duplicate, delete"], ["bind_worker", "Bind to a Worker"], ["link_gateway", "Link to an AI Gateway"]];
const DAYS = [["1", "in 1 day"], ["7", "in 7 days"], ["30", "in 30 days"], ["90", "in 90 days"], ["", "never"]];

function drawTokens(ctx, found) {
  const off = ctx.reason("write");
  const make = button("Create token", () => createToken(ctx), { kind: "primary", reason: off, key: "create" });
  return [
    found.length ? [h("div", { class: "tools end" }, make), table("Tokens", [
      { title: "Name", class: "name", cell: (token) => [h("strong", {}, token.name || "unnamed"), h("small", {}, token.kind === "bearer" ? "API token" : `global key of ${token.email}`)] },
      { title: "Role", cell: (token) => token.title },
      { title: "Created", cell: (token) => when(token.created) },
      { title: "Last used", cell: (token) => when(token.last_used) },
      { title: "Expires", cell: (token) => (token.expired ? [badge("bad", "expired"), when(token.expires)] : when(token.expires)) },
      { title: "Actions", hidden: true, class: "actions", cell: (token) => button("Revoke", () => revoke(ctx, token), { kind: "small risky", key: `revoke:${token.id}`, name: `Revoke ${token.name || token.id}`, reason: off || beyond(ctx, token) }) },
    ], found)] : empty("There is no token yet", h("p", {}, "wrangler, SDKs and scripts need one to use the API of this account. Make one here, or in a terminal:"), wide("sshim token create --role deployer --name ci"), make),
    h("section", {}, h("h2", {}, "What roles may do"), table("Roles", [
      { title: "Role or token permission", cell: (role) => [h("strong", {}, role.title), role.role === ctx.me.role && [" ", badge("good", "yours")]] },
      ...ACTIONS.map(([action, title]) => ({ title, cell: (role) => (role.may.includes(action) ? badge("good", "yes") : badge("scope", "no")) })),
    ], ctx.me.roles)),
  ];
}

const beyond = (ctx, token) => (ctx.me.roles.find((role) => role.role === token.role)?.grantable ? "" : `This token may do more than your role, ${ctx.me.title}.`);

function createToken(ctx) {
  const name = field("Name", text("", { maxlength: 100 }), "What it is for, such as “ci”.");
  const first = ctx.me.roles.findLast((role) => role.grantable);
  const role = field("Role", select(ctx.me.roles.map((each) => [each.role, each.grantable ? each.title : `${each.title} (more than your role)`, !each.grantable]), first.role),
    "A token can do what its role may, and no role can hand out more than its own.");
  const days = field("Expires", select(DAYS, "30"));
  form(ctx, "Create token", [name, role, days], {
    go: "Create token",
    save: async () => {
      const made = await result("POST", "/dashboard/tokens", { name: name.input.value, role: role.input.value, days: days.input.value ? Number(days.input.value) : null });
      setTimeout(() => showToken(ctx, made));
    },
  });
}

function showToken(ctx, made) {
  const shown = text(made.token, { class: "mono", readonly: true, onfocus: (event) => event.target.select() });
  form(ctx, "Keep this token now", [h("p", { class: "banner warn" }, "It is shown this once: only a digest of it is kept."), field(`Token “${made.name || "unnamed"}”, ${made.title}`, shown),
    h("p", {}, "Clients of the API need, besides:"), h("pre", {}, `CLOUDFLARE_API_BASE_URL=${location.origin}/client/v4\nCLOUDFLARE_ACCOUNT_ID=${ctx.me.account_id}\nCLOUDFLARE_API_TOKEN=…`)]);
  shown.focus();
}

function revoke(ctx, token) {
  form(ctx, `Revoke ${token.name || "the token"}?`, h("p", { class: "banner warn" }, "Whoever uses it is refused from the next request on. A revoked token cannot be brought back."), {
    go: "Revoke", kind: "danger",
    save: async () => {
      await result("DELETE", `/dashboard/tokens/${token.id}`);
      return `Revoked ${token.name || "the token"}.`;
    },
  });
}

export const tokens = { title: "Tokens and roles", needs: ["write"], load: () => result("GET", "/dashboard/tokens"), draw: drawTokens };
