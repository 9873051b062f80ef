// Completion in the real shells, typed at their prompts, on a tree that a registry wrote and one that somebody hostile did.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyFixture } from '../support/fixture.js';
import { mayUse } from '../support/programs.js';
import { PROGRAM } from './run.js';

let folder: string;
let root: string;
let environment: Record<string, string>;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-shells-'));
  root = copyFixture('demo');
  for (const name of ['$(touch pwned)', '`touch pwned`', ';touch pwned', 'x y']) {
    fs.mkdirSync(path.join(root, 'docker/registry/v2/repositories/evil/app/_manifests/tags', name), {
      recursive: true,
    });
  }
  fs.writeFileSync(path.join(folder, 'plan one.json'), '{}');
  fs.mkdirSync(path.join(folder, 'trees'));
  const bin = path.join(folder, 'bin');
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(bin, 'regsweep'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, {
    mode: 0o755,
  });
  environment = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    TERM: 'dumb',
    LC_ALL: 'C.UTF-8',
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: root,
  };
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(root, { recursive: true });
});

/** What is typed, and what the line is after TAB. `|` is where the cursor is said to be: the end, so a blank shows. */
const TYPED: readonly (readonly [string, string])[] = [
  ['regsweep che', 'regsweep check |'],
  ['regsweep rm --detail', 'regsweep rm --detailed-exitcode |'],
  ['regsweep du --sort tot', 'regsweep du --sort total |'],
  ['regsweep du --sort=tot', 'regsweep du --sort=total |'],
  ['regsweep rm le', 'regsweep rm legacy/|'],
  ['regsweep rm legacy/cron:', 'regsweep rm legacy/cron:7 |'],
  ['regsweep rm shop/web:l', 'regsweep rm shop/web:latest |'],
  ["regsweep rm 'shop/web:l", "regsweep rm 'shop/web:latest' |"],
  ['regsweep rm shop/web:1', 'regsweep rm shop/web:1.|'],
  ['regsweep rm shop/web:1.0 legacy/cron:', 'regsweep rm shop/web:1.0 legacy/cron:7 |'],
  ['regsweep rm shop/w', 'regsweep rm shop/web|'],
  ['regsweep gc shop/w', 'regsweep gc shop/web |'],
  [
    'regsweep rm shop/web@sha256:1269',
    `regsweep rm shop/web@sha256:1269765bd790c4d25d851ae78b6af3e71e60dd73de36a8045e13ecf82daddbb0 |`,
  ],
  ['regsweep gc --root ~/tre', 'regsweep gc --root ~/trees/|'],
  ['regsweep gc --root=tre', 'regsweep gc --root=trees/|'],
  ['regsweep apply pl', 'regsweep apply plan\\ one.json |'],
  ['regsweep rm evil/app:', 'regsweep rm evil/app:|'],
  ['regsweep rm --root "$(touch pwned)" ', 'regsweep rm --root "$(touch pwned)" |'],
];

/** A shell at a pseudo-terminal; each line is typed, completed, and read back. */
class Prompt {
  readonly #child;
  #output = '';
  #changed: () => void = () => undefined;

  constructor(command: string) {
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#changed();
    });
  }

  /** Sends `keys` and waits until the shell says `<<…>>`, which it returns. */
  async say(keys: string): Promise<string> {
    this.#output = '';
    this.#child.stdin.write(keys);
    for (;;) {
      const found = /<<([^<]*)>>/.exec(this.#output)?.[1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** From a file, so that what the terminal echoes is not taken for an answer. */
  async setUp(lines: readonly string[]): Promise<void> {
    const file = path.join(folder, 'setup');
    fs.writeFileSync(file, [...lines, `printf '<<ready>>'`, ''].join('\n'));
    expect(await this.say(`source ${file}\n`)).toBe('ready');
  }

  close(): void {
    this.#child.stdin.end();
    this.#child.kill('SIGHUP');
  }
}

const TAB_AND_TELL = '\t\x18';

describe.skipIf(!mayUse('bash', 'script'))('bash', () => {
  test('at the prompt', async () => {
    const prompt = new Prompt('bash --norc --noprofile -i');
    try {
      const setup = [
        'source <(regsweep completion bash)',
        `tell() { printf '<<%s|>>' "$READLINE_LINE"; READLINE_LINE=; }`,
        `bind -x '"\\C-x": tell'`,
        'bind "set bell-style none"',
      ];
      await prompt.setUp(setup);
      for (const [typed, wanted] of TYPED) expect(await prompt.say(typed + TAB_AND_TELL), typed).toBe(wanted);
    } finally {
      prompt.close();
    }
    expect(fs.existsSync(path.join(folder, 'pwned'))).toBe(false);
  });

  test('candidates, by the function alone', () => {
    const script = `source <(regsweep completion bash)
      COMP_LINE='regsweep rm shop/web:1'; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(regsweep rm shop/web : 1); COMP_CWORD=4
      _regsweep regsweep 1 :
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync('bash', ['-c', script], { env: environment, cwd: folder, encoding: 'utf8' });
    expect(ran).toMatchObject({ status: 0, stderr: '', stdout: '1.0\n1.1\n1.2\n' });
  });
});

describe.skipIf(!mayUse('zsh', 'script'))('zsh', () => {
  test('at the prompt', async () => {
    const prompt = new Prompt('zsh -f -i');
    try {
      const setup = [
        'unsetopt beep prompt_cr prompt_sp zle_bracketed_paste 2> /dev/null',
        'autoload -U compinit && compinit -D -u',
        'source <(regsweep completion zsh)',
        `tell() { print -rn -- "<<$BUFFER|>>"; BUFFER= }`,
        'zle -N tell',
        `bindkey '^X' tell`,
        `bindkey '^I' expand-or-complete`,
      ];
      await prompt.setUp(setup);
      for (const [typed, wanted] of TYPED) expect(await prompt.say(typed + TAB_AND_TELL), typed).toBe(wanted);
    } finally {
      prompt.close();
    }
    expect(fs.existsSync(path.join(folder, 'pwned'))).toBe(false);
  });
});

describe.skipIf(!mayUse('fish'))('fish', () => {
  const complete = (line: string): readonly string[] => {
    const ran = spawnSync('fish', ['--no-config', '-c', 'regsweep completion fish | source; complete -C "$LINE"'], {
      env: { ...environment, LINE: line },
      cwd: folder,
      encoding: 'utf8',
    });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    return ran.stdout.split('\n').filter(Boolean);
  };

  test.each([
    ['regsweep che', ['check\tFind damage: broken links, missing or corrupt blobs; exits with 5 if there is any']],
    ['regsweep du --sort=u', ['--sort=unique', '--sort=untagged']],
    ['regsweep rm le', ['legacy/']],
    ['regsweep rm shop/web:1', ['shop/web:1.0', 'shop/web:1.1', 'shop/web:1.2']],
    ["regsweep rm 'shop/web:l", ['shop/web:latest']],
    ['regsweep rm evil/app:', []],
    ['regsweep gc --root ~/tre', ['~/trees/']],
    ['regsweep gc --root=tre', ['--root=trees/']],
    ['regsweep apply pl', ['plan one.json']],
    ['regsweep rm --root "$(touch pwned)" ', []],
    ['regsweep rm --root (touch pwned) ', []],
  ])('%s', (line, wanted) => {
    expect(complete(line)).toEqual(wanted);
    expect(fs.existsSync(path.join(folder, 'pwned'))).toBe(false);
  });
});
