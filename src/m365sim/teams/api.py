"""What the page asks of the server, in its own small JSON (nothing of Microsoft's)."""

import base64
import html
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from m365sim.graph.drafts import HOSTED_LIMIT
from m365sim.graph.render import quote_attachment
from m365sim.teams import shown
from m365sim.world import chats, directory, messages, presence
from m365sim.world.messages import Draft
from m365sim.world.records import User
from m365sim.world.refusals import Invalid, Missing, Refusal, TooLarge
from m365sim.world.talk import Chat, HostedContent, Message
from m365sim.world.world import World

Handler = Callable[[Request, User], Awaitable[Response]]
FOUND_PEOPLE = 8
PREFERRED = {
    "Available": ("Available", "Available"),
    "Busy": ("Busy", "Busy"),
    "DoNotDisturb": ("DoNotDisturb", "DoNotDisturb"),
    "BeRightBack": ("BeRightBack", "BeRightBack"),
    "Away": ("Away", "Away"),
    "Offline": ("Offline", "OffWork"),
}


class Picture(msgspec.Struct):
    """An image to send along, base64."""

    type: str
    data: str


class Said(msgspec.Struct):
    """What is typed."""

    text: str = ""
    quote: str | None = None
    picture: Picture | None = None


class ReactionWish(msgspec.Struct):
    """Put on or take off an emoji."""

    type: str
    on: bool = True


class Named(msgspec.Struct):
    """A person by id, or a presence by name."""

    id: str = ""


