import { createDOMRenderer, FluentProvider, RendererProvider } from "@fluentui/react-components";
import { useEffect, type ReactNode } from "react";
import { darkTheme, lightTheme } from "./themes";
import { useIsDark } from "./theme-choice";

/** The server writes a nonce into the page at each request; Fluent's style elements need it under our CSP. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

export function FluentRoot({ children }: { children: ReactNode }) {
  const isDark = useIsDark();
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  }, [isDark]);
  return (
    <RendererProvider renderer={renderer} targetDocument={document}>
      <FluentProvider theme={isDark ? darkTheme : lightTheme}>{children}</FluentProvider>
    </RendererProvider>
  );
}
