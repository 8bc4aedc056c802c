// A certified provider of other hands (npm `oidc-provider`), for the tests alone: one client, one invented officer, whoever signs in.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [, , port, client, secret, back, department, officer] = process.argv;
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [back], response_types: ['code'], grant_types: ['authorization_code'] }],
  claims: { openid: ['sub'], profile: ['name', 'department', 'officer'] },
  pkce: { required: () => true },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: 'officer', department, officer }) }),
});
createServer(provider.callback()).listen(Number(port), '127.0.0.1', () => console.log('ready'));
