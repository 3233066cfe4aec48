import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import "./components/ui/page.css";

async function start(): Promise<void> {
  if (import.meta.env.MODE === "fake") {
    const { startFakeServer } = await import("./testing/fake-mode");
    startFakeServer();
  }
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no root.");
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
