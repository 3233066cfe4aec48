// The page only calls the control API; whatever it can do, a script can do.
const by = (id) => document.getElementById(id);

async function ask(method, path, body) {
  const response = await fetch(`/_sim${path}`, { method, headers: { "Content-Type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) { say(answer.error ?? "That cannot be understood."); throw new Error(answer.error); }
  return answer;
}

function say(text) {
  by("said").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { by("said").textContent = ""; }, 6000);
}

function cell(content) {
  const made = document.createElement("td");
  made.append(...(Array.isArray(content) ? content : [content ?? ""]));
  return made;
}

function rows(id, items, columns, nothing) {
  const lines = items.map((item) => { const line = document.createElement("tr"); line.append(...columns(item).map(cell)); return line; });
  if (!lines.length) { const line = document.createElement("tr"); const one = cell(nothing); one.colSpan = 6; line.append(one); lines.push(line); }
  by(id).replaceChildren(...lines);
}

function button(text, action) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", async () => { await action(); await refresh(); });
  return made;
}

const often = (fault) => `${fault.times ?? "always"}${fault.rate < 1 ? `, in ${Math.round(fault.rate * 100)} % of the occasions` : ""}`;
const short = (text) => text?.replace(/^https?:\/\//, "").slice(0, 60) ?? "";

async function showUsers() {
  const wanted = by("find").value;
  const answer = await ask("GET", `/users?limit=40&find=${encodeURIComponent(wanted)}`);
  if (wanted !== by("find").value) return;
  const found = answer.value.filter((user) => !user.deleted).slice(0, 12);
  rows("users", found, (user) => [user.name, user.username, user.password, user.activity, user.has_teams_license ? "yes" : "no", [
    button("Revoke sign-ins", () => ask("POST", `/users/${user.id}/revoke-sessions`)),
    button(user.enabled ? "Disable" : "Enable", () => ask("PATCH", `/users/${user.id}`, { enabled: !user.enabled })),
    button("Delete", () => ask("DELETE", `/users/${user.id}`)),
  ]], "Nobody.");
}

function showSwitches(switches) {
  by("switches").replaceChildren(...Object.entries(switches).filter(([, value]) => !Array.isArray(value)).map(([name, value]) => {
    const label = document.createElement("label");
    const field = document.createElement("input");
    field.type = typeof value === "boolean" ? "checkbox" : typeof value === "number" ? "number" : "text";
    if (typeof value === "boolean") field.checked = value; else field.value = value;
    field.addEventListener("change", async () => {
      const wanted = typeof value === "boolean" ? field.checked : typeof value === "number" ? Number(field.value) : field.value;
      await ask("PATCH", "/switches", { [name]: wanted });
      say(`${name} is now ${wanted}.`);
    });
    label.append(name.replaceAll("_", " "), field);
    return label;
  }));
}

async function refresh() {
  const [clock, faults, conduct, subscriptions, users] = await Promise.all(["/clock", "/faults", "/conduct", "/subscriptions", "/users?limit=400"].map((path) => ask("GET", path)));
  by("now").textContent = clock.now.replace("T", " ").replace(/\.\d+/, "");
  by("ahead").textContent = clock.advanced_seconds > 1 ? `${Math.round(clock.advanced_seconds / 60)} minutes ahead of real time.` : "Real time.";
  rows("faults", faults.value, (fault) => [fault.fault, Object.values(fault.on).filter(Boolean).join(" ") || "everything", often(fault), fault.hits], "Nothing is planned to go wrong.");
  rows("conduct", [...conduct.violations, ...conduct.advice], (item) => [item.sentence, item.what, item.count ?? "advice", item.source], "Nothing to complain about.");
  rows("subscriptions", subscriptions.value, (item) => [item.resource, short(item.notificationUrl), item.expirationDateTime, item.paused ? "lapsed" : item.endpointState, item.pendingNotifications, [
    button("Challenge", () => ask("POST", `/subscriptions/${item.id}/challenge`)),
    button("Remove", () => ask("POST", `/subscriptions/${item.id}/remove`)),
  ]], "Nobody watches.");
  by("people").replaceChildren(...users.value.filter((user) => !user.deleted).map((user) => Object.assign(document.createElement("option"), { value: user.username, label: user.name })));
  await showUsers();
}

async function start() {
  const info = await ask("GET", "/info");
  const shown = ["graph_url", "graph_https_url", "authority_url", "authority_https_url", "ca_file", "tenant_id", "client_id", "client_secret"];
  by("info").replaceChildren(...shown.flatMap((name) => [Object.assign(document.createElement("dt"), { textContent: name.replaceAll("_", " ") }), Object.assign(document.createElement("dd"), { textContent: info[name] ?? "–" })]));
  showSwitches(await ask("GET", "/switches"));
  await refresh();
}

by("advance").addEventListener("click", async ({ target }) => {
  if (!target.dataset.seconds) return;
  await ask("POST", "/clock/advance", { seconds: Number(target.dataset.seconds) });
  say(`${target.textContent}.`);
  await refresh();
});
by("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  await ask("POST", `/users/${encodeURIComponent(form.get("from"))}/messages`, { to: form.get("to"), text: form.get("text") });
  event.target.elements.text.value = "";
  say("Sent.");
});
by("fault").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const plan = { fault: form.get("fault"), on: {}, times: form.get("times") ? Number(form.get("times")) : null, rate: Number(form.get("rate") || 1) };
  for (const name of ["method", "path", "user", "change"]) if (form.get(name)) plan.on[name] = form.get(name);
  if (form.get("status")) plan.status = Number(form.get("status"));
  if (form.get("seconds")) plan.seconds = Number(form.get("seconds"));
  await ask("POST", "/faults", plan);
  say("Planned.");
  await refresh();
});
by("clear-faults").addEventListener("click", async () => { await ask("DELETE", "/faults"); await refresh(); });
by("forgive").addEventListener("click", async () => { await ask("DELETE", "/conduct"); await refresh(); });
by("reset").addEventListener("click", async () => { await ask("POST", "/reset", {}); say("As it was at the start."); await start(); });
by("find").addEventListener("input", showUsers);
setInterval(() => { if (document.visibilityState === "visible" && !document.activeElement?.closest("table")) refresh(); }, 3000);
start();
