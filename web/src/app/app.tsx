import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { BrowserRouter } from "react-router";
import { isPassing, isSignedOut } from "../api/problem";
import { FluentRoot } from "../components/theme/fluent-root";
import { ErrorBoundary } from "../components/ui/error-boundary";
import { Notifications } from "../components/ui/notify";
import { backoffMs } from "../realtime/backoff";
import { SessionGate } from "./session-gate";

const MOST_RETRIES = 2;

export function App() {
  const [isSignedIn, setSignedIn] = useState(true);
  const [client] = useState(() =>
    makeClient(() => {
      setSignedIn(false);
    }),
  );
  return (
    <FluentRoot>
      <ErrorBoundary>
        <QueryClientProvider client={client}>
          {/* What is on screen belongs to the address at once: an old page could still change the address of the new. */}
          <BrowserRouter useTransitions={false}>
            <SessionGate isSignedIn={isSignedIn} onSignedIn={setSignedIn} />
          </BrowserRouter>
          <Notifications />
        </QueryClientProvider>
      </ErrorBoundary>
    </FluentRoot>
  );
}

/** Whatever asks first after the session ended leads back to the sign-in page. */
function makeClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isSignedOut(error)) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({
      // A wrong password is a 401 as well, and answered by the form itself.
      onError: (error, _variables, _context, mutation) => {
        if (mutation.options.mutationKey?.[0] !== "sign-in") onError(error);
      },
    }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < MOST_RETRIES && isPassing(error) && !isSignedOut(error),
        retryDelay: (count) => backoffMs(count),
        refetchOnWindowFocus: false,
        // The browser's idea of being offline is wrong on many company networks; asking tells.
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}
