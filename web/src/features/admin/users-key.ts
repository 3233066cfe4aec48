/** Of the list and of the counts: both change with whatever is done to users. */
export const usersKey = ["admin", "users"];
