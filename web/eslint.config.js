import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import { readdirSync } from "node:fs";
import tseslint from "typescript-eslint";

const features = readdirSync(new URL("./src/features", import.meta.url));
const shared = ["api", "components", "drawer", "realtime", "wording"].map((name) => `./src/${name}`);

/** shared → features → app, and no feature knows another. */
const zones = [
  { target: shared, from: ["./src/features", "./src/app"], message: "Shared code knows no feature and not the app." },
  { target: "./src/features", from: "./src/app", message: "Features do not know the app; the app composes them." },
  ...features.map((name) => ({
    target: `./src/features/${name}`,
    from: "./src/features",
    except: [`./${name}`],
    message: "A feature does not import another one; the app joins them.",
  })),
  {
    target: [...shared, "./src/features", "./src/app"].map((folder) => `${folder}/**/!(*.test).{ts,tsx}`),
    from: "./src/testing",
    message: "What stands in for the server is for tests only.",
  },
];

export default defineConfig(
  globalIgnores(["dist", "node_modules", "src/api/schema.ts", "src/realtime/protocol.ts"]),
  js.configs.recommended,
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      reactHooks.configs.flat.recommended,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx", ".js"] })] },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones }],
      "import-x/no-cycle": "error",
      "max-lines": ["error", 250],
      // Short arrow functions that only call something read well.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "no-console": ["error", { allow: ["warn"] }],
    },
  },
  {
    files: ["scripts/*.mjs", "eslint.config.js"],
    languageOptions: { globals: { console: "readonly", URL: "readonly", process: "readonly" } },
    rules: { "no-unused-vars": ["error", { varsIgnorePattern: "^_" }] },
  },
);
