/* Generated from protocol.schema.json by `npm run generate`; do not edit. */

export type ClientFrame = Hello | Watch | Ping | Send | Typing;
export type ServerFrame =
  Happened | Welcome | Resync | PresenceChanged | DirectoryChanged | Sent | Refused | TypingNow | Pong;
export type FeedEvent =
  MessageChanged | ConversationChanged | MessagesDeleted | MeChanged | ConnectionChanged | AccountChanged;
/**
 * A `file` is opened where it is kept; a `card` is something that only its own platform shows whole.
 */
export type AttachmentKind = "file" | "card";
/**
 * Where an Identity lives, in the order that makes one the main identity.
 */
export type Platform = "contact_center" | "teams" | "work";
/**
 * What somebody did to a message after it was written.
 */
export type ChangeKind = "edit" | "deletion" | "restoration" | "reaction" | "reaction_removal";
/**
 * How far a Message has come on its way to one Identity.
 */
export type DeliveryState = "queued" | "sent" | "failed";
/**
 * `reaction` is somebody's reaction, received as an individual message (M2).
 */
export type MessageKind = "message" | "reaction" | "system";
/**
 * `agent` goes to the contact_center identity; `messenger` to the Teams and Work accounts (H2).
 */
export type Kind = "agent" | "messenger";
/**
 * What we grant; a Teams license is known from Microsoft and never granted by us.
 */
export type License = "contact_center" | "work";
/**
 * What a User may do; `none` is a plain Work user.
 */
export type Role = "agent" | "supervisor" | "admin" | "none";
/**
 * What an agent chooses or is put in.
 */
export type Status = "Available" | "Busy" | "On Break" | "Work Offline" | "Logged Out";
/**
 * `off`: Teams chat is not switched on, or the User is no agent. `lost` names the remedy beside it.
 */
export type ConnectionState = "off" | "not_connected" | "connected" | "lost";
/**
 * How reachable an Identity is; `unknown` is never shown as offline.
 */
export type Availability = "available" | "busy" | "do_not_disturb" | "away" | "be_right_back" | "offline" | "unknown";

/**
 * Both directions of the WebSocket; here only so that one file holds every type.
 */
export interface Protocol {
  client: ClientFrame;
  server: ServerFrame;
}
/**
 * First frame: the version of the snapshot that the browser holds.
 */
export interface Hello {
  type: "hello";
  version: string;
}
/**
 * The people on screen now, instead of those said before; at most 500.
 */
export interface Watch {
  person_ids: string[];
  type: "watch";
}
/**
 * Every 20 seconds: is anyone there, and am I up to date at this version?
 */
export interface Ping {
  type: "ping";
  version: string;
}
/**
 * Send a message, as `POST …/messages` does: answered with `sent` or `refused`; the same id is the same message.
 */
export interface Send {
  client_id: string;
  conversation_id: string;
  files?: string[];
  html?: string | null;
  reply_to?: string | null;
  text: string;
  type: "send";
}
/**
 * I am writing in that conversation: said while one writes, every few seconds.
 */
export interface Typing {
  conversation_id: string;
  type: "typing";
}
/**
 * One event of the user's feed, and the version that a snapshot has after it.
 */
export interface Happened {
  event: FeedEvent;
  type: "event";
  version: string;
}
/**
 * A message is new or different; put it where its id is, unless a higher revision is there.
 */
export interface MessageChanged {
  message: Message;
  type: "message_changed";
}
/**
 * One message as it is now. `revision` grows with every change: the higher one wins.
 *
 * `position` orders the messages of one conversation; it is given once and stays. `html` is sanitised; `text` is all
 * of it in words, those of the attachments included. A deleted message has neither.
 */
export interface Message {
  attachments: Attachment[];
  author: Author;
  changes: Change[];
  client_id: string | null;
  conversation_id: string;
  created_at: string;
  deleted_at: string | null;
  deliveries: Delivery[];
  edited_at: string | null;
  html: string;
  id: string;
  kind: MessageKind;
  position: number;
  quote: Quote | null;
  reactions: Reaction[];
  refers_to: string | null;
  revision: number;
  text: string;
}
/**
 * A file or a card. `address` is where it opens; `size` is in bytes; both may not be known.
 *
 * `text` has the words of a card, as far as they are words.
 */
export interface Attachment {
  address: string | null;
  kind: AttachmentKind;
  name: string;
  size: number | null;
  text: string;
}
/**
 * Who wrote it and from where; `user_id` is set when that person signs in to Deskbridge.
 */
export interface Author {
  display_name: string;
  person_id: string | null;
  platform: Platform;
  user_id: string | null;
}
/**
 * Something done to a Message here that is still on its way to another platform; it goes once it is there.
 */
export interface Change {
  changed_at: string;
  kind: ChangeKind;
  platform: Platform;
  reaction: string | null;
  reason: string | null;
  state: DeliveryState;
}
/**
 * One Message on its way to one Identity; `reason` is a sentence when it failed or waits.
 */
export interface Delivery {
  changed_at: string;
  platform: Platform;
  reason: string | null;
  state: DeliveryState;
}
/**
 * The message that another one answers, as it is now; without text when it was deleted.
 */
