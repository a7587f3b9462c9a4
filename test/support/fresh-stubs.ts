/** A model stub that is new for each test of a file, and more of them on wish. */

import type Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach } from 'vitest';
import { type ModelStub, type ModelStubOptions, startModelStub } from './model-stub/server.ts';
import { sdkFor } from './model-stub-client.ts';

/** Everything that is started here is closed after the test that it was started for. */
export function freshStubs() {
  let stub: ModelStub;
  const extra: ModelStub[] = [];
  beforeEach(async () => {
    stub = await startModelStub({ cacheMinimum: 100 });
  });
  afterEach(async () => {
    await Promise.all([stub, ...extra.splice(0)].map((server) => server.close()));
  });
  return {
    main: () => stub,
    sdk: (server = stub, apiKey?: string): Anthropic => sdkFor(server, apiKey),
    async another(options: ModelStubOptions): Promise<ModelStub> {
      const server = await startModelStub(options);
      extra.push(server);
      return server;
    },
  };
}
