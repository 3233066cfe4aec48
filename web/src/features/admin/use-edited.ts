import { useState } from "react";

/** What stands in a form: what is known, with what was changed on top of it. Once something else is known, what was
 * changed is forgotten; the fields stay where they are on the page, and so does the focus. */
export function useEdited<Fields extends Record<string, string | boolean>>(known: Fields) {
  const [held, setHeld] = useState<{ of: Fields; changes: Partial<Fields> }>({ of: known, changes: {} });
  const isOld = JSON.stringify(held.of) !== JSON.stringify(known);
  if (isOld) setHeld({ of: known, changes: {} });
  return {
    fields: isOld ? known : { ...known, ...held.changes },
    change: (part: Partial<Fields>) => {
      setHeld(({ of, changes }) => ({ of, changes: { ...changes, ...part } }));
    },
    forget: () => {
      setHeld(({ of }) => ({ of, changes: {} }));
    },
  };
}
