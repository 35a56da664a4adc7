// The audit log: what was done with secrets, by whom; whether the log is whole; and as a file to keep.

import { download, result } from "./server.js";
import { badge, button, empty, h, plural, select, table, when, exact } from "./parts.js";

const state = { action: "", actor: "", secret: "", result: "", span: "day" };
const SPANS = { day: "the last 24 hours", week: "the last 7 days", month: "the last 30 days" };
const SECONDS = { day: 86400, week: 604800, month: 2592000 };
const KINDS = [["access", "read"], ["change", "change"], ["refused", "refusal"]];

const filters = () => new URLSearchParams([...Object.entries(state), ["since", new Date(Date.now() - SECONDS[state.span] * 1000).toISOString()]].filter(([, value]) => value));
const load = () => result("GET", `/dashboard/audit?${filters()}`);

function draw(ctx, data) {
  const change = (name) => (event) => { state[name] = event.target.value; ctx.reload(); };
  const pick = (id, label, choices) => h("div", {}, h("label", { for: id }, label), select(choices, state[id], { id, onchange: change(id) }));
  const actors = data.actors.includes(state.actor) || !state.actor ? data.actors : [...data.actors, state.actor];
  return [
    chain(data.chain),
    h("form", { class: "tools", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() },
      pick("span", "Time", Object.entries(SPANS)),
      pick("action", "Action", [["", "All"], ["access", "access"], ["create", "create"], ["update", "update"], ["delete", "delete"]]),
      pick("result", "Result", [["", "All"], ["ok", "done"], ["refused", "refused"]]),
      pick("actor", "Actor", [["", "All"], ...actors.map((name) => [name, name])]),
      h("div", { class: "grow" }, h("label", { for: "secret" }, "Secret, name or id"), h("input", { id: "secret", type: "search", value: state.secret, oninput: change("secret") })),
      button("Export CSV", () => save("csv"), { key: "csv" }), button("Export JSON", () => save("jsonl"), { key: "jsonl" })),
    data.chain.broken === null && chart(data.chart),
    data.events.length ? table("Audit records", [
      { title: "When", cell: (event) => [when(event.when), h("small", {}, `record ${event.seq}`)] },
      { title: "Action", cell: (event) => [event.action.type, " ", event.action.result ? null : badge("bad", "refused")] },
      { title: "Actor", cell: (event) => [h("strong", {}, event.who), h("small", {}, `${event.interface}, ${event.metadata.role}`)] },
      { title: "What", class: "name", cell: (event) => [event.resource.type, " ", h("code", {}, event.metadata.name ?? event.resource.id)] },
      { title: "Particulars", class: "particulars", cell: particulars },
    ], data.events) : data.chain.broken === null && empty("No record fits", h("p", {}, "Nothing of that kind was done in this time. Records of what Workers read follow within a second.")),
    data.total > data.events.length && h("p", { class: "more" }, `The newest ${data.events.length} of ${plural(data.total, "record")}; an export has all of them.`),
  ];
}

function chain({ records, broken }) {
  if (broken !== null) {
    return h("p", { class: "banner bad", role: "alert" }, `Record ${broken} of ${records} is missing or was changed: the log is verified up to record ${broken - 1} only, and none of it is shown. See “sshim audit verify” and “sshim store verify”.`);
  }
  return h("p", { class: "banner good", id: "chain" }, records ? `Verified up to record ${records.toLocaleString()}: none is missing, none was changed.` : "The log is empty.");
}

function particulars(event) {
  const { name, role, store_id, worker, environment, ...more } = event.metadata;
  const said = Object.entries({ ...(worker ? { worker } : {}), ...(environment ? { environment } : {}), ...more }).filter(([, value]) => value !== null && value !== false && value !== "");
  return h("small", {}, said.map(([key, value]) => `${key.replaceAll("_", " ")}: ${Array.isArray(value) ? value.join(", ") : value}`).join(" · "));
}

function chart(bars) {
  const total = (kind) => bars.reduce((sum, bar) => sum + bar[kind], 0);
  const said = KINDS.map(([kind, word]) => plural(total(kind), word));
  const highest = Math.max(1, ...bars.map((bar) => bar.access + bar.change + bar.refused));
  const [width, height] = [600, 96];
  const step = width / bars.length;
  const drawn = bars.map((bar, index) => {
    let top = height;
    const title = `${exact(bar.from)}: ${KINDS.map(([kind, word]) => plural(bar[kind], word)).join(", ")}`;
    return h("g", {}, h("title", {}, title), h("rect", { class: "hit", x: index * step, y: 0, width: step, height }),
      KINDS.filter(([kind]) => bar[kind]).map(([kind]) => {
        const tall = Math.max(2, (bar[kind] / highest) * height);
        top -= tall;
        return h("rect", { class: kind, x: index * step + 1.5, y: Math.max(0, top), width: step - 3, height: tall, rx: 1.5 });
      }));
  });
  return h("figure", { class: "chart" }, h("figcaption", {}, `In ${SPANS[state.span]}: `, KINDS.map(([kind], index) => h("span", { class: `key ${kind}` }, said[index]))),
    h("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": `Accesses over time. In ${SPANS[state.span]}: ${said.join(", ")}.` }, h("line", { x1: 0, x2: width, y1: height, y2: height }), drawn),
    h("div", { class: "axis", "aria-hidden": "true" }, h("span", {}, exact(bars[0].from).slice(0, 16)), h("span", {}, "now")));
}

async function save(format) {
  const query = filters();
  query.set("format", format);
  const link = h("a", { href: URL.createObjectURL(await download(`/dashboard/audit/export?${query}`)), download: `sshim-audit.${format}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export const view = { title: "Audit log", load, draw };
