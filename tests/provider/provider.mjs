// An OpenID provider for tests: oidc-provider as it comes, over https on loopback, with its own sign-in pages.
//
// node provider.mjs PORT KEY CERTIFICATE; each line on stdin is JSON that says how it is from now on, and each is
// answered with a line. Whoever signs in gives any password; what is known of them is in `people`, by subject.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [port, key, certificate] = process.argv.slice(2);
const issuer = `https://localhost:${port}`;
let now = { clients: [], people: {}, inToken: false, down: false };
let rotations = 0;
let jwks = { keys: [newKey()] };
let answer;

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  rotations += 1;
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${rotations}`, use: 'sig', alg: 'RS256' };
}

function become(changes) {
  const { rotated, ...rest } = changes;
  if (rotated) jwks = { keys: [newKey()] };
  now = { ...now, ...rest };
  answer = new Provider(issuer, {
    jwks,
    clients: now.clients,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    // Its own default is true: what `profile` and `email` ask for is told at the userinfo endpoint only.
    conformIdTokenClaims: !now.inToken,
    pkce: { required: () => true },
    features: { jwtUserinfo: { enabled: true } },
    cookies: { keys: ['a key for tests'] },
    findAccount: (_context, accountId) =>
      accountId in now.people
        ? { accountId, claims: () => ({ sub: accountId, ...now.people[accountId] }) }
        : undefined,
  }).callback();
}

const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) =>
  answer(request, response),
);
const open = new Set();
server.on('connection', (socket) => {
  if (now.down) socket.destroy();
  open.add(socket);
  socket.on('close', () => open.delete(socket));
});

become({});
server.listen(Number(port), '127.0.0.1', () => {
  createInterface({ input: process.stdin }).on('line', (line) => {
    become(JSON.parse(line));
    if (now.down) open.forEach((socket) => socket.destroy());
    process.stdout.write('done\n');
  });
  process.stdout.write(`listening ${issuer}\n`);
});
process.stdin.on('end', () => process.exit());
