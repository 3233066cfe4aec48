export const setUpKey = ["admin", "microsoft"];
export const checksKey = ["admin", "checks"];
