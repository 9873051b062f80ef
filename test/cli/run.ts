// The built program as a child process, as an operator runs it: nothing of this process's environment reaches it but what a
// test gives.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const PROGRAM = path.resolve(import.meta.dirname, '../../bin/regsweep.js');
/** The drop-in for delete_docker_registry_image.py. */
export const LEGACY = path.resolve(import.meta.dirname, '../../bin/delete_docker_registry_image.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given as --root, unless undefined. */
  readonly root?: string | undefined;
  readonly input?: string;
  /** Leaves stdin open, as a terminal or a pipe does whose writer takes its time. */
  readonly inputStaysOpen?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Called with the child once it runs. */
  readonly whileRunning?: (child: ReturnType<typeof spawn>) => void;
}

/** Runs `regsweep` with `words` and waits for its end. */
export function regsweep(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const all = options.root === undefined ? words : [...words, '--root', options.root];
  return runProgram(process.execPath, [PROGRAM, ...all], options);
}

/** Runs the drop-in for the old script on `v2`, which is the folder that the old script was given. */
export function legacyCli(words: readonly string[], v2: string, options: RunOptions = {}): Promise<Ran> {
  const environment = { REGISTRY_DATA_DIR: v2, ...options.environment };
  return runProgram(process.execPath, [LEGACY, ...words], { ...options, environment });
}

/** Runs a line of shell in which `regsweep` is the built program. */
export function shell(line: string, options: RunOptions & { readonly folder: string }): Promise<Ran> {
  const bin = path.join(options.folder, '.bin');
  fs.mkdirSync(bin, { recursive: true });
  const launcher = path.join(bin, 'regsweep');
  fs.writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, { mode: 0o755 });
  const environment = { ...options.environment, PATH: `${bin}:${process.env['PATH']}` };
  return runProgram('sh', ['-c', line], { ...options, environment });
}

export function runProgram(program: string, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: options.folder ?? '/',
      env: { PATH: process.env['PATH'], ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined); // ignored error: a program that reads no input may be gone already
    if (options.inputStaysOpen !== true) child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    options.whileRunning?.(child);
  });
}
