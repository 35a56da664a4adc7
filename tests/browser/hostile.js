// Run in a page of another site: everything it could try against the dashboard, and what came of it.
async ({ origin, bearer, store }) => {
  const base = `${origin}/client/v4/accounts/5e0fa1b2c3d4e5f60718293a4b5c6d7e/secrets_store/stores`;
  const authorised = { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" };
  const tries = {
    read: () => fetch(base, { headers: authorised }),
    account: () => fetch(`${origin}/dashboard/account`, { headers: authorised }),
    page: () => fetch(origin),
    create: () => fetch(`${base}/${store}/secrets`, { method: "POST", headers: authorised,
      body: JSON.stringify([{ name: "PLANTED", value: "x", scopes: ["workers"] }]) }),
    token: () => fetch(`${origin}/dashboard/tokens`, { method: "POST", headers: authorised, body: '{"role":"admin"}' }),
    session: () => fetch(`${origin}/dashboard/session`, { method: "POST", body: '{"code":"x"}' }),
    blind: () => fetch(`${base}/${store}/secrets`, { method: "POST", mode: "no-cors", body: '[{"name":"PLANTED"}]' }),
    events: () => fetch(`${origin}/dashboard/events`, { headers: authorised }),
    socket: () => new Promise((good, bad) => {
      const socket = new WebSocket(origin.replace("http", "ws") + "/dashboard/events");
      socket.onopen = () => good({ status: 101, type: "basic", text: async () => "" });
      socket.onerror = () => bad(new Error("refused"));
    }),
    source: () => new Promise((good, bad) => {
      const source = new EventSource(`${origin}/dashboard/events`);
      source.onopen = () => good({ status: 200, type: "basic", text: async () => "" });
      source.onerror = () => { source.close(); bad(new Error("refused")); };
    }),
    script: () => new Promise((good, bad) => {
      const script = Object.assign(document.createElement("script"), { src: `${origin}/server.js`, type: "module" });
      script.onload = () => good({ status: 200, type: "basic", text: async () => "" });
      script.onerror = () => bad(new Error("refused"));
      document.body.append(script);
    }),
    image: () => new Promise((good, bad) => {
      const image = Object.assign(new Image(), { src: `${origin}/icon.svg` });
      image.onload = () => good({ status: 200, type: "basic", text: async () => "" });
      image.onerror = () => bad(new Error("refused"));
    }),
  };
  const found = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      const answer = await attempt();
      found[name] = answer.type === "opaque" ? "blind" : `${answer.status} ${(await answer.text()).slice(0, 40)}`;
    } catch (error) {
      found[name] = "refused";
    }
  }
  navigator.sendBeacon(`${base}/${store}/secrets`, '[{"name":"PLANTED","value":"x","scopes":["workers"]}]');
  return found;
}