export interface Quote {
  author_name: string;
  message_id: string;
  text: string;
}
/**
 * One kind of reaction to a message, with the names of those who reacted so.
 *
 * `user_ids` are those among them who sign in to Deskbridge.
 */
export interface Reaction {
  by: string[];
  reaction: string;
  user_ids: string[];
}
/**
 * A conversation is new or different.
 */
export interface ConversationChanged {
  conversation: Conversation;
  type: "conversation_changed";
}
/**
 * The thread between one agent and one Person, as one of them sees it: `person` is the other one.
 *
 * `reaches` says which accounts of `person` a message goes to. `complete_up_to` is the moment up to which
 * everything said in Teams is here, or None where nothing comes from Teams. What was said before `deleted_before` was
 * deleted after so many days, as the Account's retention says.
 */
export interface Conversation {
  complete_up_to: string | null;
  deleted_after_days?: number | null;
  deleted_before?: string | null;
  id: string;
  kind: Kind;
  last_message: Message | null;
  person: Person;
  reaches: Platform[];
  revision: number;
  started_at: string;
  unread: number;
}
/**
 * One entry of the Contacts directory.
 */
export interface Person {
  department: string | null;
  display_name: string;
  id: string;
  identities: Identity[];
  job_title: string | null;
}
/**
 * A Person's account on one platform.
 */
export interface Identity {
  address: string | null;
  department: string | null;
  display_name: string;
  id: string;
  job_title: string | null;
  platform: Platform;
  user_id?: string | null;
}
/**
 * Messages that the Account no longer keeps are gone, with everything that belonged to them.
 */
export interface MessagesDeleted {
  conversation_id: string;
  message_ids: string[];
  type: "messages_deleted";
}
/**
 * The signed-in User is different: Status, licenses, role.
 */
export interface MeChanged {
  me: User;
  type: "me_changed";
}
/**
 * Someone who signs in to Deskbridge.
 */
export interface User {
  account_id: string;
  department?: string | null;
  display_name: string;
  email: string;
  id: string;
  job_title?: string | null;
  licenses: License[];
  role: Role;
  status: Status;
  status_since: string;
  suspended?: boolean;
  username: string;
}
/**
 * The Teams connection is different.
 */
export interface ConnectionChanged {
  connection: Connection;
  type: "connection_changed";
}
/**
 * The link between one User and their own Microsoft account.
 *
 * `reason` is a code (see docs/errors.md) and `remedy` a sentence for the agent, both set when the last attempt
 * to connect failed or the connection was lost.
 */
export interface Connection {
  microsoft_name?: string | null;
  microsoft_username?: string | null;
  reason?: string | null;
  remedy?: string | null;
  since?: string | null;
  state: ConnectionState;
}
/**
 * The Account is different: Teams chat switched on or off.
 */
export interface AccountChanged {
  account: Account;
  type: "account_changed";
}
/**
 * One customer organisation; everything belongs to exactly one.
 */
export interface Account {
  agent_status_in_teams: boolean;
  contact_policy?: ContactPolicy;
  files_to_teams: boolean;
  id: string;
  keep_messages_days?: number | null;
  name: string;
  second_factor_required: boolean;
  teams_chat_enabled: boolean;
}
/**
 * Whom agents may contact in Teams: everyone, or only who has an address in `domains`; `guests` or not.
 */
export interface ContactPolicy {
  domains?: string[];
  guests?: boolean;
}
/**
 * Everything missed has been sent; `version` is where the feed is now.
 */
export interface Welcome {
  server_time: string;
  type: "welcome";
  version: string;
}
/**
 * What was missed cannot be told as events: fetch the snapshot again, then say hello again.
 */
export interface Resync {
  type: "resync";
}
/**
 * Presence of watched people: all of them after `watch`, later only what changed.
 */
export interface PresenceChanged {
  presences: IdentityPresence[];
  type: "presence";
}
/**
 * A presence and whose it is.
 */
export interface IdentityPresence {
  identity_id: string;
  person_id: string;
  presence: Presence;
}
/**
 * One Identity's presence: `activity` in words, `source` where it comes from, `as_of` when that said so.
 *
 * `live` says that the source tells each change, so that it is as it is now, however long ago it was said.
 */
export interface Presence {
  activity: string;
  as_of: string | null;
  availability: Availability;
  live?: boolean;
  source: string;
  status_message?: string | null;
}
/**
 * Entries of the Contacts directory changed: lists on screen are to be fetched again.
 */
export interface DirectoryChanged {
  type: "directory_changed";
}
/**
 * What was sent is on disk; the message itself comes as an event.
 */
export interface Sent {
  client_id: string;
  message_id: string;
  type: "sent";
}
/**
 * What was sent is not stored, and why: as the REST API answers.
 */
export interface Refused {
  client_id: string;
  code: string;
  message: string;
  type: "refused";
}
/**
 * Somebody is writing in a conversation; unless it is said again, they have stopped after so many seconds.
 */
export interface TypingNow {
  conversation_id: string;
  display_name: string;
  seconds: number;
  type: "typing";
  user_id: string;
}
/**
 * The answer to a ping: the connection lives.
 */
export interface Pong {
  type: "pong";
}
