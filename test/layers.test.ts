// The architecture as a test: who may import whom, who may touch what. Each failure says in a sentence what to do instead.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const SOURCES = path.resolve(import.meta.dirname, '../src');
const LAYERS = ['model', 'manifest', 'inventory', 'plan', 'scan', 'execute', 'report', 'commands', 'cli'] as const;
type Layer = (typeof LAYERS)[number];

interface Import {
  readonly from: string;
  /** True for `import type` and for braces that hold nothing but types. */
  readonly typesOnly: boolean;
}

interface Source {
  readonly layer: Layer;
  /** Relative to src. */
  readonly file: string;
  readonly imports: readonly Import[];
  /** Without comments. */
  readonly code: string;
}

const sources = readSources();

function sliceOf(file: string): string {
  return file.split('/')[1]!;
}

/** Layers whose code a layer may run; its own is allowed anyway. */
const MAY_RUN: Readonly<Record<Layer, readonly Layer[]>> = {
  model: [],
  manifest: ['model'],
  inventory: ['model', 'manifest'],
  plan: ['model', 'manifest', 'inventory'],
  scan: ['model', 'manifest', 'inventory'],
  execute: ['model'],
  report: ['model'],
  commands: ['model', 'manifest', 'inventory', 'plan', 'scan', 'execute', 'report', 'cli'],
  cli: ['model', 'manifest', 'inventory', 'plan', 'scan', 'execute', 'report', 'commands'],
};

/** Layers of which it may use the types alone. */
const MAY_NAME: Readonly<Record<Layer, readonly Layer[]>> = {
  model: [],
  manifest: [],
  inventory: [],
  plan: [],
  scan: [],
  execute: ['plan', 'inventory'],
  report: ['manifest', 'inventory', 'plan'],
  commands: [],
  cli: [],
};

const INSTEAD: Readonly<Record<Layer, string>> = {
  model:
    'model stands at the bottom and imports nothing: move what it needs down into it, or the code that needs it up.',
  manifest: 'manifest turns text into data with model alone: pass in what else it needs.',
  inventory: 'inventory is data about a tree: whoever reads or decides imports it, not the other way round.',
  plan: 'plan is one pure decision: have scan put the fact into the inventory, or ask for it with a Question.',
  scan: 'scan reads and decides nothing: hand the fact to the inventory and decide in plan.',
  execute:
    'execute carries out a plan that it is given: take the value as an argument, import plan and inventory as types only.',
  report: 'report turns data into text: take the data as an argument and import other layers as types only.',
  commands: 'a command may import everything but another command: move what two need into cli or further down.',
  cli: 'cli is what all commands share: only program.ts and main.ts know the commands.',
};

