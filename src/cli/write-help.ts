// Run by the build: writes beside main.js the help of the program and of each command, and what each command takes, made by the
// same definitions that parse the command line, so that asking for help or for a completion need not load them.

import { mkdirSync, writeFileSync } from 'node:fs';
import type { Definitions } from './complete/wanted.js';
import { definitionOf, globalDefinitions } from './definition.js';
import { COMMANDS, helpOf } from './program.js';

const folder = new URL('help/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('regsweep.txt', folder), helpOf());
for (const { name } of COMMANDS) writeFileSync(new URL(`${name}.txt`, folder), helpOf(name));
const definitions: Definitions = { commands: COMMANDS.map(definitionOf), options: globalDefinitions() };
writeFileSync(new URL('definitions.json', folder), JSON.stringify(definitions));
