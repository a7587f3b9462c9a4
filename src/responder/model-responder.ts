/** The responder that asks a model. */

import type { Responder, ResponderIdentity } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { layoutVersion } from './assemble.ts';
import { runChecks } from './checks.ts';
import { identify } from './identity.ts';
import type { Material } from './material.ts';
import { endpointOf, type ModelSettings, openModel } from './model.ts';
import { costOf } from './prices.ts';
import { draftRequest } from './request.ts';

function identityOf(material: Material, model: ModelSettings): ResponderIdentity {
  const { examples } = material.prompt.frontMatter;
  return identify({
    prompt: material.prompt.version,
    promptSha256: material.prompt.sha256,
    policySetSha256: material.policies.sha256,
    examplesSha256: material.examplesSha256,
    model: model.name,
    settings: {
      endpoint: endpointOf(model.baseUrl),
      maxTokens: model.maxTokens,
      structured: model.structured,
      effort: model.effort,
      pinned: examples.pinned,
      retrieved: examples.retrieved,
      layout: layoutVersion,
    },
    system: material.system.system,
  });
}

/** A responder by a model, over loaded material. */
export function modelResponder(material: Material, settings: ModelSettings, log: Log): Responder {
  const limit = material.prompt.frontMatter.config.maxOutputTokens ?? settings.maxTokens;
  const model = { ...settings, maxTokens: Math.min(limit, settings.maxTokens) };
  const client = openModel(model, log);
  return {
    identity: identityOf(material, model),
    async draft(input, signal) {
      const began = performance.now();
      const { system, userTurn } = draftRequest(material, input);
      const { fields, usage, requestId } = await client.answer(system, userTurn, signal);
      const { policies, linkDomains } = material;
      return {
        fields,
        first: null,
        calls: [],
        checks: runChecks({ fields, input, policies, linkDomains }),
        userTurn,
        usage,
        costUsd: costOf(model.name, usage),
        latencyMs: Math.round(performance.now() - began),
        requestId,
      };
    },
  };
}
