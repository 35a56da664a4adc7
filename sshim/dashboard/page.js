// The page: who is signed in, which part is shown, and drawing it anew when the account changes.

import { begin, exchange, follow, keep, onOtherTab, result, sentence, signedIn, signOut } from "./server.js";
import { badge, button, h, news } from "./parts.js";
import * as account from "./account.js";
import * as audit from "./audit.js";
import * as gateways from "./gateways.js";
import * as secrets from "./secrets.js";
import * as usages from "./usages.js";

const VIEWS = { secrets: secrets.view, usages: usages.view, stores: account.stores, gateways: gateways.view, tokens: account.tokens, audit: audit.view };
const DENIED = {
  write: "may not change secrets, stores or tokens",
  link_gateway: "may not link secrets to an AI Gateway",
};
const byId = (id) => document.getElementById(id);
const main = byId("main");

// What every part gets: the account `me`, its API path `base`, and what the bearer may do.
const ctx = {
  me: null,
  base: "",
  may: (action) => ctx.me.may.includes(action),
  // Why an action is off, "" when it is not; several actions may be needed.
  reason(...actions) {
    const missing = actions.find((action) => !ctx.may(action));
    return missing ? `Your role, ${ctx.me.title}, ${DENIED[missing]}.` : "";
  },
  place: (failure) => sentence(failure, ctx.me ?? {}),
  redraw,
  reload,
};

let shown = null;
let data = null;
let turn = 0;
let moved = false; // to another part, whose heading is to have the focus once it is there

function viewName() {
  const name = location.hash.replace(/^#\/?/, "").split("?")[0];
  return VIEWS[name] ? name : "secrets";
}

// `early` is what the part has asked for already.
async function show(early) {
  const name = viewName();
  const mine = ++turn;
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.hash === `#/${name}`) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else link.removeAttribute("aria-current");
  }
  try {
    const found = await (early ?? VIEWS[name].load(ctx));
    if (mine !== turn) return;
    shown = VIEWS[name];
    data = found;
    redraw();
    document.title = `${shown.title} · sshim`;
    if (moved) main.querySelector("h1").focus();
    moved = false;
    performance.mark(`drawn:${name}`);
    if (shown.later && (await shown.later(ctx, data)) !== false && mine === turn) redraw();
  } catch (failure) {
    if (mine !== turn) return;
    if (shown !== VIEWS[name]) {
      shown = null;
      main.replaceChildren(h("h1", { tabindex: -1 }, VIEWS[name].title), h("div", { class: "banner bad", role: "alert" }, ctx.place(failure)),
        button("Try again", () => show()));
    } else if (failure.status) news(ctx.place(failure));
  }
}

// Draws what is known, with the focus where it was.
function redraw() {
  if (!shown) return;
  const at = document.activeElement;
  const key = main.contains(at) && (at.dataset.key || at.id);
  const range = key && "selectionStart" in at ? [at.selectionStart, at.selectionEnd] : null;
  const heading = h("h1", { tabindex: -1, "data-key": "heading" }, shown.title);
  const denied = ctx.reason(...(shown.needs ?? []));
  main.replaceChildren(heading, ...[denied && h("p", { class: "banner", id: "denied" }, denied), shown.draw(ctx, data)].flat(9).filter(Boolean));
  const back = key && main.querySelector(`[data-key="${CSS.escape(key)}"], #${CSS.escape(key)}`);
  if (back) {
    back.focus({ preventScroll: true });
    if (range && range[0] !== null) back.setSelectionRange(...range);
  }
}

// Asks the server again, soon; several wishes in a row are one, also those that come while it is being asked.
let waiting = 0;
let asking = false;
let again = false;
function reload() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    again = asking;
    if (asking || !signedIn() || !ctx.me) return;
    asking = true;
    await show();
    asking = false;
    if (again) reload();
  }, 60);
}

function drawWho() {
  byId("who").replaceChildren(badge("role", ctx.me.title), button("Sign out", leave, { kind: "small" }));
  byId("who").hidden = byId("nav").hidden = false;
}

async function leave() {
  await signOut();
  location.reload();
}

// The sign-in dialog, until somebody has signed in; one for all who wait for it.
let signing = null;
function signIn(failure) {
  signing ??= new Promise((go) => {
    const box = byId("signin");
    byId("signin-why").textContent = !signedIn() && !ctx.me
      ? (failure?.status === 401 && failure.said ? ctx.place(failure) : "This page shows and changes the secrets of the account, so it has to know who you are.")
      : "Your session has ended, or its token was revoked. What you typed is kept, and goes on once you have signed in.";
    keep("");
    const field = byId("signin-token");
    const error = byId("signin-error");
    const done = (bearer) => {
      if (!bearer || !signing) return;
      keep(bearer);
      field.value = "";
      error.textContent = "";
      box.close();
      signing = null;
      go();
    };
    wake = done;
    box.oncancel = (event) => event.preventDefault();
    box.onclose = () => signing && box.showModal();
    box.querySelector("form").onsubmit = async (event) => {
      event.preventDefault();
      const token = field.value.trim();
      error.textContent = token ? await check(token) : "Paste a token, or run “sshim dashboard”.";
      if (error.textContent) field.focus();
      else done(token);
    };
    if (!box.open) box.showModal();
    field.focus();
  });
  return signing;
}
let wake = () => {};
onOtherTab((bearer) => wake(bearer));

// What is wrong with a token, "" for a good one.
async function check(token) {
  if (!/^[A-Za-z0-9_-]{30,256}$/.test(token)) return "This is not a token of “sshim token create”.";
  try {
    const answer = await fetch("/dashboard/account", { headers: { Authorization: `Bearer ${token}` }, credentials: "omit" });
    if (answer.ok) return "";
    return answer.status === 429 ? "Too many wrong tokens. Wait a minute." : "This token is unknown, expired or revoked.";
  } catch {
    return "The program does not answer. Start “sshim serve” again.";
  }
}

function connection(up) {
  const place = byId("connection");
  if (place.hidden === up) return;
  place.hidden = up;
  place.textContent = up ? "" : "“sshim serve” does not answer. What you typed is kept; this page goes on as soon as it is back.";
}

async function start() {
  begin(async (failure) => {
    await signIn(failure);
    if (ctx.me) {
      ctx.me = await result("GET", "/dashboard/account");
      drawWho();
      reload();
    }
  }, connection);
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code) {
    history.replaceState(null, "", "/#/secrets");
    try {
      await exchange(code);
    } catch (failure) {
      failure.said = true;
      keep("");
      await signIn(failure);
    }
  }
  if (!signedIn()) await signIn();
  const early = viewName() === "secrets" ? secrets.view.load(ctx) : undefined;
  early?.catch(() => {}); // it is said where it is waited for
  for (;;) {
    try {
      ctx.me = await result("GET", "/dashboard/account");
      break;
    } catch {
      await new Promise((go) => setTimeout(go, 1000));
    }
  }
  ctx.base = `/client/v4/accounts/${ctx.me.account_id}`;
  drawWho();
  window.addEventListener("hashchange", () => {
    moved = true;
    show();
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  await show(early);
  follow(reload);
}

start();
