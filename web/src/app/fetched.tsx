import { Spinner } from "@fluentui/react-components";
import { lazy, Suspense, type ComponentType } from "react";
import styles from "./workspace.module.css";

/** A page whose code is fetched when somebody opens it. Each waits by itself: waiting together, the page before would
 * stay while the next one is fetched, unseen and still at work. */
export function fetched<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const Page = lazy(async () => ({ default: await load() }));
  return function Fetched(props: P) {
    return (
      <Suspense fallback={<Spinner className={styles.waiting} />}>
        <Page {...props} />
      </Suspense>
    );
  };
}
