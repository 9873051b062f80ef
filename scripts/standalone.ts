// `npm run build:standalone`: dist-standalone/regsweep.cjs, one file that needs Node alone, and dist-standalone/regsweep, the
// same inside a Node executable (single executable application), with the man page beside them. Which Node: REGSWEEP_NODE, else
// the one that runs this.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { commonJs } from './bundle.js';

const OUT = 'dist-standalone';
const SCRIPT = path.join(OUT, 'regsweep.cjs');
const EXECUTABLE = path.join(OUT, 'regsweep');
/** The mark in a Node executable that says whether it carries a program (Node's manual, single executable applications). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { readonly version: string };

fs.mkdirSync(OUT, { recursive: true });
for (const name of fs.readdirSync(OUT)) fs.rmSync(path.join(OUT, name));
fs.copyFileSync('dist/man/regsweep.1', path.join(OUT, 'regsweep.1'));
await bundle();
makeExecutable(process.env['REGSWEEP_NODE'] ?? process.execPath);
for (const file of [SCRIPT, EXECUTABLE]) {
  process.stdout.write(`${file}  ${(fs.statSync(file).size / 1e6).toFixed(1)} MB\n`);
}

async function bundle(): Promise<void> {
  const thread = await build({ ...commonJs("import './src/scan/scan-worker.ts'"), write: false });
  const common = commonJs(
    "import { regsweep } from './src/cli/main.js'; void regsweep(process.argv.slice(2));",
    '#!/usr/bin/env node\n',
  );
  const program = await build({
    ...common,
    metafile: true,
    write: false,
    plugins: [...common.plugins!, inside(thread.outputFiles[0]!.text)],
  });
  fs.writeFileSync(SCRIPT, program.outputFiles[0]!.text, { mode: 0o755 });
  fs.writeFileSync(path.join(OUT, 'LICENSES.txt'), licences(program.metafile));
}

/** Puts what the package reads from files beside it into the bundle: the thread's code, help texts and definitions. */
function inside(thread: string): Plugin {
  const folder = 'dist/help';
  const ready = Object.fromEntries(
    fs.readdirSync(folder).map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]),
  );
  const contents: Readonly<Record<string, string>> = {
    'src/scan/thread.ts': starting(thread),
    'src/cli/ready-help.ts': `const texts = new Map(Object.entries(${JSON.stringify(ready)}));
      export const readyHelp = (name) => texts.get(name + '.txt');
      export const readyDefinitions = () => JSON.parse(texts.get('definitions.json'));`,
  };
  return {
    name: 'inside',
    setup(building) {
      const used = new Set<string>();
      building.onLoad({ filter: /\/src\/(?:scan\/thread|cli\/ready-help)\.ts$/ }, ({ path: file }) => {
        const name = path.relative(process.cwd(), file);
        used.add(name);
        return { contents: contents[name]!, loader: 'js' };
      });
      building.onEnd(() => {
        const unused = Object.keys(contents).filter((name) => !used.has(name));
        if (unused.length > 0) throw new Error(`nothing imports ${unused.join(', ')} any more`);
      });
    },
  };
}

/** A module that starts a thread with `code`. */
function starting(code: string): string {
  return `import { Worker } from 'node:worker_threads';
    export const THREADS = true;
    export const startThread = (options) => new Worker(${JSON.stringify(code)}, { ...options, eval: true });`;
}

/** The licences of the packages inside, as they ask for. */
function licences({ inputs }: Metafile): string {
  const packages = new Set(
    Object.keys(inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version} (${license})\n\n${file === undefined ? '' : fs.readFileSync(path.join(folder, file), 'utf8')}`;
  });
  return [`regsweep ${version}\n\n${fs.readFileSync('LICENSE', 'utf8')}`, ...texts].join(`\n${'-'.repeat(72)}\n\n`);
}

/** A copy of `node` with the program inside, as a blob that this same Node must write. */
function makeExecutable(node: string): void {
  const configuration = path.join(OUT, 'sea.json');
  const blob = path.join(OUT, 'sea.blob');
  fs.writeFileSync(
    configuration,
    JSON.stringify({ main: SCRIPT, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }),
  );
  execFileSync(node, ['--experimental-sea-config', configuration], { stdio: ['ignore', 'ignore', 'inherit'] });
  fs.copyFileSync(fs.realpathSync(node), EXECUTABLE);
  fs.chmodSync(EXECUTABLE, 0o755);
  const postject = ['node_modules/postject/dist/cli.js', EXECUTABLE, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE];
  execFileSync(process.execPath, postject, { stdio: ['ignore', 'ignore', 'inherit'] });
  fs.rmSync(blob);
  fs.rmSync(configuration);
}
