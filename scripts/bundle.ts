// How the program is bundled with esbuild, for the package (scripts/build.ts) and for one file that needs Node alone
// (scripts/standalone.ts).

import fs from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Plugin, transform } from 'esbuild';

/** What an ES module inside a CommonJS bundle takes for its address. */
const URL_OF_THIS_FILE = "const regsweepUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * Leaves out how yargs lays out the help that it writes: ours is another (src/cli/help.ts), and loading that costs 60 ms a start.
 */
const WITHOUT_YARGS_HELP: Plugin = {
  name: 'without-yargs-help',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:cliui|string-width)$/ }, ({ path, importer }) =>
      importer.includes('/node_modules/yargs/') ? { path, namespace: 'left-out' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents:
        path === 'cliui'
          ? "export default () => ({ div() {}, span() {}, resetOutput() {}, toString: () => 'help' });"
          : 'export default (text) => text.length;',
    }));
  },
};

/** Puts style and script of the HTML report into the bundle, minified, in place of the module that reads them from files. */
const REPORT_ASSETS: Plugin = {
  name: 'report-assets',
  setup(bundler) {
    bundler.onLoad({ filter: /\/src\/report\/html\/assets\.ts$/ }, async ({ path: file }) => {
      const minified = async (name: string, loader: 'css' | 'js'): Promise<string> => {
        const text = fs.readFileSync(path.join(path.dirname(file), name), 'utf8');
        const { code } = await transform(text, { loader, minify: true });
        return JSON.stringify(code);
      };
      const style = await minified('report.css', 'css');
      const script = await minified('report.js', 'js');
      return { contents: `export const STYLE = ${style}; export const SCRIPT = ${script};`, loader: 'js' };
    });
  },
};

/** Options that all bundles share. */
export const BUNDLED: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [WITHOUT_YARGS_HELP, REPORT_ASSETS],
};

/** Options of a bundle in CommonJS, the form that takes a code cache, with `code` as its entry. */
export function commonJs(code: string, banner = ''): BuildOptions {
  return {
    ...BUNDLED,
    stdin: { contents: code, resolveDir: process.cwd(), sourcefile: 'entry.ts', loader: 'ts' },
    format: 'cjs',
    // With a code cache, a script may not import: `import('node:http')` becomes a require.
    supported: { 'dynamic-import': false },
    banner: { js: `${banner}${URL_OF_THIS_FILE}` },
    define: { 'import.meta.url': 'regsweepUrl' },
  };
}

/** Bundles the source `entry` as an ES module. */
export async function moduleBundle(entry: string, outfile: string): Promise<void> {
  await build({ ...BUNDLED, entryPoints: [entry], format: 'esm', outfile, sourcemap: true });
}
