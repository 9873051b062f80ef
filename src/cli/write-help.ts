// Run by the build: writes beside main.js the help of the program and of each command, and what each command takes, so that asking
// for help or for a completion need not load the program; and the man page. All from the definitions that parse the command line.

import { mkdirSync, writeFileSync } from 'node:fs';
import type { Definitions } from './complete/wanted.js';
import { definitionOf, globalDefinitions } from './definition.js';
import { manPage } from './man.js';
import { COMMANDS, helpOf } from './program.js';
import { version } from './version.js';

const folder = new URL('help/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('regsweep.txt', folder), helpOf());
for (const { name } of COMMANDS) writeFileSync(new URL(`${name}.txt`, folder), helpOf(name));
const definitions: Definitions = { commands: COMMANDS.map(definitionOf), options: globalDefinitions() };
writeFileSync(new URL('definitions.json', folder), JSON.stringify(definitions));

const man = new URL('../man/', import.meta.url);
mkdirSync(man, { recursive: true });
// A build that is to come out the same again says when it was made.
const builtMs =
  process.env['SOURCE_DATE_EPOCH'] === undefined ? Date.now() : Number(process.env['SOURCE_DATE_EPOCH']) * 1000;
const date = new Date(builtMs).toISOString().slice(0, 10);
writeFileSync(new URL('regsweep.1', man), manPage({ ...definitions, version: version(), date }));
