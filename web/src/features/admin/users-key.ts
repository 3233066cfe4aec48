export const usersKey = ["admin", "users"];
