/** One responder a name or prompt version; a broken one stops only the mailboxes that name it. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type DraftingSettings, Responders } from '../../src/app/responders.ts';
import { loadConfig } from '../../src/config.ts';
import { silentLog } from '../support/parts.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** The shipped prompts in a folder of their own, with a second version of `support`. */
function promptsFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'rw-prompts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(path.join(root, 'prompts'), path.join(folder, 'prompts'), { recursive: true });
  cpSync(
    path.join(folder, 'prompts/support/1.hbs'),
    path.join(folder, 'prompts/support/sales.hbs'),
  );
  return folder;
}

function settings(folder: string, ...prompts: string[]): DraftingSettings {
  const boxes = prompts.map((prompt, n) => ({ name: `box${n}`, prompt }));
  const mailboxes = boxes.map((box) => ({
    ...box,
    address: `${box.name}@shop.example`,
    folder: 'in',
    outbox: 'out',
  }));
  const yaml = JSON.stringify({ shop: { name: 'Shop' }, mailboxes });
  writeFileSync(path.join(folder, 'replywright.yaml'), yaml);
  return loadConfig({ cwd: folder, env: {} });
}

test('mailboxes of one prompt share a responder; another prompt has its own', async () => {
  const folder = promptsFolder();
  const responders = new Responders(silentLog);
  const of = (mailbox: string) => responders.get(responders.ownOf(mailbox));
  await responders.apply(settings(folder, 'support/1', 'support/sales', 'support/1'));
  expect(responders.trouble).toBeNull();
  expect(of('box0')).toBe(of('box2'));
  expect(of('box0').identity.prompt).toBe('support/1');
  expect(of('box1').identity.prompt).toBe('support/sales');
  expect(of('box1').identity.hash).not.toBe(of('box0').identity.hash);
});

test('a prompt that is missing stops its own mailbox until it is mended', async () => {
  const folder = promptsFolder();
  const responders = new Responders(silentLog);
  const of = (mailbox: string) => responders.get(responders.ownOf(mailbox));
  await responders.apply(settings(folder, 'support/1', 'support/9'));
  expect(responders.trouble).toMatchObject({
    text: expect.stringContaining('support/9'),
    everywhere: false,
  });
  expect(of('box0').identity.prompt).toBe('support/1');
  expect(() => of('box1')).toThrow(expect.objectContaining({ code: 'prompt_missing' }));
  await responders.apply(settings(folder, 'support/1', 'support/sales'));
  expect(responders.trouble).toBeNull();
  expect(of('box1').identity.prompt).toBe('support/sales');
});

test('a mailbox that is in no settings has none', async () => {
  const responders = new Responders(silentLog);
  const of = (mailbox: string) => responders.get(responders.ownOf(mailbox));
  await responders.apply(settings(promptsFolder(), 'support/1'));
  expect(() => of('gone')).toThrow(expect.objectContaining({ code: 'mailbox_unconfigured' }));
});
