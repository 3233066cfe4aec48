import type { Schemas } from "../api/client";
import type { World } from "../realtime/apply-event";
import { withConversation, withMessage } from "../realtime/apply-event";
import type { ClientFrame, FeedEvent, Message, Person, Presence } from "../realtime/protocol";
import { IMPORT_SETTINGS, LICENSE_COUNTS, makeAdminUser, makeUserPage, makeConversation, makeMessage, makeWorld } from "./builders";
import { FakeSocket } from "./fake-socket";
import { makeAgentHealth, makeHealth } from "./make-health";

interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Answer = [status: number, body?: unknown];
type Handler = (call: Call, ...parts: string[]) => Answer;

const MESSAGE = /^\/conversations\/([^/]+)\/messages\/([^/]+)$/;
const NOT_SIGNED_IN: Answer = [401, { code: "not_signed_in", message: "Sign in first: your session has ended." }];

/** Stands where the product stands, at fetch and WebSocket, and behaves like it as far as tests need. */
export class FakeServer {
  world: World;
  people: Person[];
  presences: Record<string, Presence> = {};
  isSignedIn = true;
  /** Until this is set again every request fails as if the network were away. */
  isAway = false;
  /** Answers that come instead of the usual one, by "METHOD path". */
  readonly instead = new Map<string, Answer | ((call: Call) => Answer | undefined)>();
  readonly calls: Call[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly #routes: [method: string, pattern: RegExp, handler: Handler][];

  constructor(world: World = makeWorld(), people: Person[] = []) {
    this.world = world;
    this.people = people;
    this.#routes = [
      ["POST", /^\/session$/, (call) => this.#signIn(call)],
      ["DELETE", /^\/session$/, () => this.#signOut()],
      ["GET", /^\/workspace$/, () => [200, snapshotOf(this.world)]],
      ["PUT", /^\/me\/status$/, (call) => this.#setStatus(call)],
      ["GET", /^\/people$/, (call) => this.#list(call)],
      ["POST", /^\/conversations$/, (call) => this.#start(call)],
      ["GET", /^\/conversations\/([^/]+)\/messages$/, (call, id) => this.#page(call, id)],
      ["POST", /^\/conversations\/([^/]+)\/messages$/, (call, id) => this.#send(call, id)],
      ["PATCH", MESSAGE, (call, _, id) => this.#edit(call, id)],
      [
        "DELETE",
        MESSAGE,
        (_, __, id) => this.#change(id, { deleted_at: new Date().toISOString(), text: "", html: "" }),
      ],
      ["POST", /^\/conversations\/([^/]+)\/read$/, (_, id) => this.#read(id)],
      ["POST", /^\/teams\/authenticate$/, () => [200, { authorization_url: "about:blank#microsoft" }]],
      ["GET", /^\/admin\/health$/, () => [200, makeHealth()]],
      ["GET", /^\/admin\/health\/agents$/, () => [200, { agents: [makeAgentHealth()], next: null, total: 1 }]],
      ["GET", /^\/admin\/imports$/, () => [200, []]],
      ["GET", /^\/admin\/imports\/settings$/, () => [200, IMPORT_SETTINGS]],
      ["GET", /^\/admin\/matches$/, () => [200, { matches: [], next: null, total: 0 }]],
      ["GET", /^\/admin\/(users|licenses)$/, (_, what) => [200, what === "licenses" ? LICENSE_COUNTS : makeUserPage(makeAdminUser(this.world))]],
    ];
  }

  /** Takes the place of the network; returns what gives it back. */
  install(): () => void {
    const { fetch, WebSocket } = globalThis;
    const open = (url: string) => this.#open(url);
    globalThis.fetch = (input) => this.#fetch(new Request(input));
    globalThis.WebSocket = Object.assign(
      function (url: string) {
        return open(url);
      },
      { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 },
    ) as unknown as typeof WebSocket;
    return () => Object.assign(globalThis, { fetch, WebSocket });
  }

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error("The page has opened no WebSocket.");
    return last;
  }

  /** Something happens: here, and told to the page. */
  happen(event: FeedEvent): void {
    if (event.type === "message_changed") this.world = withMessage(this.world, event.message);
    if (event.type === "conversation_changed") this.world = withConversation(this.world, event.conversation);
    if (event.type === "connection_changed") this.world = { ...this.world, connection: event.connection };
    this.world = { ...this.world, version: `epoch.${String(Number(this.world.version.split(".")[1]) + 1)}` };
    this.socket.tell({ type: "event", version: this.world.version, event });
  }

  #open(url: string): FakeSocket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    const send = socket.send.bind(socket);
    socket.send = (text) => {
      send(text);
      const frame = JSON.parse(text) as ClientFrame;
      queueMicrotask(() => this.#hear(socket, frame));
    };
    queueMicrotask(() => (this.isAway ? socket.end() : socket.accept()));
    return socket;
  }

  #hear(socket: FakeSocket, frame: ClientFrame): void {
    if (frame.type === "hello") {
      socket.tell({ type: "welcome", version: this.world.version, server_time: new Date().toISOString() });
    } else if (frame.type === "ping") socket.tell({ type: "pong" });
    else if (frame.type === "watch") {
      const watched = this.people.filter((each) => frame.person_ids.includes(each.id));
      const presences = watched.flatMap((person) =>
        person.identities.flatMap(({ id }) => {
          const presence = this.presences[id];
          return presence === undefined ? [] : [{ person_id: person.id, identity_id: id, presence }];
        }),
      );
      socket.tell({ type: "presence", presences });
    }
  }

  async #fetch(request: Request): Promise<Response> {
    if (this.isAway) throw new TypeError("Failed to fetch");
    const { pathname, searchParams: query } = new URL(request.url);
    const path = pathname.replace("/api/v1", "");
    const text = await request.text();
    const isFile = request.headers.get("content-type") === "text/csv";
    const body: unknown = text === "" || isFile ? text || undefined : JSON.parse(text);
    const call: Call = { method: request.method, path, query, body };
    this.calls.push(call);
    const [status, answer] = this.#answer(call);
    return new Response(answer === undefined ? null : JSON.stringify(answer), {
      status,
      headers: { "content-type": "application/json" },
    });
  }

  #answer(call: Call): Answer {
    const said = this.instead.get(`${call.method} ${call.path}`);
    const instead = typeof said === "function" ? said(call) : said;
    if (instead !== undefined) return instead;
    if (!this.isSignedIn && call.path !== "/session") return NOT_SIGNED_IN;
    for (const [method, pattern, handler] of this.#routes) {
      const match = pattern.exec(call.path);
      if (method === call.method && match !== null) return handler(call, ...match.slice(1));
    }
    return [404, { code: "not_found", message: "This does not exist, or not any more." }];
  }

  #signIn(call: Call): Answer {
    const { password } = call.body as Schemas["SignIn"];
    if (password !== "secret") {
      const message = "The username or the password is wrong. Check both and try again.";
      return [401, { code: "wrong_password", message }];
    }
    this.isSignedIn = true;
    return [201, this.world.me];
  }

  #signOut(): Answer {
    this.isSignedIn = false;
    return [204];
  }

  #setStatus(call: Call): Answer {
    const { status } = call.body as Schemas["SetStatus"];
    this.world = { ...this.world, me: { ...this.world.me, status, status_since: new Date().toISOString() } };
    return [200, this.world.me];
  }

  #list({ query }: Call): Answer {
    const q = (query.get("q") ?? "").toLowerCase();
    const type = query.get("type");
    const limit = Number(query.get("limit") ?? 50);
    const found = this.people.filter(
      (each) =>
        each.display_name.toLowerCase().includes(q) &&
        (type === null || each.identities.some(({ platform }) => platform === type)),
    );
    const from = Number(query.get("after") ?? 0);
    const next = from + limit < found.length ? String(from + limit) : null;
    return [200, { people: found.slice(from, from + limit), next, total: found.length }];
  }

  #start(call: Call): Answer {
    const { person_id } = call.body as Schemas["StartConversation"];
    const person = this.people.find((each) => each.id === person_id);
    if (person === undefined) return [404, { code: "not_found", message: "This person is not in your directory." }];
    const conversation = makeConversation({
      id: `conversation-with-${person.id}`,
      person,
      reaches: person.identities.map((each) => each.platform).slice(0, 1),
    });
    this.world = withConversation(this.world, conversation);
    return [200, conversation];
  }

