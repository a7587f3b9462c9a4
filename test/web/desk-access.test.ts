/** Who may do what on the running desk: every route has a rule, and every rule holds. */

import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLoginLink } from '../../src/storage/accounts.ts';
import { sha256 } from '../../src/storage/hash.ts';
import type { Desk } from '../../src/web/parts.ts';
import { deskRoutes } from '../../src/web/server.ts';
import { asFragment, type OpenDesk, openDesk } from './desk-fixture.ts';

let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.drop());

/** The table is data; its handlers are not called here. */
const table = deskRoutes({} as Desk);

/** An address that a route answers to. */
function addressOf(path: string): string {
  const values: Record<string, string> = {
    view: 'approve',
    ref: 'c1',
    version: 'x',
    file: 'desk.css',
    token: 'x',
  };
  return path.replace(/:(\w+)/g, (_whole, name: string) => values[name] ?? '1');
}

const guarded = table.filter(({ access }) => access !== 'open');
const reading = guarded.filter(({ method }) => method === 'get').map(({ path }) => path);
const changing = table.filter(({ method }) => method === 'post').map(({ path }) => path);

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

describe('the routes', () => {
  it('are exactly those of the table, where each has its rule', () => {
    const stack = desk.app.router.stack as unknown as Layer[];
    const mounted = stack.flatMap(({ route }) =>
      route === undefined
        ? []
        : Object.keys(route.methods).map((method) => `${method} ${route.path}`),
    );
    expect(mounted.sort()).toEqual(table.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('are open only where nobody can be logged in yet', () => {
    const open = table.filter(({ access }) => access === 'open').map(({ path }) => path);
    expect([...new Set(open)].sort()).toEqual([
      '/assets/:version/:file',
      '/healthz',
      '/login',
      '/login/:token',
    ]);
  });

  it.each(reading.filter((path) => path !== '/events'))(
    'send a stranger to the login: GET %s',
    async (path) => {
      const response = await desk.visitor().get(addressOf(path));
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toMatch(/^\/login\?next=/);
      const fragment = await desk.visitor().get(addressOf(path), asFragment);
      expect(fragment.status).toBe(401);
      expect(fragment.headers.get('hx-retarget')).toBe('#notices');
    },
  );

  it('end the stream of a stranger at once', async () => {
    expect((await desk.visitor().get('/events')).status).toBe(401);
  });

  it.each(changing)('refuse other sites: POST %s', async (path) => {
    const visitor = desk.visitor();
    await visitor.logIn();
    const foreign = await visitor.post(addressOf(path), {}, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.status).toBe(403);
  });

  it.each(changing.filter((path) => !path.startsWith('/login')))(
    'change nothing for a stranger: POST %s',
    async (path) => {
      const response = await desk.visitor().post(addressOf(path));
      expect([response.status, response.headers.get('location')]).toEqual([303, '/login?next=%2F']);
    },
  );
});

describe('the host', () => {
  /** `fetch` cannot name another host than it goes to. */
  const statusFor = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = desk.listening;
      const options = { host: '127.0.0.1', port, path: '/login', headers: { host } };
      get(options, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    });

  it('must be ours: another name that points here reads nothing', async () => {
    expect(await statusFor('127.0.0.1')).toBe(200);
    expect(await statusFor('localhost:4180')).toBe(200);
    expect(await statusFor('evil.example')).toBe(403);
  });
});

describe('the headers', () => {
  it.each(['/login', '/nowhere', '/healthz', '/queue/approve', '/queue/nowhere'])(
    'are strict on %s',
    async (path) => {
      const visitor = desk.visitor();
      await visitor.logIn();
      const { headers } = await visitor.get(path);
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );
});

describe('logging in', () => {
  it('opens a session by password, in a cookie that scripts and other sites cannot use', async () => {
    const visitor = desk.visitor();
    const response = await visitor.post('/login', {
      name: 'Mara',
      password: 'correct horse battery',
      next: '/queue/sent',
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/queue/sent']);
    expect(response.headers.get('set-cookie')).toMatch(
      /^replywright=[\w-]{43}; .*Path=\/; .*HttpOnly; SameSite=Lax$/,
    );
    expect((await visitor.get('/queue/sent')).status).toBe(200);
  });

  it('carries Secure and the prefix behind TLS', async () => {
    const secure = await openDesk({ secureCookies: true });
    const response = await secure.visitor().logIn();
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-replywright=.*; Secure/);
    expect(response.headers.get('strict-transport-security')).toContain('max-age=31536000');
    await secure.drop();
  });

  it('tells a wrong name and a wrong password apart for nobody, and not for ever', async () => {
    const guesser = await openDesk();
    const visitor = guesser.visitor();
    const [name, secret] = [await visitor.logIn('Nobody'), await visitor.logIn('Mara', 'wrong')];
    const words = (html: string) => /role="alert">.*?<\/p>/.exec(html)?.[0];
    expect([name.status, secret.status]).toEqual([401, 401]);
    expect(words(await name.text())).toBe(words(await secret.text()));
    const later = [];
    for (let attempt = 3; attempt <= 11; attempt++)
      later.push((await visitor.logIn('Mara', 'wrong')).status);
    expect(later.at(-2)).toBe(401);
    expect(later.at(-1)).toBe(429);
    await guesser.drop();
  });

  /** The statuses of wrong passwords, each sent as if for another address. */
  async function guessFrom(guessed: OpenDesk, count: number, names: readonly string[]) {
    const statuses: number[] = [];
    for (let index = 0; index < count; index++) {
      const form = { name: names[index % names.length] ?? '', password: 'wrong' };
      const headers = { 'x-forwarded-for': `203.0.113.${index}` };
      statuses.push((await guessed.visitor().post('/login', form, headers)).status);
    }
    return statuses;
  }

  it('counts attempts of one address, whatever address they claim to come from', async () => {
    const direct = await openDesk();
    expect((await guessFrom(direct, 11, ['Mara'])).at(-1)).toBe(429);
    await direct.drop();
  });

  it('counts attempts on one name from many addresses behind a proxy', async () => {
    const proxied = await openDesk({ publicHost: 'desk.example' });
    const statuses = await guessFrom(proxied, 21, ['Mara', 'MARA', ' mara ']);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.at(-1)).toBe(429);
    expect(await guessFrom(proxied, 1, ['Kim'])).toEqual([401]);
    await proxied.drop();
  });

  it('works once by link, and looking at the link does not use it up', async () => {
    const link = '/login/a-token-of-the-owner';
    await createLoginLink(desk.house.db, desk.house.account.id, sha256('a-token-of-the-owner'), 1);
    const visitor = desk.visitor();
    expect((await visitor.get(link)).status).toBe(200);
    expect((await visitor.get(link)).status).toBe(200);
    expect((await visitor.get('/queue/approve')).status).toBe(303);
    expect((await visitor.post(link)).headers.get('location')).toBe('/');
    expect((await visitor.get('/queue/approve')).status).toBe(200);
    expect((await desk.visitor().post(link)).status).toBe(410);
  });

  it('ends with the logout, on the server too', async () => {
    const visitor = desk.visitor();
    await visitor.logIn();
    const { cookie } = visitor;
    await visitor.post('/logout');
    visitor.cookie = cookie;
    expect((await visitor.get('/queue/approve')).status).toBe(303);
  });
});
