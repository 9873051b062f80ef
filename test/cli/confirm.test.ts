import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/cli/confirm.js';
import { EXIT } from '../../src/model/errors.js';

const NEVER = new AbortController().signal;

/** Asks on inputs that fail or end as `inputs` say, one after the other. */
function asking(inputs: readonly Readable[], output = new PassThrough()) {
  const rest = [...inputs];
  const reopened = (): Readable => {
    const next = rest.shift();
    if (next === undefined) throw new Error('no terminal');
    return next;
  };
  return confirm('Remove this?', NEVER, { input: reopened(), output, reopened });
}

function typed(...texts: readonly string[]): PassThrough {
  const input = new PassThrough();
  for (const text of texts) input.write(text);
  input.end();
  return input;
}

/** Fails when it is read, not before. */
function failing(code: string): Readable {
  return new Readable({
    read() {
      this.destroy(Object.assign(new Error(`read ${code}`), { code }));
    },
  });
}

async function answered(...texts: readonly string[]): Promise<boolean> {
  const output = new PassThrough();
  const answer = await asking([typed(...texts)], output);
  expect(String(output.read())).toContain('Remove this? [y/N] ');
  return answer;
}

test.each(['y\n', 'Y\n', 'yes\n', ' YES \n'])('%j is a yes', async (text) => expect(await answered(text)).toBe(true));

test.each(['\n', 'n\n', 'no\n', 'yep\n', 'yy\n', 'sure\n', 'y es\n', '1\n', 'true\n'])('%j is a no', async (text) =>
  expect(await answered(text)).toBe(false),
);

test('the end of input is a no, and what comes next has a line of its own', async () => {
  const output = new PassThrough();
  expect(await asking([typed()], output)).toBe(false);
  expect(String(output.read())).toMatch(/\[y\/N\] \n$/);
});

test('a signal ends the question', async () => {
  const controller = new AbortController();
  const terminal = { input: new PassThrough(), output: new PassThrough(), reopened: () => new PassThrough() };
  const asking = confirm('Remove this?', controller.signal, terminal);
  controller.abort(new Error('interrupted'));
  await expect(asking).rejects.toThrow('interrupted');
});

test.each(['EIO', 'EINTR', 'EAGAIN'])('%s while another job has the terminal: it asks again', async (code) => {
  expect(await asking([failing(code), failing(code), typed('y\n')])).toBe(true);
});

test('a terminal that never comes back is an error that says what to do', async () => {
  const failures = Array.from({ length: 9 }, () => failing('EIO'));
  await expect(asking(failures)).rejects.toMatchObject({
    exitStatus: EXIT.failed,
    message: 'the answer cannot be read: read EIO',
    hint: expect.stringContaining('--yes'),
  });
  await expect(asking([failing('EIO')])).rejects.toMatchObject({ message: 'the answer cannot be read: no terminal' });
});
