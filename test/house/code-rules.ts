/** Rules for what code does: a pure domain, SQL in storage only, settings read in one place, honest tests. */

import { at, type Node, type ParsedModule, walk } from './parsed-module.ts';

/** What a pure function has no use for: the clock, chance, the process and the network. */
const impureCalls = new Set([
  'Date.now',
  'Date',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'performance.now',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
]);
const impureObjects = new Set(['process', 'console', 'globalThis']);

/** `a.b` for a call or member of plain names; null for anything more involved. */
function dottedName(node: unknown): string | null {
  const { type, name, object, property } = node as Node;
  if (type === 'Identifier') return name as string;
  if (type !== 'MemberExpression') return null;
  const [left, right] = [dottedName(object), dottedName(property)];
  return left === null || right === null ? null : `${left}.${right}`;
}

function impurity(node: Node): string | null {
  if (node.type === 'CallExpression') {
    const called = dottedName(node.callee);
    return called !== null && impureCalls.has(called) ? `${called}()` : null;
  }
  if (node.type === 'NewExpression' && dottedName(node.callee) === 'Date')
    return (node.arguments as unknown[]).length === 0 ? 'new Date()' : null;
  if (node.type === 'MemberExpression') {
    const object = dottedName(node.object);
    return object !== null && impureObjects.has(object) ? object : null;
  }
  return null;
}

/** The domain reads no clock, rolls no dice and knows no process. */
export function purityViolations(module: ParsedModule): string[] {
  if (!module.path.startsWith('src/domain/')) return [];
  const found: string[] = [];
  walk(module.program, (node) => {
    const what = impurity(node);
    if (what !== null) found.push(`${at(module, node.start)}: domain uses ${what}: it is pure`);
  });
  return found;
}

/** Only storage writes SQL. */
export function sqlViolations(module: ParsedModule): string[] {
  if (module.path.startsWith('src/storage/')) return [];
  const found: string[] = [];
  walk(module.program, (node) => {
    if (node.type !== 'TaggedTemplateExpression' || dottedName(node.tag) !== 'sql') return;
    found.push(`${at(module, node.start)}: sql: only storage/ contains SQL`);
  });
  return found;
}

/** Only main passes the environment on and config reads it; PATH finds programs and is no setting. */
export function environmentViolations(module: ParsedModule): string[] {
  if (/^src\/(main\.ts|config\.ts|config\/|web\/public\/)/.test(module.path)) return [];
  const [found, paths]: [Node[], Set<unknown>] = [[], new Set()];
  walk(module.program, (node) => {
    if (node.type !== 'MemberExpression') return;
    const name = dottedName(node);
    if (name === 'process.env.PATH') paths.add(node.object);
    if (name === 'process.env') found.push(node);
  });
  return found
    .filter((node) => !paths.has(node))
    .map((node) => `${at(module, node.start)}: process.env: only config reads the environment`);
}

const testFunctions = new Set(['it', 'test', 'describe', 'suite', 'bench']);
const offSwitches = new Set(['skip', 'only', 'todo', 'fails']);

/** How a call turns a test off: `it.skip(...)`, or `it('...', { skip: true }, ...)`. */
function offSwitchOf(node: Node): string | null {
  if (node.type === 'MemberExpression') {
    const [base, ...rest] = dottedName(node)?.split('.') ?? [];
    const last = rest.at(-1);
    if (base === undefined || last === undefined || !offSwitches.has(last)) return null;
    // `context.skip()` inside a test is a skip as well.
    return testFunctions.has(base) || base === 'context' || base === 'ctx'
      ? `${base}.${last}`
      : null;
  }
  if (node.type !== 'CallExpression') return null;
  const base = dottedName(node.callee)?.split('.')[0];
  if (base === undefined || !testFunctions.has(base)) return null;
  for (const argument of node.arguments as Node[]) {
    for (const property of (argument.properties ?? []) as Node[]) {
      const key = property.type === 'Property' ? dottedName(property.key) : null;
      if (key !== null && offSwitches.has(key)) return `${base} with ${key}`;
    }
  }
  return null;
}

/** True for `skipIf(!dovecot.available)`: a requirement that `REPLYWRIGHT_TEST_REQUIRE=all` insists on. */
function asksForRequirement(argument: unknown): boolean {
  const { type, operator, argument: asked } = argument as Node;
  if (type !== 'UnaryExpression' || operator !== '!') return false;
  return dottedName(asked)?.split('.').at(-1) === 'available';
}

/** No test is turned off, unless for want of a requirement, and none puts another module in a real one's place. */
export function testViolations(module: ParsedModule): string[] {
  const found: string[] = [];
  walk(module.program, (node) => {
    const off = offSwitchOf(node);
    if (off !== null) found.push(`${at(module, node.start)}: ${off}: no test is turned off`);
    const called = node.type === 'CallExpression' ? dottedName(node.callee) : null;
    if (
      /\.(skipIf|runIf)$/.test(called ?? '') &&
      !asksForRequirement((node.arguments as unknown[])[0])
    )
      found.push(`${at(module, node.start)}: ${called}: asks for no requirement's \`available\``);
    if (called === 'vi.mock' || called === 'vi.doMock')
      found.push(`${at(module, node.start)}: ${called}: pass the part as an argument instead`);
  });
  return found;
}
