import { answerOf, api, type Schemas } from "../../api/client";

type AdminUser = Schemas["AdminUser"];
type PasswordLink = Schemas["PasswordLink"];

/** One thing that an admin does to a user, from the menu. */
export interface Step {
  name: string;
  /** What goes and what stays; without it nothing is asked. */
  asks?: string;
  /** What is said afterwards, behind the name of the user. */
  done?: string;
  applies: (whom: AdminUser) => boolean;
  /** Where it makes a one-time link, that is to be passed on. */
  run: (user_id: string) => Promise<PasswordLink | undefined>;
}

const always = () => true;
const path = (user_id: string) => ({ params: { path: { user_id } } });

const GONE =
  "This cannot be undone. They are signed out and cannot sign in, and leave Contacts; whoever chats with them sees that they have left. Their sessions, second factor, connection with Microsoft Teams, licenses and messages that wait are gone; their subscriptions at Microsoft end as soon as Microsoft answers.";
const AUDITED =
  " The audit log is never changed and goes on naming them. Somebody new can be invited with the same username and address.";

async function erase(user_id: string, erase_name: boolean): Promise<undefined> {
  const params = { path: { user_id }, query: { erase_name } };
  await answerOf(api.DELETE("/api/v1/admin/users/{user_id}", { params }));
}

export const STEPS: readonly Step[] = [
  {
    name: "Reset password",
    asks: "The password stops working at once and every session ends. You get a one-time link to pass on, with which they choose another password.",
    applies: always,
    run: (id) => answerOf(api.POST("/api/v1/admin/users/{user_id}/reset-password", path(id))),
  },
  {
    name: "Remove second factor",
    asks: "They sign in with their password alone until they set up a second factor again. Do this for somebody who has lost their phone and their recovery codes, and only when you are sure who asks.",
    done: "has no second factor any more.",
    applies: (whom) => whom.has_second_factor,
    run: async (id) => {
      await answerOf(api.POST("/api/v1/admin/users/{user_id}/remove-second-factor", path(id)));
      return undefined;
    },
  },
  {
    name: "Sign out everywhere",
    asks: "Every open workspace of theirs closes at once. What they wrote and did not send is kept in their browser.",
    done: "is signed out everywhere.",
    applies: always,
    run: async (id) => {
      await answerOf(api.POST("/api/v1/admin/users/{user_id}/sign-out", path(id)));
      return undefined;
    },
  },
  {
    name: "Suspend",
    asks: "They are signed out everywhere and cannot sign in. Messages that wait are not sent, and messages from Teams stop coming, until you choose Resume.",
    done: "is suspended.",
    applies: ({ user }) => !user.suspended,
    run: async (id) => {
      await answerOf(api.POST("/api/v1/admin/users/{user_id}/suspend", path(id)));
      return undefined;
    },
  },
  {
    name: "Resume",
    done: "can sign in again.",
    applies: ({ user }) => user.suspended,
    run: async (id) => {
      await answerOf(api.POST("/api/v1/admin/users/{user_id}/resume", path(id)));
      return undefined;
    },
  },
  {
    name: "Delete",
    asks: `${GONE} What they said and their name beside it stay for as long as your organization keeps messages.${AUDITED}`,
    done: "is deleted.",
    applies: always,
    run: (id) => erase(id, false),
  },
  {
    name: "Delete and erase the name",
    asks: `${GONE} What they said stays for as long as your organization keeps messages, from a “Former user”; names that stand in the words themselves stay there.${AUDITED}`,
    done: "is deleted, and their name is erased.",
    applies: always,
    run: (id) => erase(id, true),
  },
];
