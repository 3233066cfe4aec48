import { ChatMultipleRegular, LinkDismissRegular } from "@fluentui/react-icons";
import { useNavigate } from "react-router";
import { Button } from "@fluentui/react-components";
import { Notice } from "../components/ui/notice";
import { useWorld } from "../realtime/world";

/** Nothing chosen yet. */
export function Start() {
  const navigate = useNavigate();
  const hasChats = useWorld((world) => world.conversations.length > 0);
  const isAgent = useWorld((world) =>
    world.me.licenses.includes("contact_center"),
  );
  return (
    <>
      <h1 className="visually-hidden">Deskbridge</h1>
      <Notice
        icon={<ChatMultipleRegular />}
        title={
          hasChats
            ? "Choose a chat on the left"
            : "Everybody is one search away"
        }
        action={
          <Button
            appearance="primary"
            onClick={() => void navigate("/contacts")}
          >
            Find someone
          </Button>
        }
      >
        {isAgent
          ? "Find anyone in your organization, see whether they can be reached, and write to them."
          : "Find anyone in your organization and see whether they can be reached."}
      </Notice>
    </>
  );
}

/** An address from an old bookmark, or from somebody with another role. */
export function NoSuchPage() {
  const navigate = useNavigate();
  return (
    <>
      <h1 className="visually-hidden">Deskbridge</h1>
      <Notice
        icon={<LinkDismissRegular />}
        title="There is no such page for you"
        action={
          <Button
            appearance="primary"
            onClick={() => void navigate("/", { replace: true })}
          >
            To your chats
          </Button>
        }
      >
        The address may be wrong, or the page may be for people with another
        role.
      </Notice>
    </>
  );
}
