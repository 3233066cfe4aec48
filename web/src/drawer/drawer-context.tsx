import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { useWorld } from "../realtime/world";
import { Drawer } from "./drawer";

const DrawerContext = createContext<Drawer | null>(null);

/** The drawer of the signed-in user, which goes with the workspace. */
export function DrawerProvider({ children }: { children: ReactNode }) {
  const userId = useWorld((world) => world.me.id);
  const key = useWorld((world) => world.drawer_key);
  const [drawer] = useState(() => new Drawer(localStorage, userId, key));
  useEffect(() => {
    drawer.changeKey(key);
  }, [drawer, key]);
  return <DrawerContext value={drawer}>{children}</DrawerContext>;
}

export function useDrawer(): Drawer {
  const drawer = useContext(DrawerContext);
  if (drawer === null) throw new Error("DrawerProvider is missing.");
  return drawer;
}
