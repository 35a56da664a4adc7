// Talking to the program that serves this page: the bearer, calls, what went wrong, and news as it happens. It runs
// before the rest of the page has come.

const KEPT = "sshim.bearer";
const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
let bearer = code ? "" : sessionStorage.getItem(KEPT) ?? "";

// Who looks, what they may do, and the account’s limits; empty until somebody has signed in.
export const me = {};

// Takes what the page does: `signIn(failure)` until there is a bearer, `signedIn(bearer)` in another tab, `connection(up)`
// says whether the program answers, `reload()` draws the account as it is now.
export let begin;
const page = new Promise((go) => { begin = go; });
export const reload = async () => (await page).reload();

const tabs = new BroadcastChannel(KEPT);
tabs.onmessage = async (event) => (await page).signedIn(event.data);

export function keep(found) {
  bearer = found;
  sessionStorage.setItem(KEPT, found);
  if (found) tabs.postMessage(found);
}

export const wait = (ms) => new Promise((go) => setTimeout(go, ms));
export const signedIn = () => bearer !== "";

const DENIED = { write: "change secrets, stores or tokens", link_gateway: "link secrets to an AI Gateway" };
// Why it is off for who looks to do these things, "" when it is not.
export function denied(...actions) {
  const missing = actions.find((action) => !me.may.includes(action));
  return missing ? `Your role, ${me.title}, may not ${DENIED[missing]}.` : "";
}

export const api = (...parts) => ["/client/v4/accounts", me.account_id, ...parts.map(encodeURIComponent)].join("/");

class Failure extends Error {
  constructor(status, message) {
    super(message);
    const [slug, ...about] = message.split(": ");
    Object.assign(this, { status, slug, about: about.join(": ") });
  }
}

async function send(method, path, body, { token = bearer, signal } = {}) {
  const tell = async (up) => (await page).connection(up);
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) };
  try {
    const answer = await fetch(path, {
      method, headers, signal, cache: "no-store", credentials: "omit", redirect: "error", body: body && JSON.stringify(body),
    });
    tell(true);
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    tell(false);
    throw new Failure(0, "unreachable");
  }
}

async function failureOf(answer) {
  let said = {};
  try {
    said = (await answer.json()).errors[0];
  } catch { /* not ours: the status says enough */ }
  const where = said.path ? `${said.path.slice(1).join(".")}: ` : "";
  return new Failure(answer.status, where + (said.message ?? `the server answered ${answer.status}`));
}

// Waits until somebody has signed in, also when a bearer is good no more.
async function ask(method, path, body, more) {
  for (let failure; ;) {
    const before = bearer;
    if (before) {
      const answer = await send(method, path, body, more);
      if (answer.ok) return answer;
      failure = await failureOf(answer);
      if (failure.status !== 401) throw failure;
    }
    if (bearer === before) await (await page).signIn(failure);
  }
}

export const result = async (...request) => (await (await ask(...request)).json()).result;
export const download = async (path) => (await ask("GET", path)).blob();

// Changes the account; what is shown follows.
export async function change(...request) {
  const made = await result(...request);
  reload();
  return made;
}

// The code of the address is gone from it at once, and good for one bearer.
async function exchange() {
  const asked = send("POST", "/dashboard/session", { code });
  history.replaceState(null, "", "/#/secrets");
  const answer = await asked;
  if (answer.ok) {
    const made = (await answer.json()).result;
    bearer = made.bearer;
    setTimeout(keep, 0, bearer); // the list comes first
    return made.first;
  }
  keep("");
  await (await page).signIn(await failureOf(answer));
  return open();
}

// Signs in by a token, once it has proven good.
export async function use(token) {
  const answer = await send("GET", "/dashboard/account", undefined, { token });
  if (!answer.ok) throw await failureOf(answer);
  keep(token);
}

export async function signOut() {
  await send("DELETE", "/dashboard/session").catch(() => {});
  keep("");
}

// Reloads at every change of the account, and after each gap in which one may have been missed. A page that nobody
// sees holds no connection.
export async function follow() {
  for (let gap = false; ; gap = true) {
    if (document.hidden) await new Promise((go) => document.addEventListener("visibilitychange", go, { once: true }));
    const stop = new AbortController();
    const hide = () => document.hidden && stop.abort();
    document.addEventListener("visibilitychange", hide);
    try {
      const answer = await ask("GET", "/dashboard/events", undefined, { signal: stop.signal });
      if (gap) reload();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      // what is no comment tells of a change
      for (let got; !(got = await reader.read()).done;) if (/^\w/m.test(got.value)) reload();
    } catch { /* again in a second */ }
    document.removeEventListener("visibilitychange", hide);
    if (!stop.signal.aborted) await wait(1000);
  }
}

// What happened and what to do, for people, by the word that the program has for it.
const SAID = {
  unreachable: "The program does not answer. What you typed is still here: start “sshim serve” again, then try again.",
  "Authentication error": "This token is unknown, expired or revoked.",
  secret_value_invalid: "A provider key has to fit on one line of an HTTP header: no line break, only ASCII.",
  maximum_secrets_exceeded: "The quota is full: the account has MAX secrets that it may have. Delete one first, or start “sshim serve --max-secrets N”.",
  maximum_stores_exceeded: "The account has all the stores that it may have by this way, as in production. Under an id of your own there is always room: “sshim secret create STORE_ID …”.",
  invalid_json_body: "The server cannot read what was typed: it holds a character that no text may hold.",
};

export function say(slug, about) {
  const [, kind, what] = /^([a-z]+)_(name_already_exists|not_found)$/.exec(slug) ?? [];
  if (what === "not_found") return `This ${kind} was deleted meanwhile.`;
  if (what) return `There is a ${kind} named “${about}” already. Choose another name.`;
  return SAID[slug]?.replace("MAX", me.max_secrets);
}

export function sentence(failure) {
  if (!(failure instanceof Failure)) return "Something went wrong in this page. Reload it; nothing was lost on the server.";
  if (failure.status === 403) return "Your role may not do this.";
  if (failure.status === 429) return "Too many wrong tokens. Wait a minute.";
  const { slug, about, message } = failure;
  return say(slug, about) ?? `${message[0].toUpperCase()}${message.slice(1).replaceAll("_", " ")}.`.replace("..", ".");
}

// The account and its first list of secrets.
export const open = () => result("GET", "/dashboard/first");
export const first = code ? exchange() : open();
