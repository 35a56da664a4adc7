// The page: who is signed in, which part is shown, and drawing it anew when the account changes.

import { begin, denied, first, follow, keep, me, open, reload, result, sentence, signedIn, signOut, use, wait } from "./server.js";
import { badge, button, code, draw, field, form, h, news, redraw, text } from "./parts.js";

// The parts, each in a module of its name: `load()` asks for what `draw()` shows, `later()` for what can wait, `needs`
// are the actions that its buttons are for.
const TITLES = {
  secrets: "Secrets", usages: "Where used", stores: "Stores", gateways: "Provider keys", tokens: "Tokens and roles", audit: "Audit log",
};
const byId = (id) => document.getElementById(id);
const main = byId("main");

let shown = "";
let turn = 0;
let moved = false; // to another part, whose heading is to have the focus once it is there

// `known` is what the part would ask for.
async function show(known) {
  const asked = location.hash.slice(2);
  const name = Object.hasOwn(TITLES, asked) ? asked : "secrets";
  const title = TITLES[name];
  const mine = ++turn;
  for (const link of byId("nav").children) link.ariaCurrent = link.hash === `#/${name}` ? "page" : null;
  try {
    const part = await import(`./${name}.js`);
    await part.load(known);
    if (mine !== turn) return;
    shown = name;
    draw(() => {
      const off = denied(...(part.needs ?? []));
      return [h("h1", { tabindex: -1, id: "heading" }, title), off && h("p.banner", { id: "denied" }, off), part.draw()];
    });
    document.title = `${title} · sshim`;
    performance.mark(`drawn:${name}`);
    if (moved) {
      main.querySelector("h1").focus();
      byId("nav").querySelector("[aria-current]").scrollIntoView({ block: "nearest" });
    }
    moved = false;
    if (part.later) {
      await part.later();
      if (mine === turn) redraw();
    }
  } catch (failure) {
    if (mine !== turn) return;
    if (shown === name) return news(sentence(failure));
    shown = "";
    draw(() => [h("h1", { tabindex: -1 }, title), h("p.banner.bad", { role: "alert" }, sentence(failure)), button("Try again", () => show())]);
  }
}

// Asks the server again, soon; several wishes in a row are one, also those that come while it is being asked.
let wishes = 0;
let asking = null;
async function soon() {
  const mine = ++wishes;
  await wait(60);
  await asking;
  if (mine === wishes && me.role) asking = show();
}

function drawWho() {
  byId("who").replaceChildren(badge("role", me.title), button("Sign out", leave, { kind: "small" }));
}

async function leave() {
  await signOut();
  location.reload();
}

// The sign-in dialog, until somebody has signed in, here or in another tab; one for all who wait for it.
let signing = null;
let box = null;
function signIn(failure) {
  return signing ??= dialog(failure).then(async () => {
    signing = null;
    if (!me.role) return;
    Object.assign(me, await result("GET", "/dashboard/account"));
    drawWho();
    reload();
  });
}

function dialog(failure) {
  const why = signedIn() ? "Your session has ended, or its token was revoked. What you typed is kept, and goes on once you have signed in."
    : failure ? sentence(failure) : "This page shows and changes the secrets of the account, so it has to know who you are.";
  keep("");
  box = form("Sign in", [h("p", why), h("ol",
    h("li", "Run ", code("sshim dashboard"), " in a terminal. It opens a page that is signed in, and this one goes on with it."),
    h("li", "Or paste an API token, such as ", code("sshim token create --role reporter"), " makes, to see the account as its role does."))], {
    fields: { token: field("API token", text("", { type: "password", autocomplete: "off" }), "", (typed) => (/^\s*[\w-]{30,256}\s*$/.test(typed) ? "" : "This is not a token of “sshim token create”.")) },
    go: "Sign in", save: ({ token }) => use(token.trim()), stays: () => !signedIn(),
  });
  return new Promise((go) => box.addEventListener("close", () => signedIn() && go()));
}

function connection(up) {
  byId("connection").textContent = up ? "" : "“sshim serve” does not answer. What you typed is kept; this page goes on as soon as it is back.";
}

begin({ signIn, connection, reload: soon, signedIn(bearer) {
  if (!signing || !bearer) return;
  keep(bearer);
  box.close();
} });
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  news(sentence(event.reason));
});
import("./secrets.js"); // to be ready when the answer comes
let asked = first;
let found;
while (!(found = await asked.catch(() => wait(1000)))) asked = open();
Object.assign(me, found.account);
drawWho();
byId("nav").append(...Object.entries(TITLES).map(([name, title]) => h("a", { href: `#/${name}` }, title)));
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#code=")) return location.reload();
  moved = true;
  show();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
await show(found.secrets);
for (const name in TITLES) import(`./${name}.js`).catch(() => {}); // it is said where it is gone to
follow();
