// Writes src/realtime/protocol.ts from protocol.schema.json, which the Python side generates.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const { client, server } = JSON.parse(await readFile("protocol.schema.json", "utf8"));

/** Per-property titles would each become a type alias, and a constant tag must be there to tell frames apart. */
function tidy(schema) {
  if (Array.isArray(schema)) return schema.map(tidy);
  if (schema === null || typeof schema !== "object") return schema;
  const { title: _title, discriminator: _discriminator, maxItems: _maxItems, ...rest } = schema;
  const tidied = Object.fromEntries(
    Object.entries(rest).map(([key, value]) =>
      key === "properties" || key === "$defs"
        ? [key, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, tidy(each)]))]
        : [key, tidy(value)],
    ),
  );
  const tagged = Object.entries(tidied.properties ?? {}).filter(([, each]) => "const" in each);
  if (tagged.length > 0) {
    tidied.required = [...new Set([...(tidied.required ?? []), ...tagged.map(([name]) => name)])];
  }
  return tidied;
}

const definitions = { ...tidy(client.$defs), ...tidy(server.$defs) };
const feedEvent = definitions.Happened.properties.event;
definitions.Happened.properties.event = { $ref: "#/$defs/FeedEvent" };

const schema = {
  title: "Protocol",
  type: "object",
  additionalProperties: false,
  description: "Both directions of the WebSocket; here only so that one file holds every type.",
  properties: { client: { $ref: "#/$defs/ClientFrame" }, server: { $ref: "#/$defs/ServerFrame" } },
  required: ["client", "server"],
  $defs: {
    ...definitions,
    FeedEvent: { oneOf: feedEvent.oneOf },
    ClientFrame: { oneOf: tidy(client.oneOf) },
    ServerFrame: { oneOf: tidy(server.oneOf) },
  },
};

const text = await compile(schema, "Protocol", {
  additionalProperties: false,
  bannerComment: "/* Generated from protocol.schema.json by `npm run generate`; do not edit. */",
  format: true,
});
await writeFile("src/realtime/protocol.ts", text);
