// Message html comes from other people: only known elements and attributes reach the page.
const ELEMENTS = new Set(["P", "DIV", "BR", "SPAN", "STRONG", "B", "EM", "I", "U", "S", "A", "UL", "OL", "LI", "PRE", "CODE", "BLOCKQUOTE",
  "IMG", "AT", "ATTACHMENT", "EMOJI", "H1", "H2", "H3", "TABLE", "TBODY", "THEAD", "TR", "TD", "TH", "HR"]);

/** Message html as nodes that can do no harm. */
export function safeHtml(html, attachments) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const result = document.createDocumentFragment();
  copy(parsed.body, result, attachments);
  return result;
}

/** Text in which addresses can be followed, as in Teams. */
export function linked(text) {
  const result = document.createDocumentFragment();
  for (const part of text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/)) {
    result.append(/^https?:\/\//.test(part) ? Object.assign(document.createElement("a"), { href: part, textContent: part, target: "_blank", rel: "noopener noreferrer" }) : part);
  }
  return result;
}

function copy(from, to, attachments) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(from.closest("a") ? node.textContent : linked(node.textContent));
    if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE", "TEMPLATE"].includes(node.tagName)) continue;
    if (!ELEMENTS.has(node.tagName)) { copy(node, to, attachments); continue; }
    const made = element(node, attachments);
    if (node.tagName !== "ATTACHMENT") copy(node, made, attachments);
    to.append(made);
  }
}

function element(node, attachments) {
  switch (node.tagName) {
    case "AT": return Object.assign(document.createElement("span"), { className: "mention" });
    case "EMOJI": return Object.assign(document.createElement("span"), { textContent: node.getAttribute("alt") ?? "" });
    case "ATTACHMENT": return attachment(attachments.find((item) => item.id === node.id));
    case "IMG": return image(node);
    case "A": return link(node);
    default: return document.createElement(node.tagName);
  }
}

function image(node) {
  const made = document.createElement("img");
  const source = node.getAttribute("src") ?? "";
  if (source.startsWith("/teams/")) made.src = source;
  made.alt = node.getAttribute("alt") || "Image";
  return made;
}

function link(node) {
  const made = document.createElement("a");
  const target = node.getAttribute("href") ?? "";
  if (/^(https?|mailto|tel):/i.test(target)) Object.assign(made, { href: target, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

function attachment(item) {
  const made = document.createElement("blockquote");
  if (item?.contentType === "messageReference") {
    const quoted = JSON.parse(item.content || "{}");
    const who = document.createElement("strong");
    who.textContent = quoted.messageSender?.user?.displayName ?? "Somebody";
    made.append(who, document.createElement("br"), quoted.messagePreview ?? "");
  } else {
    made.append(`📎 ${item?.name ?? "Attachment"}`);
  }
  return made;
}
