// access.yaml: who may do what in an account, written down. Keys and secrets are no part of it.
import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { CommandError, UsageError } from '../errors.ts';

const MAX_BYTES = 1024 * 1024;

const name = z.string().regex(/^[\w+=,.@-]{1,128}$/, 'must be letters, digits and +=,.@_-');
const path = z.string().regex(/^\/(?:[!-~]{1,510}\/)?$/, 'must begin and end with a slash');
const document = z.looseObject({ Statement: z.unknown() });
const tags = z.record(z.string(), z.string());
const documents = z.record(name, document);

const withPolicies = {
  path: path.optional(),
  /** Names of policies in the file or of ready ones, or ARNs. */
  policies: z.array(z.string()).optional(),
  inlinePolicies: documents.optional(),
};

const schema = z.strictObject({
  /** The file is refused in another account. */
  accountId: z
    .string()
    .regex(/^\d{12}$/, 'must be 12 digits in quotes')
    .optional(),
  policies: z
    .record(
      name,
      z.strictObject({
        path: path.optional(),
        description: z.string().max(1000).optional(),
        document,
      }),
    )
    .optional(),
  groups: z.record(name, z.strictObject(withPolicies)).optional(),
  users: z
    .record(
      name,
      z.strictObject({
        ...withPolicies,
        groups: z.array(name).optional(),
        boundary: z.string().optional(),
        tags: tags.optional(),
      }),
    )
    .optional(),
  roles: z
    .record(
      name,
      z.strictObject({
        ...withPolicies,
        trust: document,
        description: z.string().max(1000).optional(),
        maxSessionSeconds: z.number().int().min(3600).max(43_200).optional(),
        boundary: z.string().optional(),
        tags: tags.optional(),
      }),
    )
    .optional(),
  /** By the issuer's URL. */
  identityProviders: z
    .record(
      z.url(),
      z.strictObject({
        clientIds: z.array(z.string()).optional(),
        thumbprints: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

export type AccessDocument = z.output<typeof schema>;

/** Reads and checks a file. Throws CommandError (not readable) or UsageError (not understood). */
export function readAccessDocument(file: string): AccessDocument {
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 50, prettyErrors: true });
  } catch (error) {
    throw new UsageError(`${file}: is no YAML: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 10).map((issue) => {
    const at = issue.path.map(String).join('.');
    return `${at === '' ? 'the file' : at}: ${issue.message}`;
  });
  throw new UsageError(`${file}: ${issues.join('; ')}`);
}
