// The JSON Schema of the settings file, from the options that it may set: an editor completes and checks the file by it.

import { isSwitch } from '../src/cli/option.js';
import { SETTINGS } from '../src/cli/settings.js';

/** The text of schema/regsweep-settings-1.schema.json, which a test keeps equal to this. */
export function settingsSchema(): string {
  const properties = Object.entries(SETTINGS).map(([name, option]) => [
    name,
    { ...(isSwitch(option) ? { type: 'boolean' } : { $ref: '#/$defs/text' }), description: `${option.describe}.` },
  ]);
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'regsweep-settings-1',
    title: 'Settings of regsweep',
    description: 'Options for every run, in ./.regsweep.yml or the file named by --config-file.',
    anyOf: [{ type: 'null' }, { $ref: '#/$defs/settings' }],
    $defs: {
      settings: { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) },
      text: { anyOf: [{ type: 'number' }, { type: 'string', minLength: 1 }] },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
