/** The doctor tells apart what can be wrong with the model and the mail servers. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type DovecotServer, startDovecot } from '../support/dovecot.ts';
import { freePorts } from '../support/free-port.ts';
import { type ModelStub, type Scenario, startModelStub } from '../support/model-stub/server.ts';
import { requirement } from '../support/requirements.ts';
import { type SmtpDouble, startSmtpDouble } from '../support/smtp-double.ts';
import { examine, folders, project } from './examine.ts';
import { temporaryFolder } from './run-command.ts';

describe('the model', () => {
  let stub: ModelStub;
  beforeAll(async () => {
    stub = await startModelStub({ key: 'right' });
  });
  afterAll(() => stub.close());

  const examineModel = (key = 'right', yaml = 'model: {timeoutSeconds: 0.5}') =>
    examine(project(yaml), { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: stub.url });

  test('a model that works', async () => {
    const { failed, finding } = await examineModel('right', '');
    expect(failed).toEqual([]);
    expect(finding('test draft')).toMatchObject({ state: 'ok' });
  });

  test('a wrong key', async () => {
    const { failed, finding } = await examineModel('wrong');
    expect(failed).toEqual(['model: model_credentials']);
    expect(finding('test draft')?.state).toBe('open');
  });

  test.each<[string, Scenario, string]>([
    ['429', { kind: 'error', status: 429 }, 'model: model_rate_limited'],
    ['529', { kind: 'error', status: 529 }, 'model: model_overloaded'],
    ['400', { kind: 'error', status: 400 }, 'model: model_bad_request'],
    ['a timeout', { kind: 'hang' }, 'model: model_timeout'],
    ['a cut connection', { kind: 'cut' }, 'model: model_unreachable'],
    ['a refusal', { kind: 'refusal' }, 'test draft: model_refused'],
    ['garbage', { kind: 'garbage' }, 'test draft: model_garbage'],
    ['a draft cut short', { kind: 'max_tokens' }, 'test draft: model_truncated'],
  ])('%s', async (_what, scenario, expected) => {
    stub.setSticky(scenario);
    onTestFinished(() => {
      stub.release();
      stub.clearScenarios();
    });
    expect((await examineModel()).failed).toEqual([expected]);
  });

  test('a server that is not there', async () => {
    const [port] = await freePorts(1);
    const env = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` };
    expect((await examine(project(), env)).failed).toEqual(['model: model_unreachable']);
  });
});

describe('SMTP', () => {
  const examineSmtp = (port: number, more = '') =>
    examine(
      withInbox(
        folders.replace('outbox: out', `smtp: {host: localhost, port: ${port}, user: me${more}}`),
      ),
      { REPLYWRIGHT_SUPPORT_SMTP_PASSWORD: 'right' },
    );
  const start = async (options: Parameters<typeof startSmtpDouble>[0]): Promise<SmtpDouble> => {
    const double = await startSmtpDouble(options);
    onTestFinished(() => double.close());
    return double;
  };
  const name = 'mailbox support, outgoing';

  test('a server that works', async () => {
    const { port } = await start({ login: { user: 'me', password: 'right' } });
    expect((await examineSmtp(port, ', security: none')).failed).toEqual([]);
  });

  test('a wrong password', async () => {
    const { port } = await start({ login: { user: 'me', password: 'other' } });
    const { failed } = await examineSmtp(port, ', security: none');
    expect(failed).toEqual([`${name}: smtp_credentials`]);
  });

  test('a certificate that nobody signed', async () => {
    const { port } = await start({ tls: 'implicit' });
    expect((await examineSmtp(port)).failed).toEqual([`${name}: smtp_certificate`]);
  });

  test('nothing on that port', async () => {
    const [port] = await freePorts(1);
    expect((await examineSmtp(port ?? 0)).failed).toEqual([`${name}: smtp_unreachable`]);
  });
});

/** A project whose whole settings are `yaml`, with a folder to read mail from. */
function withInbox(yaml: string): string {
  const cwd = temporaryFolder({ 'replywright.yaml': yaml });
  mkdirSync(path.join(cwd, 'in'));
  return cwd;
}

const dovecotThere = await requirement('dovecot');

describe.skipIf(!dovecotThere.available)('IMAP', () => {
  let server: DovecotServer;
  beforeAll(async () => {
    const started = await startDovecot();
    if (started === null) throw new Error('Dovecot did not start');
    server = started;
  });
  afterAll(() => server.close());
  const name = 'mailbox support, incoming';

  const examineImap = (port: number, more = '', password = 'secret') =>
    examine(
      temporaryFolder({
        'replywright.yaml': folders.replace(
          'folder: in',
          `imap: {host: localhost, port: ${port}, user: support@example.test${more}}`,
        ),
      }),
      { REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: password },
    );
  const trusted = () => `, caFile: "${server.certificate}"`;

  test('a server that works', async () => {
    const { failed, finding } = await examineImap(server.ports.imaps, trusted());
    expect(failed).toEqual([]);
    expect(finding(name)?.fact).toContain('support@example.test on localhost, 0 mails in INBOX');
  });

  test('a wrong password', async () => {
    const { failed } = await examineImap(server.ports.imaps, trusted(), 'wrong');
    expect(failed).toEqual([`${name}: imap_credentials`]);
  });

  test('a certificate that nobody signed', async () => {
    const { failed } = await examineImap(server.ports.imaps);
    expect(failed).toEqual([`${name}: imap_certificate`]);
  });

  test('a folder that is not there', async () => {
    const { failed, finding } = await examineImap(server.ports.imaps, `${trusted()}, folder: Shop`);
    expect(failed).toEqual([`${name}: imap_no_folder`]);
    expect(finding(name)?.mend).toContain('INBOX');
  });

  test('nothing on that port', async () => {
    const [port] = await freePorts(1);
    expect((await examineImap(port ?? 0)).failed).toEqual([`${name}: imap_unreachable`]);
  });
});
