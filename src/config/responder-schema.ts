/** The settings of one responder with a name: what differs from the prompt and the model of all. */
import * as z from 'zod';
import { promptVersion } from './field-kinds.ts';
import { modelSchema } from './model-schema.ts';

/** Budgets and batches are about all drafting together. */
const own = modelSchema.omit({ budget: true, batch: true });

/** Every such setting of the model as one that may be left out, and is then as it is for all. */
const overrides = z.strictObject(
  Object.fromEntries(
    Object.entries(own.shape as Record<string, z.ZodType>).map(([key, field]) => {
      const hasDefault = field instanceof z.ZodDefault || field instanceof z.ZodPrefault;
      const bare = hasDefault ? (field.unwrap() as z.ZodType) : field;
      const example = hasDefault ? field.def.defaultValue : undefined;
      const { description = '' } = field.meta() ?? {};
      const meta = { description, example, defaultsTo: 'that of `model`' };
      return [key, bare.optional().meta(meta)] as const;
    }),
  ),
) as unknown as z.ZodType<Partial<z.output<typeof own>>>;

/** One entry under `responders`. */
export const responderSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'expected letters, digits, - and _, a letter first')
    .meta({
      description:
        'A short name, by which mailboxes and `npx replywright rollout` name it; the name of its secret is built from it.',
      example: 'careful',
    }),
  prompt: promptVersion.optional().meta({
    description: 'The prompt version that it drafts by.',
    defaultsTo: 'the `prompt` of all',
    example: 'support/1',
  }),
  model: overrides.optional().meta({
    description:
      'What is other than in `model`. Its key is the secret `REPLYWRIGHT_<NAME>_MODEL_KEY`, or `ANTHROPIC_API_KEY` where it has no `baseUrl` of its own.',
  }),
  critique: z.boolean().default(false).meta({
    description:
      'Whether a second call holds each draft against the policies and revises it; it costs about as much again.',
  }),
});
