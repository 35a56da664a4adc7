// Tokens, and what their roles may do.

import { change, denied, me, result } from "./server.js";
import { actions, badge, button, empty, field, form, h, select, table, text, warning, when } from "./parts.js";

const ACTIONS = { read: "Read metadata, quota, audit log", write: "Create, edit, duplicate, delete", bind_worker: "Bind to a Worker", link_gateway: "Link to an AI Gateway" };
const DAYS = [["1", "in 1 day"], ["7", "in 7 days"], ["30", "in 30 days"], ["90", "in 90 days"], ["", "never"]];
let tokens = [];

export const needs = ["write"];
export const load = async () => { tokens = await result("GET", "/dashboard/tokens"); };

const beyond = (token) => (me.roles.find((each) => each.role === token.role)?.grantable ? "" : `This token may do more than your role, ${me.title}.`);

export function draw() {
  const make = button("Create token", create, { kind: "primary", off: denied("write") });
  return [
    tokens.length ? [h("div.tools", make), table("Tokens", [
      ["Name", (token) => [h("b", token.name || "unnamed"), h("small", token.kind === "bearer" ? "API token" : `global key of ${token.email}`)], { class: "name" }],
      ["Role", (token) => token.title],
      ["Created", (token) => when(token.created)],
      ["Last used", (token) => when(token.last_used)],
      ["Expires", (token) => [token.expired && badge("bad", "expired"), when(token.expires)]],
      actions((token) => token.name || token.id, (token) => denied("write") || beyond(token), { Revoke: revoke }),
    ], tokens)] : empty("There is no token yet", "wrangler, SDKs and scripts need one to use the API of this account. Make one here, or in a terminal:", "sshim token create --role deployer --name ci", make),
    h("section", h("div.heading", h("h2", "What roles may do")), table("Roles", [
      ["Role or token permission", (role) => [h("b", role.title), " ", role.role === me.role && badge("good", "yours")]],
      ...Object.entries(ACTIONS).map(([action, title]) => [title, (role) => (role.may.includes(action) ? badge("good", "yes") : badge("scope", "no"))]),
    ], me.roles)),
  ];
}

function create() {
  const choices = me.roles.map(({ role, title, grantable }) => [role, grantable ? title : `${title} (more than your role)`, !grantable]);
  form("Create token", "", {
    fields: {
      name: field("Name", text("", { maxlength: 100 }), "What it is for, such as “ci”."),
      role: field("Role", select(choices, choices.findLast(([, , off]) => !off)[0]), "A token can do what its role may, and no role can hand out more than its own."),
      days: field("Expires", select(DAYS, "30")),
    },
    go: "Create token",
    save: async (typed) => { setTimeout(show, 0, await change("POST", "/dashboard/tokens", { ...typed, days: Number(typed.days) || null })); },
  });
}

function show(made) {
  const shown = text(made.token, { readonly: true, onfocus: () => shown.select() });
  form("Keep this token now", [
    warning("It is shown this once: only a digest of it is kept."), field(`Token “${made.name || "unnamed"}”, ${made.title}`, shown),
    h("p", "Clients of the API need, besides:"), h("pre", `CLOUDFLARE_API_BASE_URL=${location.origin}/client/v4\nCLOUDFLARE_ACCOUNT_ID=${me.account_id}\nCLOUDFLARE_API_TOKEN=…`),
  ]);
  shown.focus();
}

function revoke(token) {
  const name = token.name || "the token";
  form(`Revoke ${name}?`, warning("Whoever uses it is refused from the next request on. A revoked token cannot be brought back."), {
    go: "Revoke", kind: "danger", save: () => change("DELETE", `/dashboard/tokens/${token.id}`), said: `Revoked ${name}.`,
  });
}
