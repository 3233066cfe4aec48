// The messages of the open chat, with what can be done to each.
import { redraw } from "./redraw.js";
import { linked, safeHtml } from "./safe-html.js";
import { ask, inChat, showQuote, state } from "./teams.js";

const QUICK = ["👍", "❤️", "😆", "😮", "😢", "😡"];
const list = document.getElementById("messages");
const log = document.getElementById("log");
// Messages of one person that follow each other this soon stand under one name.
const TOGETHER = 5 * 60_000;

function button(label, action, text = label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (text !== label) made.setAttribute("aria-label", label);
  made.addEventListener("click", action);
  return made;
}

/** Draw all messages; scroll to the end when something new came or the end was in sight. */
export function showMessages(toEnd) {
  const near = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const focused = document.activeElement?.closest?.("#messages > li")?.dataset.id;
  const label = document.activeElement?.getAttribute?.("aria-label") ?? document.activeElement?.textContent;
  const typed = list.querySelector(".edit textarea")?.value;
  const ordered = [...state.messages.values()].sort((a, b) => Number(a.id) - Number(b.id));
  redraw(list, ordered.map((message, index) => entry(message, isMore(message, ordered[index - 1]))));
  const field = list.querySelector(".edit textarea");
  if (field && typed !== undefined) field.value = typed;
  if (toEnd || near) stayAtEnd();
  if (focused) restoreFocus(focused, label);
}

// Pictures are still coming when messages are drawn, and push the end away.
function stayAtEnd() {
  const end = () => { log.scrollTop = log.scrollHeight; };
  end();
  for (const picture of list.querySelectorAll("img")) if (!picture.complete) picture.addEventListener("load", end, { once: true });
}

function restoreFocus(id, label) {
  const item = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const same = [...(item?.querySelectorAll("button, textarea") ?? [])].find((one) => (one.getAttribute("aria-label") ?? one.textContent) === label);
  same?.focus();
}

function isMore(message, before) {
  const soon = before && new Date(message.createdDateTime) - new Date(before.createdDateTime) < TOGETHER;
  return Boolean(soon) && !before.event && before.from?.user?.id === message.from?.user?.id && !message.lastEditedDateTime && message.importance === "normal";
}

function entry(message, more) {
  const isEdited = state.editing === message.id;
  const says = JSON.stringify([message, more, isEdited, state.me?.id, new Date().toDateString()]);
  return [`${state.open} ${message.id}`, says, () => draw(message, more)];
}

function draw(message, more) {
  const item = document.createElement("li");
  item.dataset.id = message.id;
  if (message.event) {
    item.className = "event";
    item.textContent = message.event;
    return item;
  }
  item.className = [message.mine && "mine", more && "more"].filter(Boolean).join(" ");
  const line = about(message);
  if (more) line.classList.add("sr");
  item.append(line, state.editing === message.id ? editor(message) : bubble(message), tools(message));
  return item;
}

function about(message) {
  const line = document.createElement("div");
  line.className = "about";
  const time = document.createElement("time");
  time.dateTime = message.createdDateTime;
  const moment = new Date(message.createdDateTime);
  const today = moment.toDateString() === new Date().toDateString();
  time.textContent = today ? moment.toLocaleTimeString([], { timeStyle: "short" }) : moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  time.title = moment.toLocaleString();
  line.append(Object.assign(document.createElement("span"), { textContent: message.mine ? "You" : message.sender }), time);
  if (message.lastEditedDateTime && !message.deletedDateTime) line.append("Edited");
  if (message.importance !== "normal") line.append(message.importance === "urgent" ? "URGENT" : "Important");
  return line;
}

function bubble(message) {
  const box = document.createElement("div");
  box.className = "bubble";
  if (message.deletedDateTime) {
    box.classList.add("gone");
    box.textContent = "This message has been deleted.";
  } else if (message.body.contentType === "html") {
    box.append(safeHtml(message.body.content, message.attachments));
  } else {
    const plain = Object.assign(document.createElement("span"), { className: "plain" });
    plain.append(linked(message.body.content));
    box.append(plain);
  }
  return box;
}

function editor(message) {
  const form = document.createElement("form");
  form.className = "edit";
  const field = Object.assign(document.createElement("textarea"), { value: message.text, rows: 2 });
  field.setAttribute("aria-label", "Edit message");
  const save = Object.assign(document.createElement("button"), { className: "primary", textContent: "Save" });
  const row = document.createElement("div");
  row.append(button("Cancel", stop), save);
  form.append(field, row);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await ask("PATCH", inChat(`/messages/${message.id}`), { text: field.value.trim() })) stop();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  return form;
}

function stop() {
  state.editing = null;
  showMessages(false);
  document.getElementById("text").focus();
}

function tools(message) {
  const row = document.createElement("div");
  row.className = "tools";
  const path = inChat(`/messages/${message.id}`);
  if (message.deletedDateTime) {
    if (message.mine) row.append(button("Undo", () => ask("POST", `${path}/undo`)));
    return row;
  }
  row.append(...chips(message, path));
  const quick = document.createElement("span");
  quick.className = "quick";
  for (const emoji of QUICK) quick.append(button(`React ${emoji}`, () => ask("POST", `${path}/reactions`, { type: emoji }), emoji));
  quick.append(button("Reply", () => { state.quote = message.id; showQuote(); document.getElementById("text").focus(); }));
  if (message.mine) {
    quick.append(
      button("Edit", () => { state.editing = message.id; showMessages(false); list.querySelector(".edit textarea")?.focus(); }),
      button("Delete", () => ask("DELETE", path)),
    );
  }
  row.append(quick);
  return row;
}

function chips(message, path) {
  const kinds = new Map();
  for (const reaction of message.reactions) kinds.set(reaction.type, [...(kinds.get(reaction.type) ?? []), reaction]);
  return [...kinds].map(([type, all]) => {
    const mine = all.some((reaction) => reaction.userId === state.me?.id);
    const names = all.map((reaction) => reaction.name).join(", ");
    const chip = button(`${type} by ${names}`, () => ask("POST", `${path}/reactions`, { type, on: !mine }), `${type} ${all.length}`);
    chip.className = "chip";
    chip.title = names;
    chip.setAttribute("aria-pressed", String(mine));
    return chip;
  });
}
