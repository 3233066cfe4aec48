// The page keeps the whole state of one person's chats, and applies what the live stream says.
import { showChats, showHeader, words } from "./chat-list.js";
import { showMessages } from "./messages.js";

const base = document.body.dataset.base;
const by = (id) => document.getElementById(id);
export const state = { me: null, chats: new Map(), open: null, messages: new Map(), editing: null, quote: null, picture: null };

/** Ask the server; the sentence of a refusal is shown under the messages, until something else that somebody did is done. */
export async function ask(method, path, body, isOfItself = false) {
  const response = await fetch(`${base}/api${path}`, {
    method, headers: { "Content-Type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => null);
  const answer = response?.status === 204 ? {} : await response?.json().catch(() => ({}));
  const trouble = response?.ok ? "" : answer?.error ?? "The server does not answer. Try again.";
  if (!isOfItself) {
    by("trouble").hidden = !trouble;
    by("trouble").textContent = trouble;
  }
  return response?.ok ? answer : null;
}

export const inChat = (rest) => `/chats/${encodeURIComponent(state.open)}${rest}`;

// What is heard while each whole state is on its way.
const meanwhile = new Set();

/** Read all of something; it may be older than what was heard before it came, which is heard again then. */
async function whole(path, take) {
  const heard = [];
  meanwhile.add(heard);
  const answer = await ask("GET", path);
  meanwhile.delete(heard);
  if (!answer || take(answer) === false) return false;
  heard.forEach(hear);
  return true;
}

let loads = 0;

async function load() {
  const mine = ++loads;
  const isThere = await whole("/state", (all) => {
    // The connection was lost meanwhile, and what was told then is only in what was asked for after it.
    if (mine !== loads) return false;
    state.me = all.me;
    state.chats = new Map(all.chats.map((chat) => [chat.id, chat]));
    showChats();
    showPresence(all.me);
  });
  if (isThere && state.open) await open(state.open);
}

/** Open a chat and read it. */
export async function open(id) {
  const changed = state.open !== id;
  state.open = id;
  if (changed) state.messages = new Map();
  const isThere = await whole(`/chats/${encodeURIComponent(id)}/messages`, (messages) => {
    if (state.open !== id) return false;
    state.messages = new Map(messages.map((message) => [message.id, message]));
  });
  if (!isThere) return;
  if (changed) Object.assign(state, { editing: null, quote: null });
  by("none").hidden = true;
  by("chat").hidden = false;
  showHeader();
  showChats();
  showQuote();
  showMessages(true);
  if (changed) by("text").focus();
  read();
}

function read() {
  const chat = state.chats.get(state.open);
  if (chat?.unread && document.visibilityState === "visible") ask("POST", inChat("/read"), undefined, true);
}

function hear(event) {
  for (const heard of meanwhile) heard.push(event);
  if (event.presence) return showPresence(event.presence);
  state.chats.set(event.chat.id, event.chat);
  if (event.message && event.chat.id === state.open) {
    const isNew = !state.messages.has(event.message.id);
    state.messages.set(event.message.id, event.message);
    showMessages(isNew);
    read();
  }
  showChats();
  if (event.chat.id === state.open) showHeader();
}

function showPresence(person) {
  if (person.id === state.me?.id) {
    by("my-dot").dataset.a = person.availability;
    by("my-dot").title = words[person.activity] ?? person.activity;
    by("status").value = person.availability;
  }
  for (const chat of state.chats.values()) {
    chat.members = chat.members.map((member) => (member.id === person.id ? person : member));
  }
  showChats();
  showHeader();
}

function listen() {
  const live = new EventSource(`${base}/live`);
  // Every connection starts from the whole state, so nothing that happened in between is missing.
  live.addEventListener("hello", () => { by("lost").hidden = true; load(); });
  live.onmessage = (message) => hear(JSON.parse(message.data));
  live.onerror = () => { by("lost").hidden = false; };
}

/** Show what the next message quotes and carries. */
export function showQuote() {
  const quoted = state.quote && state.messages.get(state.quote);
  by("quoting").hidden = !quoted;
  by("quoting").firstElementChild.textContent = quoted ? `${quoted.sender}: ${quoted.text}` : "";
  by("picture").hidden = !state.picture;
  if (state.picture) by("picture").querySelector("img").src = `data:${state.picture.type};base64,${state.picture.data}`;
}

let sending = Promise.resolve();

/** Taken at once: what is typed while it is on its way is the next message, and goes after it. */
async function send() {
  const field = by("text");
  const text = field.value.trim();
  if (!text && !state.picture) return;
  const { quote, picture, open: chat } = state;
  const path = inChat("/messages");
  write("", null, null);
  sending = sending.then(() => ask("POST", path, { text, quote, picture }));
  const sent = await sending;
  if (state.open !== chat) return;
  if (!sent) return write([text, field.value].filter(Boolean).join("\n"), state.quote ?? quote, state.picture ?? picture);
  // It may have been told already, and changed since.
  if (!state.messages.has(sent.id)) state.messages.set(sent.id, sent);
  showMessages(true);
}

function write(text, quote, picture) {
  by("text").value = text;
  by("text").style.height = "";
  Object.assign(state, { quote, picture });
  showQuote();
}

by("compose").addEventListener("submit", (event) => { event.preventDefault(); send(); });
by("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
});
by("text").addEventListener("input", ({ target }) => { target.style.height = ""; target.style.height = `${target.scrollHeight + 2}px`; });
by("quoting").querySelector("button").addEventListener("click", () => { state.quote = null; showQuote(); });
by("picture").querySelector("button").addEventListener("click", () => { state.picture = null; showQuote(); });
by("file").addEventListener("change", ({ target }) => {
  const file = target.files[0];
  const reader = new FileReader();
  reader.onload = () => { state.picture = { type: file.type, data: reader.result.split(",")[1] }; target.value = ""; showQuote(); };
  if (file) reader.readAsDataURL(file);
});
by("status").addEventListener("change", async ({ target }) => {
  const person = await ask("POST", "/presence", { id: target.value });
  if (person) showPresence(person);
});
document.addEventListener("visibilitychange", read);
listen();
