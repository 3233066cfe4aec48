// The left side: chats with their unread counts, and finding people.
import { redraw } from "./redraw.js";
import { ask, open, state } from "./teams.js";

const by = (id) => document.getElementById(id);
const COLORS = ["#4f6bed", "#0f7b6c", "#b4009e", "#c43501", "#8764b8", "#986f0b", "#00738c", "#a4373a"];
export const words = { Available: "Available", Busy: "Busy", DoNotDisturb: "Do not disturb", BeRightBack: "Be right back",
  Away: "Away", Offline: "Offline", InACall: "In a call", InAMeeting: "In a meeting", Presenting: "Presenting",
  OutOfOffice: "Out of office", OffWork: "Off work", AvailableInactive: "Available (inactive)" };

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function avatar(chat) {
  const round = make("span", "avatar", chat.name.trim().slice(0, 1).toUpperCase());
  const seed = [...chat.id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) >>> 0, 7);
  round.style.background = COLORS[seed % COLORS.length];
  round.setAttribute("aria-hidden", "true");
  if (chat.type === "oneOnOne" && chat.members[0]) {
    const dot = make("span", "dot");
    dot.dataset.a = chat.members[0].availability;
    round.append(dot);
  }
  return round;
}

function when(text) {
  const moment = new Date(text);
  const today = new Date().toDateString() === moment.toDateString();
  return today ? moment.toLocaleTimeString([], { timeStyle: "short" }) : moment.toLocaleDateString();
}

/** Draw the list, newest first. */
export function showChats() {
  const chats = [...state.chats.values()].sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
  const focused = document.activeElement?.dataset?.chat;
  const today = new Date().toDateString();
  redraw(by("chats"), chats.map((chat) => [chat.id, JSON.stringify([chat, chat.id === state.open, today]), (held) => line(chat, held)]));
  by("no-chats").hidden = chats.length > 0;
  if (focused) by("chats").querySelector(`[data-chat="${CSS.escape(focused)}"]`)?.focus();
  const unread = chats.reduce((sum, chat) => sum + chat.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ""}Chats – ${state.me?.name ?? ""}`;
}

function line(chat, held) {
  const button = held?.firstElementChild ?? make("button");
  button.className = chat.unread ? "unread" : "";
  button.setAttribute("aria-current", String(chat.id === state.open));
  button.replaceChildren(avatar(chat), make("span", "name", chat.name), make("time", "", when(chat.lastAt)), make("span", "preview", chat.preview));
  if (chat.unread) {
    const count = make("span", "count", String(chat.unread));
    count.setAttribute("aria-label", `${chat.unread} unread`);
    button.append(count);
  }
  if (held) return held;
  button.type = "button";
  button.dataset.chat = chat.id;
  button.addEventListener("click", () => open(chat.id));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

/** The head of the open chat. */
export function showHeader() {
  const chat = state.chats.get(state.open);
  if (!chat) return;
  const other = chat.type === "oneOnOne" ? chat.members[0] : null;
  by("with").textContent = chat.name;
  by("with-dot").hidden = !other;
  by("with-dot").dataset.a = other?.availability ?? "";
  const status = other ? words[other.activity] ?? other.activity : `${chat.members.length + 1} people`;
  by("with-status").textContent = [status, other?.jobTitle].filter(Boolean).join(" · ");
}

let chosen = -1;

function showFound(people) {
  chosen = -1;
  by("found").replaceChildren(...people.map((person, index) => {
    const item = make("li");
    item.id = `found-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const dot = make("span", "dot");
    dot.dataset.a = person.availability;
    const text = make("span", "", person.name);
    text.append(make("small", "", [person.jobTitle, person.username].filter(Boolean).join(" · ")));
    item.append(dot, text);
    item.addEventListener("mousedown", (event) => { event.preventDefault(); start(person); });
    item.person = person;
    return item;
  }));
  by("found").hidden = people.length === 0;
  by("find").setAttribute("aria-expanded", String(people.length > 0));
}

async function start(person) {
  by("find").value = "";
  showFound([]);
  const chat = await ask("POST", "/chats", { id: person.id });
  if (!chat) return;
  state.chats.set(chat.id, chat);
  open(chat.id);
}

function choose(step) {
  const items = [...by("found").children];
  if (!items.length) return;
  chosen = (chosen + step + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
  by("find").setAttribute("aria-activedescendant", items[chosen].id);
}

by("find").addEventListener("input", async ({ target }) => {
  const wanted = target.value;
  const people = wanted.trim() ? await ask("GET", `/people?q=${encodeURIComponent(wanted)}`) : [];
  if (target.value === wanted) showFound(people ?? []);
});
by("find").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(event.key === "ArrowDown" ? 1 : -1); }
  if (event.key === "Escape") showFound([]);
  if (event.key === "Enter") { const item = by("found").children[Math.max(chosen, 0)]; if (item) { event.preventDefault(); start(item.person); } }
});
by("find").addEventListener("blur", () => showFound([]));
