// `npm run build`: dist/, which is what bin/ starts and what is published. One bundle for the command line, one for its
// threads, with source maps; the help and the man page, written from the definitions that parse the command line, so that help
// and completion need not load the program; and V8's code cache for the Node that builds.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { manPage } from '../src/cli/man.js';
import { PROGRAM_OPTIONS } from '../src/cli/options.js';
import { COMMANDS, helpOf } from '../src/cli/program.js';
import { cacheFile, checkedCache, load } from '../src/cli/start.js';
import { version } from '../src/cli/version.js';
import type { Definitions } from '../src/commands/completion/wanted.js';
import { commonJs, moduleBundle } from './bundle.js';

const DIST = path.resolve('dist');
const BUNDLE = path.join(DIST, 'regsweep.cjs');
const ENTRY = `export { regsweep } from './src/cli/main.js';
export { deleteDockerRegistryImage } from './src/cli/legacy-main.js';`;
/** What the cache is made from: a run of the usual kind, so that it holds the functions that such a run needs. */
const USUAL_RUN = ['gc', '--dry-run', '--root', 'fixtures/demo'];

if (process.argv[2] === 'code-cache') await writeCodeCache();
else await buildAll();

async function buildAll(): Promise<void> {
  fs.rmSync(DIST, { recursive: true, force: true });
  await Promise.all([
    build({ ...commonJs(ENTRY), outfile: BUNDLE, sourcemap: true }),
    moduleBundle('src/cli/start.ts', 'dist/start.js'),
    moduleBundle('src/scan/scan-worker.ts', 'dist/scan-worker.js'),
  ]);
  writeHelp();
  // A process of its own: its exit status and its output are the program's.
  const made = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'code-cache'], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`the code cache cannot be made: ${made.stdout}${made.stderr}`);
}

function writeHelp(): void {
  const definitions: Definitions = { commands: COMMANDS, options: PROGRAM_OPTIONS };
  fs.mkdirSync('dist/help');
  fs.writeFileSync('dist/help/regsweep.txt', helpOf());
  for (const { name } of COMMANDS) fs.writeFileSync(`dist/help/${name}.txt`, helpOf(name));
  fs.writeFileSync('dist/help/definitions.json', JSON.stringify(definitions));
  // A build that is to come out the same again says when it was made.
  const epochSeconds = process.env['SOURCE_DATE_EPOCH'];
  const builtMs = epochSeconds === undefined ? Date.now() : Number(epochSeconds) * 1000;
  const date = new Date(builtMs).toISOString().slice(0, 10);
  fs.mkdirSync('dist/man');
  fs.writeFileSync('dist/man/regsweep.1', manPage({ ...definitions, version: version(), date }));
}

async function writeCodeCache(): Promise<void> {
  const { programs, script } = load(DIST);
  await programs.regsweep(USUAL_RUN);
  fs.writeFileSync(cacheFile(DIST), checkedCache(script.createCachedData(), fs.readFileSync(BUNDLE)));
}