  #page({ query }: Call, id: string): Answer {
    const before = Number(query.get("before") ?? Infinity);
    const limit = Number(query.get("limit") ?? 50);
    const all = (this.world.messages[id] ?? []).filter((each) => each.position < before);
    const messages = all.slice(-limit);
    return [200, { messages, earlier: all.length > messages.length ? messages[0]?.position : null }];
  }

  #send(call: Call, id: string): Answer {
    const { client_id, text } = call.body as Schemas["SendMessage"];
    const known = this.world.messages[id]?.find((each) => each.client_id === client_id);
    if (known !== undefined) return [201, known];
    const message: Message = makeMessage({
      conversation_id: id,
      client_id,
      text,
      html: "",
      created_at: new Date().toISOString(),
      author: { person_id: "person-anne", user_id: this.world.me.id, display_name: "Anne", platform: "contact_center" },
      deliveries: [{ platform: "teams", state: "queued", reason: null, changed_at: new Date().toISOString() }],
    });
    this.world = withMessage({ ...this.world, messages: { [id]: [], ...this.world.messages } }, message);
    return [201, message];
  }

  #edit(call: Call, id: string): Answer {
    const { text } = call.body as Schemas["EditMessage"];
    return this.#change(id, { text, html: "", edited_at: new Date().toISOString() });
  }

  #change(id: string, changes: Partial<Message>): Answer {
    const held = Object.values(this.world.messages)
      .flat()
      .find((each) => each.id === id);
    if (held === undefined) return [404, { code: "not_found", message: "There is no such message here." }];
    const message = { ...held, revision: held.revision + 1, ...changes };
    this.world = withMessage(this.world, message);
    return [200, message];
  }

  #read(id: string): Answer {
    const held = this.world.conversations.find((each) => each.id === id);
    if (held === undefined) return [404, { code: "not_found", message: "There is no such conversation of yours." }];
    const conversation = { ...held, unread: 0, revision: held.revision + 1 };
    this.world = withConversation(this.world, conversation);
    return [200, conversation];
  }
}

function snapshotOf({ version, me, my_person_id, account, connection, conversations, file_limit_mb, drawer_key }: World) {
  return { version, me, my_person_id, account, connection, conversations, file_limit_mb, drawer_key };
}
