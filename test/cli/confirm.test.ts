import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/cli/confirm.js';

async function answered(...typed: readonly string[]): Promise<boolean> {
  const input = new PassThrough();
  const output = new PassThrough();
  for (const text of typed) input.write(text);
  input.end();
  const answer = await confirm('Remove this?', new AbortController().signal, input, output);
  expect(String(output.read())).toContain('Remove this? [y/N] ');
  return answer;
}

test.each(['y\n', 'Y\n', 'yes\n', ' YES \n'])('%j is a yes', async (typed) => expect(await answered(typed)).toBe(true));

test.each(['\n', 'n\n', 'no\n', 'yep\n', 'yy\n', 'sure\n', 'y es\n', '1\n', 'true\n'])('%j is a no', async (typed) =>
  expect(await answered(typed)).toBe(false),
);

test('the end of input is a no', async () => {
  expect(await answered()).toBe(false);
});

test('a signal ends the question', async () => {
  const controller = new AbortController();
  const asking = confirm('Remove this?', controller.signal, new PassThrough(), new PassThrough());
  controller.abort(new Error('interrupted'));
  await expect(asking).rejects.toThrow();
});
