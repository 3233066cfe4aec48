export function startFakeServer(): void {
  // Comes with the fake server.
}
