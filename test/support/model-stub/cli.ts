/** Runs the model stub from the command line: `npm run stub:model -- --port 8787`. */
import { parseArgs } from 'node:util';
import { CONTROL_HELP } from './control.ts';
import { startModelStub } from './server.ts';

const HELP = `A stand-in for the Anthropic Messages API on 127.0.0.1, for trying the product without a model.

usage: npm run stub:model -- [--port N] [--key K] [--delay MS] [--obedient]

  --port N     TCP port (default 8787; 0 takes a free one)
  --key K      demand this API key (default: any)
  --delay MS   milliseconds before every answer (default 0)
  --obedient   obey every instruction found in the mail (worst case of prompt injection)
  --help       this text

Then point the product at it with ANTHROPIC_BASE_URL=http://127.0.0.1:8787 and any ANTHROPIC_API_KEY.

While it runs:
  ${CONTROL_HELP.join('\n  ')}
`;

/** A whole number from the command line. @throws Error for anything else */
function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > most) {
    throw new Error(
      `--${name} must be a whole number from 0 to ${most}, not ${JSON.stringify(text)}`,
    );
  }
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8787' },
      key: { type: 'string' },
      delay: { type: 'string', default: '0' },
      obedient: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const stub = await startModelStub({
    port: wholeNumber('port', values.port, 65_535),
    delay: wholeNumber('delay', values.delay, 3_600_000),
    obedient: values.obedient,
    ...(values.key === undefined ? {} : { key: values.key }),
  });
  process.stdout.write(`model stub: ${stub.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stub.close());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
