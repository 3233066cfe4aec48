import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a running product; the fake mode needs none. */
const product = process.env.DESKBRIDGE_URL ?? "http://127.0.0.1:8000";

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  build: {
    target: "es2023",
    outDir: "dist",
    // Data addresses would need a wider Content-Security-Policy than the product has.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    // What changes rarely stays in browsers' caches when we release; what one writes with comes with the first chat.
    // React has to be named, or it would go with the editor, which is looked at before the other libraries.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store)\//, priority: 3 },
            { name: "editor", test: /node_modules\/(@tiptap|prosemirror-|linkifyjs|orderedmap|rope-sequence)/, priority: 2 },
            { name: "libraries", test: /node_modules(?!.*emojibase)/, priority: 1 },
          ],
        },
      },
    },
  },
  server:
    mode === "fake"
      ? { host: "127.0.0.1" }
      : { host: "127.0.0.1", proxy: { "/api": { target: product, ws: true, changeOrigin: false } } },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    restoreMocks: true,
    testTimeout: 90_000,
    // As in setup.ts: only so that what never comes ends the test.
    expect: { poll: { timeout: 20_000 } },
  },
}));
