// The fault sweep, SQLite's way: the N-th call through the reader or the writer fails, N = 1, 2, 3 and so on until none is hit; once, for ever, or as
// the process's last. After each point every surviving tag is whole, the failure was given, and the same command ends as if undisturbed.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { change } from '../../src/cli/change.js';
import type { CarryingOptions } from '../../src/cli/options.js';
import { readSavedPlan } from '../../src/cli/saved-plan.js';
import type { Session } from '../../src/cli/session.js';
import { version } from '../../src/cli/version.js';
import { trash } from '../../src/commands/trash/command.js';
import { undoRun } from '../../src/commands/undo/undo.js';
import { Writer } from '../../src/execute/writer.js';
import { RegsweepError } from '../../src/model/errors.js';
import { type Request, requestOf } from '../../src/plan/request.js';
import { TreeReader } from '../../src/scan/tree-reader.js';
import { brokenTags } from './pullable.js';
import { differences, snapshot } from './snapshot.js';
import { World } from './world.js';

/** How a call fails: with an errno, at one call or from there on; or the process ends at it. */
export interface Fault {
  readonly through: 'reading' | 'writing';
  readonly errno: string;
  readonly lasts: 'once' | 'for ever';
}

export const FAULTS: readonly Fault[] = [
  { through: 'reading', errno: 'EIO', lasts: 'once' },
  { through: 'reading', errno: 'EACCES', lasts: 'for ever' },
  { through: 'writing', errno: 'EACCES', lasts: 'once' },
  { through: 'writing', errno: 'EBUSY', lasts: 'once' },
  { through: 'writing', errno: 'EIO', lasts: 'once' },
  { through: 'writing', errno: 'ENOSPC', lasts: 'for ever' },
  { through: 'writing', errno: 'EROFS', lasts: 'for ever' },
  { through: 'writing', errno: 'KILLED', lasts: 'for ever' },
];

export interface Tally {
  readonly command: string;
  readonly fault: Fault;
  readonly points: number;
  /** What went wrong, point by point. */
  readonly lost: readonly string[];
}

/** A process that is dead: no errno, nobody catches it for one. */
class Killed extends Error {}

const NOW_MS = Date.UTC(2026, 5, 1);
const OPTIONS: CarryingOptions = {
  'dry-run': false,
  yes: true,
  'keep-trash': false,
  'force-running': false,
  'detailed-exitcode': false,
  shell: false,
} as CarryingOptions;

type Io = NonNullable<Session['io']>;
type Ended = number | RegsweepError | Killed | Error;

export interface Scenario {
  readonly command: string;
  /** The same as a command line, without its root. */
  readonly words: readonly string[];
  /** The tree before the command. */
  readonly template: string;
  readonly run: (io: Io) => Promise<number>;
}

export class FaultSweep {
  readonly #folder: string;
  readonly #root: string;

  constructor() {
    const below = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
    this.#folder = fs.mkdtempSync(path.join(below, 'regsweep-faults-'));
    this.#root = path.join(this.#folder, 'tree');
  }