describe('imports point one way', () => {
  test.each(LAYERS)('%s', (layer) => {
    const wrong = sources
      .filter((source) => source.layer === layer)
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ from }) => from.startsWith('.') && !from.endsWith('/package.json')) // holds the version, and no code
          .map((each) => ({ ...each, file, target: layerOf(path.join(path.dirname(file), each.from)) }))
          .filter(({ target }) => target !== layer)
          .filter(
            ({ target, typesOnly }) =>
              !MAY_RUN[layer].includes(target) && !(typesOnly && MAY_NAME[layer].includes(target)),
          )
          .map((each) => `src/${each.file} imports ${each.from}: ${INSTEAD[layer]}`),
      );
    expect(wrong).toEqual([]);
  });

  test('no command imports another, and of cli only the program knows the commands', () => {
    const wrong = sources.flatMap(({ file, layer, imports }) =>
      imports
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from }) => path.join(path.dirname(file), from))
        .filter((target) => target.startsWith('commands/'))
        .filter((target) =>
          layer === 'commands' ? sliceOf(target) !== sliceOf(file) : !/^cli\/(?:program|main)\.ts$/.test(file),
        )
        .map((target) => `src/${file} imports ${target}: ${INSTEAD[layer]}`),
    );
    expect(wrong).toEqual([]);
  });

  test('there is no cycle', () => {
    const targets = new Map(
      sources.map(({ file, imports }) => [
        file,
        imports
          .filter(({ from }) => from.startsWith('.'))
          .map(({ from }) => path.join(path.dirname(file), from).replace(/\.js$/, '.ts')),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
      if (way.includes(file) || done.has(file)) return;
      for (const target of targets.get(file) ?? []) visit(target, [...way, file]);
      done.add(file);
    };
    for (const file of targets.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('every source lies in a layer, below it nothing but the launcher', () => {
    const stray = fs.readdirSync(SOURCES).filter((name) => !(LAYERS as readonly string[]).includes(name));
    expect(stray.map((name) => `src/${name} is in no layer: put it into the folder whose promise it shares.`)).toEqual(
      [],
    );
    const launcher = fs.readFileSync(path.resolve(SOURCES, '../bin/regsweep.js'), 'utf8').trim().split('\n');
    expect(launcher, 'bin/regsweep.js calls start() and does nothing else: put code into src/cli.').toHaveLength(4);
  });
});

/** Files that may touch the file system; `cli` reads configuration and writes what the user asks to be written. */
const FILE_USERS: readonly RegExp[] = [
  /^scan\/tree-reader\.ts$/,
  /^scan\/leftover-search\.ts$/, // searches by pattern, reads only
  /^execute\/(?:reader|writer)\.ts$/,
  /^execute\/(?:guard|holder|registry-process|moving-uploads)\.ts$/, // look at /proc and at uploads, change nothing
  /^report\/html\/assets\.ts$/, // reads the style and script beside it; in a bundle they are inside
  /^cli\//,
];

/** Modules through which files are touched. */
const FILE_MODULES = /^(?:node:fs(?:\/promises)?|fs-extra|fast-glob|graceful-fs)$/;

/** Layers that are pure: no clock, chance, process, network, file or thread. */
const PURE: readonly Layer[] = ['model', 'manifest', 'inventory', 'plan', 'report', 'commands'];

/** Files of pure layers that may do more than compute. */
const EFFECTS: readonly RegExp[] = [
  /^report\/html\/assets\.ts$/,
  /^commands\/(?:\w+\/command|undo\/(?:undo|result|page)|check\/examine|ls\/listing|retain\/policy|completion\/(?:completions|tree-names))\.ts$/,
];

describe('one way in and one way out', () => {
  test('only the readers, the writer and the command line touch files', () => {
    const wrong = sources
      .filter(({ file }) => !FILE_USERS.some((user) => user.test(file)))
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ from, typesOnly }) => FILE_MODULES.test(from) && !typesOnly)
          .map(
            ({ from }) =>
              `src/${file} imports ${from}: go through scan/tree-reader.ts to read the tree, execute/writer.ts to change it.`,
          ),
      );
    expect(wrong).toEqual([]);
  });

  test.each(['scan/tree-reader.ts', 'execute/reader.ts'])('%s cannot write', (file) => {
    const reader = sources.find((source) => source.file === file);
    const writes =
      /\b(?:write\w*|append\w*|rename|unlink|rmdir|rm|mkdir\w*|truncate|chmod|chown|link|symlink|utimes|copyFile|cp)(?:Sync)?\b/g;
    const found = [...(reader?.code.matchAll(/\bfs\.(\w+)/g) ?? [])]
      .map(([, name]) => name!)
      .filter((name) => writes.test(name));
    expect(reader, `${file} is a place that only looks`).toBeDefined();
    expect(found.map((name) => `${file} uses fs.${name}: what changes the tree belongs in execute/writer.ts.`)).toEqual(
      [],
    );
  });

  test.each(PURE)('%s has no clock, chance, process or file', (layer) => {
    const wrong = sources
      .filter((source) => source.layer === layer && !EFFECTS.some((effects) => effects.test(source.file)))
      .flatMap(({ file, code, imports }) => [
        ...[
          ...code.matchAll(
            /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.\w+|\bperformance\.now\b|\bsetTimeout\b/g,
          ),
        ].map(
          ([found]) =>
            `src/${file} uses ${found}: take the value as an argument, as plan takes its clock from the request.`,
        ),
        ...imports
          .filter(({ from, typesOnly }) => from.startsWith('node:') && !typesOnly)
          .map(
            ({ from }) =>
              `src/${file} imports ${from}: ${layer} is pure; do the work in scan, execute or cli and pass the result.`,
          ),
      ]);
    expect(wrong).toEqual([]);
  });

  test('only layout.ts spells the reserved folders', () => {
    const spelled = /(['"`/])(?:_manifests|_layers|_uploads)\b/;
    const wrong = sources
      .filter(({ file, code }) => file !== 'model/layout.ts' && spelled.test(code))
      .map(({ file }) => `src/${file} spells a reserved folder: import the name or the path from model/layout.ts.`);
    expect(wrong).toEqual([]);
  });

  test('nobody removes a folder with all that is in it', () => {
    const wrong = sources
      .filter(
        ({ code }) => /recursive:\s*true/.test(code) && /\brm(?:Sync)?\(|\brmdir(?:Sync)?\([^)]*recursive/.test(code),
      )
      .map(({ file }) => `src/${file} removes recursively: name each entry, so that unknown content stays.`);
    expect(wrong).toEqual([]);
  });
});

describe('dependencies earn their keep', () => {
  const manifest = JSON.parse(fs.readFileSync(path.resolve(SOURCES, '../package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };

  test.each(Object.keys(manifest.dependencies))('%s is used at run time', (name) => {
    const users = sources.filter(({ imports }) =>
      imports.some(({ from, typesOnly }) => !typesOnly && packageOf(from) === name),
    );
    expect(
      users.length,
      `nothing in src imports ${name}: use it where it serves, or take it out of package.json.`,
    ).toBeGreaterThan(0);
  });

  test.each(['yaml', 'pino', 'pino-pretty', 'picocolors'])('%s is loaded where it is used', (name) => {
    const eager = sources.filter(({ code }) => new RegExp(`^import (?!type )[^;]*from '${name}'`, 'm').test(code));
    expect(
      eager.map(
        ({ file }) => `src/${file} imports ${name} at once: few runs need it, await import() it where they do.`,
      ),
    ).toEqual([]);
  });

  test('every package imported is a dependency', () => {
    const wrong = sources.flatMap(({ file, imports }) =>
      imports
        .map(({ from, typesOnly }) => ({ name: packageOf(from), typesOnly }))
        .filter(({ name, typesOnly }) => name !== undefined && !typesOnly && !(name in manifest.dependencies))
        .map(
          ({ name }) =>
            `src/${file} imports ${name}, which package.json does not list under dependencies: add it there.`,
        ),
    );
    expect(wrong).toEqual([]);
  });
});

describe('a file says what it promises', () => {
  test.each(sources.map(({ file }) => file))('%s opens with one to six lines of comment', (file) => {
    const lines = fs.readFileSync(path.join(SOURCES, file), 'utf8').split('\n');
    const end = lines.findIndex((line) => !line.startsWith('//'));
    expect(
      end,
      `src/${file}: open with the file's promise and the invariant it keeps, in one to six lines of //.`,
    ).toBeGreaterThan(0);
    expect(end, `src/${file}: say it in six lines; the rest belongs to the functions.`).toBeLessThanOrEqual(6);
  });
});

function readSources(): readonly Source[] {
  return fs
    .readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => {
      const text = fs.readFileSync(path.join(SOURCES, file), 'utf8');
      const code = text.replace(/^\s*\/\/.*$|\s\/\/ .*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
      return { layer: layerOf(file), file, code, imports: importsOf(code) };
    });
}

function layerOf(file: string): Layer {
  return file.split(path.sep)[0] as Layer;
}

function importsOf(code: string): readonly Import[] {
  const found: Import[] = [];
  for (const [, words = '', from] of code.matchAll(/^(?:import|export)\s+(?:([^'"]*?)\s+from\s+)?['"]([^'"]+)['"]/gm)) {
    const braces = /^\{([^}]*)\}$/.exec(words.trim())?.[1];
    const names = braces?.split(',').map((name) => name.trim()) ?? [];
    const inline = braces !== undefined && names.every((name) => name === '' || name.startsWith('type '));
    found.push({ from: from!, typesOnly: words.startsWith('type ') || inline });
  }
  for (const [, from] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ from: from!, typesOnly: false });
  return found;
}

/** The npm package that an import names, or undefined for our own files and Node's modules. */
function packageOf(from: string): string | undefined {
  if (from.startsWith('.') || from.startsWith('node:')) return undefined;
  const parts = from.split('/');
  return from.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
