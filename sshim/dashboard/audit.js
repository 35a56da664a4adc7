// The audit log: what was done with secrets, by whom; whether the log is whole; and as a file to keep.

import { download, reload, result } from "./server.js";
import { badge, button, code, digits, empty, exact, filter, h, plural, search, select, table, when } from "./parts.js";

const state = { span: "day", action: "", result: "", actor: "", secret: "" };
const SPANS = { day: ["the last 24 hours", 1], week: ["the last 7 days", 7], month: ["the last 30 days", 30] };
const KINDS = { access: "read", change: "change", refused: "refusal" };
let data = null;

function filters(more = {}) {
  const since = new Date(Date.now() - SPANS[state.span][1] * 86400000).toISOString();
  return new URLSearchParams(Object.entries({ ...state, since, ...more }).filter(([, value]) => value));
}

export const load = async () => { data = await result("GET", `/dashboard/audit?${filters()}`); };

export function draw() {
  const set = (event) => { state[event.target.id] = event.target.value; reload(); };
  const pick = (id, label, choices) => filter(label, select(choices, state[id], { id, onchange: set }));
  const some = (names) => [["", "All"], ...names.map((name) => [name, name])];
  const { chain: { records, broken }, events, total } = data;
  return [
    broken === null ? h("p.banner.good", { id: "chain" }, records ? `Verified up to record ${digits(records)}: none is missing, none was changed.` : "The log is empty.")
      : h("p.banner.bad", { role: "alert" }, `Record ${broken} of ${records} is missing or was changed: the log is verified up to record ${broken - 1} only, and none of it is shown. See “sshim audit verify” and “sshim store verify”.`),
    h("div.tools",
      pick("span", "Time", Object.entries(SPANS).map(([id, [title]]) => [id, title])),
      pick("action", "Action", some(["access", "create", "update", "delete"])),
      pick("result", "Result", [["", "All"], ["ok", "done"], ["refused", "refused"]]),
      pick("actor", "Actor", some([...new Set([...data.actors, state.actor])].filter(Boolean))),
      filter("Secret, name or id", search("secret", state.secret, set)),
      button("Export CSV", () => save("csv")), button("Export JSON", () => save("jsonl"))),
    broken === null && chart(data.chart),
    events.length ? table("Audit records", [
      ["When", (event) => [when(event.when), h("small", `record ${event.seq}`)]],
      ["Action", (event) => [event.action.type, " ", !event.action.result && badge("bad", "refused")]],
      ["Actor", (event) => [h("b", event.who), h("small", `${event.interface}, ${event.metadata.role}`)]],
      ["What", (event) => [event.resource.type, " ", code(event.metadata.name ?? event.resource.id)], { class: "name" }],
      ["Particulars", particulars, { class: "name" }],
    ], events) : broken === null && empty("No record fits", "Nothing of that kind was done in this time. Records of what Workers read follow within a second."),
    total > events.length && h("p.muted", `The newest ${events.length} of ${plural(total, "record")}; an export has all of them.`),
  ];
}

function particulars({ metadata: { name, role, store_id, worker, environment, ...more } }) {
  const said = Object.entries({ worker, environment, ...more }).filter(([, value]) => value || value === 0);
  return h("small", said.map(([key, value]) => `${key.replaceAll("_", " ")}: ${[value].flat().join(", ")}`).join(" · "));
}

// How much of each kind there was in each part of the time, as bars of stacked parts.
function chart(bars) {
  const kinds = Object.keys(KINDS);
  const count = (some, kind) => some.reduce((total, bar) => total + bar[kind], 0);
  const said = (...some) => kinds.map((kind) => plural(count(some, kind), KINDS[kind]));
  const sizes = bars.map((bar) => kinds.reduce((total, kind) => total + bar[kind], 0));
  const part = (kind, size) => {
    const made = h(`i.${kind}`);
    made.style.flexGrow = size;
    return made;
  };
  const all = said(...bars);
  const title = `In ${SPANS[state.span][0]}: `;
  return h("figure", h("figcaption", title, all.map((text, index) => h("span.key", h(`i.${kinds[index]}`), text))),
    h("div.chart", { role: "img", "aria-label": `Accesses over time. ${title}${all.join(", ")}.` }, bars.map((bar, index) =>
      h("div", { title: `${exact(bar.from)}: ${said(bar).join(", ")}` }, part("rest", Math.max(1, ...sizes) - sizes[index]),
        kinds.map((kind) => bar[kind] > 0 && part(kind, bar[kind]))))),
    h("div.axis", { "aria-hidden": "true" }, h("small", exact(bars[0].from)), h("small", "now")));
}

async function save(format) {
  const link = h("a", { href: URL.createObjectURL(await download(`/dashboard/audit/export?${filters({ format })}`)), download: `sshim-audit.${format}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(URL.revokeObjectURL, 10000, link.href);
}