  remove(): void {
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The commands that are swept, each with its tree. */
  async scenarios(): Promise<readonly Scenario[]> {
    const rm = requestOf({
      command: 'rm',
      nowMs: NOW_MS,
      references: ['team/app:1.0', 'old/one', 'multi/app:2.0'],
      ignoreMissing: true,
    });
    const gc = requestOf({ command: 'gc', nowMs: NOW_MS, untagged: true });
    const full = this.#template('full', () => undefined);
    const change_ =
      (request: Request, options = OPTIONS) =>
      (io: Io) =>
        change(this.#session(io), request, options);
    const inPlace = { ...OPTIONS, 'in-place': true };
    const rmWords = ['rm', ...rm.references, '--ignore-missing', '--yes'];
    const found: Scenario[] = [
      { command: 'rm', words: rmWords, template: full, run: change_(rm) },
      { command: 'gc --untagged', words: ['gc', '--untagged', '--yes'], template: full, run: change_(gc) },
      { command: 'rm --in-place', words: [...rmWords, '--in-place'], template: full, run: change_(rm, inPlace) },
      {
        command: 'gc --untagged --in-place',
        words: ['gc', '--untagged', '--in-place', '--yes'],
        template: full,
        run: change_(gc, inPlace),
      },
    ];

    await this.#on(full);
    const plan = path.join(this.#folder, 'plan.json');
    const saving = { ...OPTIONS, 'dry-run': true, 'plan-out': plan };
    await change(this.#session(freshIo()), gc, saving);
    const saved = await readSavedPlan(plan, version());
    found.push({
      command: 'apply',
      words: ['apply', plan, '--yes'],
      template: full,
      run: (io) => change(this.#session(io), saved.request, OPTIONS, saved),
    });

    await this.#on(full);
    await change(this.#session(freshIo()), rm, { ...OPTIONS, 'keep-trash': true });
    const trashed = this.#keep('trashed');
    const undo = (io: Io) => undoRun(this.#session(io), undefined, OPTIONS);
    found.push({ command: 'undo', words: ['undo', '--yes'], template: trashed, run: undo });
    const empty = (io: Io) =>
      trash.run({ action: 'empty', run: [] } as unknown as Parameters<typeof trash.run>[0], this.#session(io));
    found.push({ command: 'trash empty', words: ['trash', 'empty'], template: trashed, run: empty });

    await this.#on(full);
    const half = Math.floor((await this.#count(change_(gc)))[1] / 2);
    await this.#on(full);
    await this.#run(change_(gc), failing({ through: 'writing', errno: 'KILLED', lasts: 'for ever' }, half));
    fs.rmSync(path.join(this.#root, '.regsweep/lock'));
    const cut = this.#keep('interrupted');
    found.push({ command: 'rm, putting back an interrupted gc', words: rmWords, template: cut, run: change_(rm) });

    await this.#on(trashed);
    const most = Math.floor(((await this.#count(undo))[1] * 2) / 3);
    await this.#on(trashed);
    await this.#run(undo, failing({ through: 'writing', errno: 'KILLED', lasts: 'for ever' }, most));
    fs.rmSync(path.join(this.#root, '.regsweep/lock'));
    const halfUndone = this.#keep('half-undone');
    found.push({
      command: 'gc, finishing an undo cut off',
      words: ['gc', '--untagged', '--yes'],
      template: halfUndone,
      run: change_(gc),
    });
    return found;
  }

  /**
   * Real processes, `deaths` in a row, each killed at a call of its own: `killed` runs one with `words` that is killed at its `n`-th
   * call of the kind that is tried, and says false where it ended by itself.
   */
  async kills(
    scenario: Scenario,
    name: string,
    killed: (words: readonly string[], n: number) => Promise<boolean>,
    deaths: 1 | 2 | 3 = 1,
  ): Promise<Pick<Tally, 'points' | 'lost'>> {
    await this.#on(scenario.template);
    const before = new Set(brokenTags(this.#v2));
    const undisturbed = await this.#run(scenario.run, freshIo());
    if (undisturbed !== 0) throw new Error(`${scenario.command} does not even work undisturbed: ${undisturbed}`);
    const end = await this.#settled();
    const lost: string[] = [];
    for (let n = 1; ; n += 1) {
      await this.#on(scenario.template);
      const words = [...scenario.words, '--root', this.#root];
      if (!(await killed(words, n))) return { points: n - 1, lost };
      for (let death = 1; death < deaths; death += 1) await killed(words, 1 + ((n * 7 + death * 3) % Math.max(n, 5)));
      await this.#compare(scenario, before, end, (what) =>
        lost.push(`${scenario.command}, killed at ${name} ${n}, ${deaths} in a row: ${what}`),
      );
    }
  }

  /**
   * `deaths` processes in a row, each killed at a call of its own: the first at every `stride`-th, the next at each of the first calls,
   * where they clear away what is left, and at some later ones. A file that is being written then is half there.
   */
  async killsInARow(scenario: Scenario, deaths: 2 | 3, stride = 1): Promise<Pick<Tally, 'points' | 'lost'>> {
    await this.#on(scenario.template);
    const before = new Set(brokenTags(this.#v2));
    const [, calls] = await this.#count(scenario.run);
    const end = await this.#settled();
    const lost: string[] = [];
    let points = 0;
    for (let n = 1; n <= calls; n += stride) {
      for (const second of secondsAfter(n, calls, stride)) {
        const places = deaths === 2 ? [n, second] : [n, second, 1 + ((n * 31 + second * 17) % Math.min(calls, 25))];
        await this.#on(scenario.template);
        for (const place of places) {
          await this.#run(scenario.run, failing(TORN, place));
          fs.rmSync(path.join(this.#root, '.regsweep/lock'), { force: true });
        }
        points += 1;
        await this.#compare(scenario, before, end, (what) =>
          lost.push(`${scenario.command}, killed at calls ${places.join(', then ')}: ${what}`),
        );
      }
    }
    return { points, lost };
  }

  /** Every `stride`-th point of `fault` in `scenario`. */
  async sweep(scenario: Scenario, fault: Fault, stride = 1): Promise<Tally> {
    await this.#on(scenario.template);
    const before = new Set(brokenTags(this.#v2));
    const counts = await this.#count(scenario.run);
    const calls = counts[fault.through === 'reading' ? 0 : 1];
    const end = await this.#settled();
    const lost: string[] = [];
    let points = 0;
    for (let n = 1; n <= calls; n += stride) {
      await this.#on(scenario.template);
      const note = (what: string): number => lost.push(`${scenario.command}, ${fault.errno} at call ${n}: ${what}`);
      const ended = await this.#run(scenario.run, failing(fault, n));
      points += 1;
      if (ended instanceof Error && !(ended instanceof RegsweepError) && !(ended instanceof Killed)) {
        note(
          `an error that nobody told: ${ended.message} ${ended.stack
            ?.match(/src\S+/g)
            ?.slice(0, 3)
            .join(' ')}`,
        );
      }
      // The lock of a process that is really dead is taken over; this one's process is alive.
      fs.rmSync(path.join(this.#root, '.regsweep/lock'), { force: true });
      await this.#compare(scenario, before, end, note);
    }
    return { command: scenario.command, fault, points, lost };
  }

  /** After a point: every tag is whole, and the same command again ends as if undisturbed. */
  async #compare(
    scenario: Scenario,
    before: ReadonlySet<string>,
    end: Map<string, string>,
    note: (what: string) => number,
  ): Promise<void> {
    for (const tag of brokenTags(this.#v2)) if (!before.has(tag)) note(`broken: ${tag}`);
    const again = await this.#run(scenario.run, freshIo());
    if (again instanceof Error && !isNothingLeft(again)) note(`the same command again: ${again.message}`);
    for (const tag of brokenTags(this.#v2)) if (!before.has(tag)) note(`broken after the same command again: ${tag}`);
    const difference = differences(end, await this.#settled());
    if (difference.length > 0) note(`ends otherwise: ${difference.slice(0, 3).join('; ')}`);
  }

  get #v2(): string {
    return path.join(this.#root, 'docker/registry/v2');
  }

  /** The registry's tree, once everything that nothing references is gone: what was cut off leaves litter at most. */
  async #settled(): Promise<Map<string, string>> {
    const sweep = requestOf({ command: 'gc', nowMs: NOW_MS, untagged: true, tagless: true });
    await this.#run((io) => change(this.#session(io), sweep, OPTIONS), freshIo());
    return snapshot(path.join(this.#root, 'docker'));
  }

  async #run(run: Scenario['run'], io: Io): Promise<Ended> {
    try {
      return await run(io);
    } catch (error) {
      return error as Error;
    }
  }

  /** Calls through reader and writer of an undisturbed run. */
  async #count(run: Scenario['run']): Promise<readonly [number, number]> {
    let reads = 0;
    let writes = 0;
    const count = (): void => {
      writes += 1;
    };
    await run({
      reader: new TreeReader(() => {
        reads += 1;
      }),
      writer: new Writer(count),
    });
    return [reads, writes];
  }

  #template(name: string, alter: (world: World) => void): string {
    const world = new World(path.join(this.#folder, name));
    allShapes(world);
    alter(world);
    return world.root;
  }

  /** Keeps the tree as it is now, as a template. */
  #keep(name: string): string {
    const template = path.join(this.#folder, name);
    fs.rmSync(template, { recursive: true, force: true });
    fs.cpSync(this.#root, template, { recursive: true, preserveTimestamps: true });
    return template;
  }

  async #on(template: string): Promise<void> {
    fs.rmSync(this.#root, { recursive: true, force: true });
    fs.cpSync(template, this.#root, { recursive: true, preserveTimestamps: true });
  }

  #session(io: Io): Session {
    const drain = async (pieces: Iterable<string>): Promise<void> => {
      for (const _ of pieces); // each is made, and nobody reads it
    };
    const output = { pieces: drain, lines: drain, failed: false };
    const style = { width: 100, bold: String, dim: String, warn: String, bad: String, good: String };
    return {
      options: { root: this.#root, json: false, quiet: true, verbose: false },
      stdout: output,
      stderr: output,
      style,
      errorStyle: style,
      bytes: 'exact',
      log: { info: () => undefined, warn: () => undefined, always: () => undefined, close: () => undefined },
      interruption: {
        signal: new AbortController().signal,
        status: () => undefined,
        check: () => undefined,
        checkpoint: async () => undefined,
        insist: () => undefined,
        abort: () => undefined,
        stop: () => undefined,
      },
      concurrency: undefined,
      canAsk: false,
      showsResult: false,
      showsProgress: false,
      explain: () => undefined,
      io,
      environment: {},
      now: () => NOW_MS,
      close: async () => undefined,
    } as unknown as Session;
  }
}

/** Places of the second death: where the next process clears away what the first left, and some later ones. */
function secondsAfter(n: number, calls: number, stride: number): readonly number[] {
  const places = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 17, 20].filter((_, at) => at % stride === n % stride);
  for (let place = 25 + (n % 10); place <= calls; place += 10 * stride + 13) places.push(place);
  return places;
}

const TORN: Fault = { through: 'writing', errno: 'TORN', lasts: 'for ever' };

/** A repeated command finds nothing left to name or to undo: that is the end that was wanted. */
function isNothingLeft(error: Error): boolean {
  return error instanceof RegsweepError && (error.code === 'no-such-name' || error.code === 'plan-differs');
}

function freshIo(): Io {
  return { reader: new TreeReader(), writer: new Writer() };
}

function failing({ through, errno, lasts }: Fault, at: number): Io {
  let calls = 0;
  const before = (call: string, file: string): void => {
    calls += 1;
    if (lasts === 'once' ? calls !== at : calls < at) return;
    // As a power cut leaves it: there, and not yet what it was to be.
    if (errno === 'TORN' && calls === at && call === 'write' && !fs.existsSync(file)) fs.writeFileSync(file, '{"half');
    if (errno === 'KILLED' || errno === 'TORN') throw new Killed('the process is dead');
    throw Object.assign(new Error(`${errno}: as the test wants it, ${call} '${file}'`), { code: errno, path: file });
  };
  return {
    reader: new TreeReader(through === 'reading' ? before : undefined),
    writer: new Writer(through === 'writing' ? before : undefined),
  };
}

/** One of everything, small. */
function allShapes(world: World): void {
  const app = world.image('team/app', '1.0', { layers: ['base', 'app 1.0'] });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1'], format: 'schema2' });
  world.image('team/app', '1.1', { layers: ['base', 'app 1.1 again'] });
  world.referrer('team/app', undefined, app);
  const multi = world.index('multi/app', '2.0', [{ layers: ['base', 'amd'] }, { layers: ['base', 'arm'] }]);
  world.signatureTag('multi/app', multi);
  world.copy('multi/app/nested', 'same', app);
  world.index('multi/app/nested', 'all', [app, { layers: ['nested own'] }]);
  world.schema1('old/one', 'v1', { layers: ['old'], signatures: ['by me'] });
  world.upload('team/app', 'b7a4a53e-6f11-4b0e-9e0f-3b8c3a3c1d1e', { startedAt: '2020-01-01T00:00:00Z', bytes: 20 });
  world.image('team/web', 'x', { layers: [{ name: 'aliased', alias: 'sha512' }] });
  world.image('team/web', undefined, { layers: ['untagged'] });
  world.blob('stray', 50);
}
