import { useCallback } from "react";
import { useLocation, useNavigate } from "react-router";

/** Changes what the address says behind its path. It goes by what the address says now: what is on screen may be about
 * to follow it, and the page that is left has no say in the address of the next one. */
export function useSearchChange(): (change: (search: URLSearchParams) => void) => void {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  return useCallback(
    (change) => {
      if (globalThis.location.pathname !== pathname) return;
      const search = new URLSearchParams(globalThis.location.search);
      change(search);
      void navigate({ pathname, search: search.toString() }, { replace: true });
    },
    [navigate, pathname],
  );
}
