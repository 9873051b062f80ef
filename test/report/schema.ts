// The published schema as a check that tests can make: undefined where a document is valid, else what is wrong with it.

import fs from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** The schema itself. */
export const SCHEMA = JSON.parse(
  fs.readFileSync(new URL('../../schema/regsweep-1.schema.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
const validators = new Map<string, ReturnType<typeof ajv.compile>>();
ajv.addSchema(SCHEMA, 'regsweep');

/** Faults of `document` as the kind `definition` of the schema; undefined where there is none. */
export function faultsOf(
  document: unknown,
  definition: 'change' | 'listing' | 'undo' | 'trash' | 'usage' | 'why' | 'check' | 'failure',
): string | undefined {
  let validate = validators.get(definition);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `regsweep#/$defs/${definition}` });
    validators.set(definition, validate);
  }
  return validate(document) ? undefined : ajv.errorsText(validate.errors);
}