class TeamsApi:
    """The handlers; each gets the signed-in person."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path, handler."""
        one = "/chats/{chat}/messages/{message}"
        rows: list[tuple[str, str, Handler]] = [
            ("GET", "/state", self._state),
            ("GET", "/people", self._people),
            ("POST", "/chats", self._open),
            ("GET", "/chats/{chat}/messages", self._messages),
            ("POST", "/chats/{chat}/messages", self._send),
            ("POST", "/chats/{chat}/read", self._read),
            ("PATCH", one, self._edit),
            ("DELETE", one, self._delete),
            ("POST", one + "/undo", self._undo),
            ("POST", one + "/reactions", self._react),
            ("GET", one + "/hostedContents/{content}/$value", self._picture),
            ("POST", "/presence", self._presence),
        ]
        return [(method, path, _answering(handler)) for method, path, handler in rows]

    async def _state(self, request: Request, user: User) -> Response:
        del request
        found = [shown.chat_summary(self._world, chat, user) for chat in self._world.chats_of.get(user.id, {}).values()]
        return JSONResponse({"me": shown.person(self._world, user), "chats": found})

    async def _people(self, request: Request, user: User) -> Response:
        wanted = request.query_params.get("q", "").casefold().strip()
        found: list[dict[str, object]] = []
        for other in directory.list_users(self._world):
            words = other.display_name.casefold().split()
            fits = any(word.startswith(wanted) for word in words) or other.upn.startswith(wanted)
            if wanted and other is not user and (fits or other.display_name.casefold().startswith(wanted)):
                found.append(shown.person(self._world, other))
            if len(found) == FOUND_PEOPLE:
                break
        return JSONResponse(found)

    async def _open(self, request: Request, user: User) -> Response:
        wish = msgspec.json.decode(await request.body(), type=Named)
        other = directory.get_user(self._world, wish.id)
        chat = chats.create_one_on_one(self._world, user, other)
        return JSONResponse(shown.chat_summary(self._world, chat, user))

    async def _messages(self, request: Request, user: User) -> Response:
        chat = self._chat(request, user)
        said = self._world.messages.get(chat.id, {}).values()
        return JSONResponse([shown.message(self._world, message, user) for message in said])

    async def _send(self, request: Request, user: User) -> Response:
        chat = self._chat(request, user)
        wish = msgspec.json.decode(await request.body(), type=Said)
        draft = Draft(f"<p>{html.escape(wish.text).replace(chr(10), '<br>')}</p>" if wish.text else "", "html")
        if wish.quote:
            quoted = messages.get_message(self._world, chat, wish.quote)
            draft.content = f'<attachment id="{quoted.id}"></attachment>\n{draft.content}'
            draft.attachments = [quote_attachment(quoted)]
        if wish.picture:
            picture = self._read_picture(wish.picture)
            draft.hosted = [picture]
            draft.content += f'<p><img src="../hostedContents/{picture.id}/$value" alt="image"></p>'
        message = messages.send(self._world, chat, user, draft)
        return JSONResponse(shown.message(self._world, message, user), 201)

    async def _edit(self, request: Request, user: User) -> Response:
        chat, message = self._message(request, user)
        wish = msgspec.json.decode(await request.body(), type=Said)
        kept = "".join(f'<attachment id="{item.id}"></attachment>\n' for item in message.attachments)
        text = f"{kept}<p>{html.escape(wish.text).replace(chr(10), '<br>')}</p>" if wish.text.strip() else ""
        draft = Draft(text, "html", attachments=message.attachments, mentions=[])
        messages.edit(self._world, chat, message, user, draft)
        return Response(status_code=204)

    async def _delete(self, request: Request, user: User) -> Response:
        chat, message = self._message(request, user)
        messages.delete(self._world, chat, message, user)
        return Response(status_code=204)

    async def _undo(self, request: Request, user: User) -> Response:
        chat, message = self._message(request, user)
        messages.undo_delete(self._world, chat, message, user)
        return Response(status_code=204)

    async def _react(self, request: Request, user: User) -> Response:
        chat, message = self._message(request, user)
        wish = msgspec.json.decode(await request.body(), type=ReactionWish)
        change = messages.react if wish.on else messages.unreact
        change(self._world, chat, message, user, wish.type)
        return Response(status_code=204)

    async def _read(self, request: Request, user: User) -> Response:
        chat = self._chat(request, user)
        chats.mark_read(self._world, chat, user.id, chat.last_message_ms)
        return Response(status_code=204)

    async def _picture(self, request: Request, user: User) -> Response:
        _, message = self._message(request, user)
        content = self._world.hosted.get(request.path_params["content"])
        if content is None or content.id not in message.hosted:
            raise Missing("The image was not found.")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(content.data, media_type=content.content_type, headers=headers)

    async def _presence(self, request: Request, user: User) -> Response:
        wish = msgspec.json.decode(await request.body(), type=Named)
        presence.set_preferred(self._world, user.id, PREFERRED.get(wish.id), None)
        return JSONResponse(shown.person(self._world, user))

    def _chat(self, request: Request, user: User) -> Chat:
        return chats.get_chat_of(self._world, user, request.path_params["chat"])

    def _message(self, request: Request, user: User) -> tuple[Chat, Message]:
        chat = self._chat(request, user)
        return chat, messages.get_message(self._world, chat, request.path_params["message"])

    def _read_picture(self, picture: Picture) -> HostedContent:
        data = base64.b64decode(picture.data)
        if picture.type not in ("image/png", "image/jpeg", "image/gif", "image/webp"):
            raise Invalid("Only PNG, JPEG, GIF and WebP images can be sent.")
        if len(data) > HOSTED_LIMIT:
            raise TooLarge("The image is larger than 4 MB.")
        return HostedContent(id=self._world.chance.secret(40), content_type=picture.type, data=data)


def _answering(handler: Handler) -> Handler:
    """Refusals become sentences that the page shows."""

    async def answered(request: Request, user: User) -> Response:
        try:
            return await handler(request, user)
        except Refusal as refusal:
            return JSONResponse({"error": str(refusal)}, 400)
        except (msgspec.MsgspecError, ValueError):
            return JSONResponse({"error": "That cannot be understood."}, 400)

    return answered
