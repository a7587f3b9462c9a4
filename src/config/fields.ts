/** The settings as a flat list with meanings and defaults, read out of the schema. */
import * as z from 'zod';
import { settingsSchema } from './schema.ts';

/** One setting, or one group of settings, as the documentation shows it. */
export interface FieldDocument {
  /** Where it stands, `mailboxes[].imap.port`. */
  path: string;
  /** The path of the group it belongs to; empty at the top. */
  parent: string;
  key: string;
  meaning: string;
  /** What may stand there, in words. */
  kind: string;
  /** True for a group or a list of groups. */
  group: boolean;
  list: boolean;
  required: boolean;
  /** Undefined when there is none. */
  default: unknown;
  /** The default in words, where other settings decide it. */
  defaultsTo: string | null;
  example: unknown;
  commented: boolean;
  /** The environment variable that wins over it. */
  env: string | null;
}

/** The part of JSON Schema that our settings use. */
interface Node {
  type?: string | string[];
  description?: string;
  default?: unknown;
  example?: unknown;
  commented?: boolean;
  env?: string;
  defaultsTo?: string;
  enum?: unknown[];
  anyOf?: Node[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  additionalProperties?: unknown;
}

function kindOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(kindOf).join(' or ');
  if (Array.isArray(node.type))
    return node.type.map((type) => kindOf({ ...node, type })).join(' or ');
  switch (node.type) {
    case 'integer':
      return `whole number, ${node.minimum} to ${node.maximum}`;
    case 'number':
      return `number, ${node.minimum} to ${node.maximum}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return node.items?.properties === undefined ? 'list of texts' : 'list';
    case 'object':
      // A strict group says `false` here; a schema stands where the names are the person's own.
      return typeof node.additionalProperties === 'object' ? 'texts by name' : 'group';
    case 'null':
      return '`null`';
    default:
      return 'text';
  }
}

function fieldsOf(group: Node, parent: string): FieldDocument[] {
  return Object.entries(group.properties ?? {}).flatMap(([key, node]) => {
    const path = parent === '' ? key : `${parent}.${key}`;
    const inner = node.properties === undefined ? node.items : node;
    const nested =
      inner?.properties === undefined ? [] : fieldsOf(inner, inner === node ? path : `${path}[]`);
    const field: FieldDocument = {
      path,
      parent,
      key,
      meaning: node.description ?? '',
      kind: kindOf(node),
      group: nested.length > 0,
      list: inner !== node && nested.length > 0,
      required: group.required?.includes(key) ?? false,
      default: node.default,
      defaultsTo: node.defaultsTo ?? null,
      example: node.example,
      commented: node.commented ?? false,
      env: node.env ?? null,
    };
    return [field, ...nested];
  });
}

let known: readonly FieldDocument[] | null = null;

/** Every setting and group in the order of the schema, each group before what is in it. */
export function documentedFields(): readonly FieldDocument[] {
  known ??= fieldsOf(z.toJSONSchema(settingsSchema, { io: 'input' }) as Node, '');
  return known;
}
