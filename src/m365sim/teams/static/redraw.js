// What says the same as before stays as it is: drawn anew, it would be gone from under a finger that is about to lift.
const drawn = new WeakMap();

/** Draw a list of [key, what it says, how to make it]; what is made may be of what stood there. */
export function redraw(list, entries) {
  const before = drawn.get(list) ?? new Map();
  const now = new Map(entries.map(([key, says, make]) => {
    const held = before.get(key);
    return [key, held?.says === says ? held : { says, item: make(held?.item) }];
  }));
  drawn.set(list, now);
  const items = [...now.values()].map(({ item }) => item);
  for (const child of [...list.children]) if (!items.includes(child)) child.remove();
  items.forEach((item, index) => {
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
}
