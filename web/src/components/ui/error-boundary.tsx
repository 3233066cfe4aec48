import { Button } from "@fluentui/react-components";
import { ErrorCircleRegular } from "@fluentui/react-icons";
import { Component, type ReactNode } from "react";
import { Notice } from "./notice";

/** A part that broke says so and leaves the rest of the page alone. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <Notice
        icon={<ErrorCircleRegular />}
        title="This page ran into an error."
        action={
          <Button
            appearance="primary"
            onClick={() => {
              globalThis.location.reload();
            }}
          >
            Reload
          </Button>
        }
      >
        Reload to carry on. What you wrote is kept. If it happens again, tell your administrator.
      </Notice>
    );
  }
}
