/** Starts the model stub on loopback and hands out what steers it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Controls } from './control.ts';
import { type ModelStubOptions, Router } from './router.ts';
import type { RecordedRequest, Responder, Scenario } from './types.ts';

export type { ModelStubOptions } from './router.ts';
export type { RecordedRequest, Responder, Scenario } from './types.ts';

export interface ModelStub extends Controls {
  /** Base URL for the SDK's `baseURL`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Sets or removes the function that gives the answers. */
  respondWith(responder: Responder | null): void;
  /** Keeps batches in progress until it is set back. */
  holdBatches(held: boolean): void;
  /** Ends all batches that are not held, without anybody asking for them. */
  workBatches(): Promise<void>;
  /** Refuses new batches with this status; null takes them again. */
  refuseBatches(status: number | null): void;
  /** Resolves with the next request to `path` (default /v1/messages) that no earlier call was given. */
  nextRequest(path?: string): Promise<RecordedRequest>;
  /** Resolves with all requests to `path` once there are `count` of them. */
  waitForRequests(count: number, path?: string): Promise<RecordedRequest[]>;
  /** Ends everything, hanging requests included; a second call does nothing. */
  close(): Promise<void>;
}

function controlsOf(stub: Router): Controls {
  const { scenarios, gate, cache } = stub.state;
  return {
    script: (scenario: Scenario, times = 1) => scenarios.push(scenario, times),
    setSticky: (scenario) => scenarios.setSticky(scenario),
    clearScenarios: () => scenarios.clear(),
    setObedient: (on) => {
      stub.state.obedient = on;
    },
    release: () => gate.open(),
    reset: () => {
      scenarios.clear();
      cache.clear();
      stub.batches.clear();
      stub.log.clear();
    },
    requests: stub.log.requests,
    get pending() {
      return scenarios.pending;
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Starts a stub of the Anthropic Messages API on 127.0.0.1. @throws Error when the port is taken */
export async function startModelStub(options: ModelStubOptions = {}): Promise<ModelStub> {
  const stub = new Router(options);
  const controls = controlsOf(stub);
  let base = 'http://127.0.0.1';
  const server = createServer(
    (request, response) => void stub.serve(request, response, controls, base),
  );
  const port = await listen(server, options.port ?? 0);
  base = `http://127.0.0.1:${port}`;
  return Object.assign(controls, {
    url: base,
    port,
    respondWith: (responder: Responder | null) => {
      stub.state.responder = responder;
    },
    holdBatches: (held: boolean) => {
      stub.batches.held = held;
    },
    workBatches: async () => {
      const last = stub.log.requests.at(-1);
      if (last !== undefined) await stub.batches.advanceAll(last);
    },
    refuseBatches: (status: number | null) => {
      stub.batches.refusal = status;
    },
    nextRequest: (path?: string) => stub.log.next(path),
    waitForRequests: (count: number, path?: string) => stub.log.waitFor(count, path),
    close: async () => {
      if (!server.listening) return;
      stub.abort.abort();
      stub.log.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      stub.state.gate.open();
      await closed;
    },
  });
}
