import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/react";

// Only so that what never comes ends the test: looking for roles takes long where many tests run at once.
configure({ asyncUtilTimeout: 20_000 });

// What jsdom has not, and the workspace asks the browser for.
class NoResizes implements ResizeObserver {
  observe(): void {
    // Nothing has a size here.
  }
  unobserve(): void {
    // Nothing was observed.
  }
  disconnect(): void {
    // Nothing was observed.
  }
}

globalThis.ResizeObserver = NoResizes;
globalThis.matchMedia = (query: string): MediaQueryList =>
  Object.assign(new EventTarget(), {
    matches: query === "(min-width: 1200px)",
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  });
document.hasFocus = () => true;
// The virtual list shows what fits in its box; without a layout it needs to be told how high that is.
Object.defineProperty(Element.prototype, "clientHeight", { get: () => 640 });
Object.defineProperty(Element.prototype, "clientWidth", { get: () => 800 });
// Where nothing has a place all counts as hidden: a dialog could not give the focus to what is in it, and one that has
// not the focus is hidden from screen readers, and from tests, a quarter of a second later (Tabster, under Fluent UI).
Object.defineProperty(HTMLElement.prototype, "offsetParent", {
  get(this: HTMLElement) {
    return this.parentElement;
  },
});
document.body.getBoundingClientRect = () => new DOMRect(0, 0, 800, 640);

// The editor asks where its text is; nothing is anywhere here.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
Range.prototype.getBoundingClientRect = () => new DOMRect();
document.elementFromPoint = () => null;

Element.prototype.scrollIntoView = () => undefined;

// As index.html has it.
document.documentElement.lang = "en";
document.title = "Deskbridge";
