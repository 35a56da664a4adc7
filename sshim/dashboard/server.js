// Talking to the program that serves this page: the bearer, calls, what went wrong, and news as it happens.

let bearer = sessionStorage.getItem("sshim.bearer") || "";
let signIn = async () => {};
let connection = () => {};
const tabs = new BroadcastChannel("sshim.bearer");

class Failure extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
    const [slug, ...rest] = message.split(": ");
    this.slug = slug;
    this.about = rest.join(": ");
  }
}

// `ask` shows the sign-in dialog until there is a bearer; `tell` shows whether the program answers.
export function begin(ask, tell) {
  signIn = ask;
  connection = tell;
}

export function keep(found) {
  bearer = found;
  sessionStorage.setItem("sshim.bearer", found);
  if (found) tabs.postMessage(found);
}

export const signedIn = () => bearer !== "";
// Another tab of this very origin has signed in.
export const onOtherTab = (hear) => tabs.addEventListener("message", (event) => hear(event.data));

async function send(method, path, body, more = {}) {
  const headers = bearer ? { Authorization: `Bearer ${bearer}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method, headers, cache: "no-store", credentials: "omit", redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body), ...more,
    });
  } catch (error) {
    if (more.signal?.aborted) throw error;
    connection(false);
    throw new Failure(0, 0, "unreachable");
  }
  connection(true);
  return answer;
}

async function failureOf(answer) {
  let said = {};
  try {
    said = (await answer.json()).errors[0];
  } catch { /* not ours: the status says enough */ }
  const where = said.path ? `${said.path.slice(1).join(".")}: ` : "";
  return new Failure(answer.status, said.code || 0, where + (said.message || `the server answered ${answer.status}`));
}

async function ask(method, path, body) {
  for (;;) {
    const before = bearer;
    const answer = await send(method, path, body);
    if (answer.ok) return answer;
    const failure = await failureOf(answer);
    const unknown = [400, 401].includes(failure.status) && [10000, 9106, 6003].includes(failure.code);
    if (!unknown) throw failure;
    // what was to be done is done once somebody has signed in again
    if (bearer === before) await signIn(failure);
  }
}

const call = async (method, path, body) => (await ask(method, path, body)).json();
export const result = async (method, path, body) => (await call(method, path, body)).result;
export const download = async (path) => (await ask("GET", path)).blob();

// Every page of a list: the first at once, the others together.
export async function every(path) {
  const first = await call("GET", `${path}?per_page=100`);
  const pages = first.result_info.total_pages;
  const rest = [];
  for (let page = 2; page <= pages; page++) rest.push(result("GET", `${path}?per_page=100&page=${page}`));
  return [first.result, ...(await Promise.all(rest))].flat();
}

export async function exchange(code) {
  const answer = await send("POST", "/dashboard/session", { code });
  if (!answer.ok) throw await failureOf(answer);
  keep((await answer.json()).result.bearer);
}

export async function signOut() {
  await send("DELETE", "/dashboard/session").catch(() => {});
  keep("");
}

// Calls `changed` at every change of the account, and after each gap in which one may have been missed. A page
// that nobody sees holds no connection.
export async function follow(changed) {
  let gap = false;
  for (;;) {
    if (document.hidden) {
      await new Promise((go) => document.addEventListener("visibilitychange", go, { once: true }));
      continue;
    }
    const stop = new AbortController();
    const hidden = () => document.hidden && stop.abort();
    document.addEventListener("visibilitychange", hidden);
    try {
      const answer = await send("GET", "/dashboard/events", undefined, { signal: stop.signal });
      if (!answer.ok) throw await failureOf(answer);
      if (gap) changed();
      await read(answer.body, changed);
    } catch (failure) {
      if (failure.status === 401) await signIn(failure);
    }
    document.removeEventListener("visibilitychange", hidden);
    gap = true;
    if (!stop.signal.aborted) await new Promise((go) => setTimeout(go, 1000));
  }
}

async function read(body, changed) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    if (events.some((event) => event.startsWith("event: change"))) changed();
  }
}

// A failure as a sentence for people: what happened, and what to do.
export function sentence(failure, limits = {}) {
  const says = {
    unreachable: "The program does not answer. What you typed is still here: start “sshim serve” again, then try again.",
    secret_name_already_exists: `There is a secret named “${failure.about}” already. Choose another name, or edit that one.`,
    secret_name_invalid: "A name has letters, digits, “_” and “-” only.",
    secret_name_empty: "Give a name.",
    secret_value_empty: "Give a value.",
    secret_value_too_long: `The value is longer than ${(limits.max_value_bytes || 65536).toLocaleString()} bytes of UTF-8.`,
    secret_value_invalid: "A provider key has to fit on one line of an HTTP header: no line break, only ASCII.",
    secret_scopes_empty: "Choose at least one scope.",
    maximum_secrets_exceeded: `The quota is full: the account has ${limits.max_secrets ?? "all"} secrets that it may have. Delete one first, or start “sshim serve --max-secrets N”.`,
    maximum_stores_exceeded: "The account has all the stores that it may have by this way, as in production. Under an id of your own there is always room: “sshim secret create STORE_ID …”.",
    store_name_already_exists: "There is a store of that name already.",
    store_not_empty: "The store holds secrets.",
    secret_not_found: "This secret was deleted meanwhile.",
    store_not_found: "This store was deleted meanwhile.",
    gateway_name_already_exists: `There is a gateway “${failure.about}” already.`,
    gateway_not_found: "This gateway was deleted meanwhile.",
    token_not_found: "This token was revoked meanwhile.",
    invalid_json_body: "The server cannot read what was typed: it holds a character that no text may hold.",
    request_body_too_large: "That is more than 8 MiB in one request. Create fewer secrets at once.",
  };
  if (says[failure.slug]) return says[failure.slug];
  if (failure.status === 403) return "Your role may not do this.";
  if (failure instanceof Failure) return `${failure.message[0].toUpperCase()}${failure.message.slice(1)}.`.replace(/\.\.$/, ".");
  return "Something went wrong in this page. Reload it; nothing was lost on the server.";
}
