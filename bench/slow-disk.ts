// A slow disk without one: loaded in front of the program (`node --import slow-disk.js …`), in each of its threads too, it waits before
// each call that goes to the tree. REGSWEEP_SLOW: `MS ROOT`. Reading and writing an open file waits for nothing: its opening did.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [, ms = '0', root = ''] = /^(\S+) (.*)$/.exec(process.env['REGSWEEP_SLOW'] ?? '') ?? [];
const asleep = new Int32Array(new SharedArrayBuffer(4));
const wait = (): unknown => Atomics.wait(asleep, 0, 0, Number(ms));
const isInside = (path: unknown): boolean => typeof path === 'string' && path.startsWith(root);

type Call = (...args: unknown[]) => unknown;
const calls = fs as unknown as Record<string, Call>;
const SYNC = ['readdirSync', 'openSync', 'statSync', 'lstatSync', 'renameSync', 'mkdirSync', 'rmdirSync', 'unlinkSync'];
for (const name of SYNC) {
  const call = calls[name]!;
  calls[name] = (...args) => {
    if (isInside(args[0])) wait();
    return call.apply(fs, args);
  };
}
const sync = fs.fsyncSync;
fs.fsyncSync = (fd) => {
  wait();
  sync(fd);
};
// The callbacks and promises of libuv wait in one of its threads; here in a timer, with as many in flight as the program has.
for (const name of ['readdir', 'lstat', 'unlink', 'rmdir']) {
  const call = calls[name]!;
  calls[name] = (...args) => (isInside(args[0]) ? setTimeout(() => call.apply(fs, args), Number(ms)) : call(...args));
}
const promises = fs.promises as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
for (const name of ['readdir', 'lstat', 'unlink', 'rmdir']) {
  const call = promises[name]!;
  promises[name] = async (...args) => {
    if (isInside(args[0])) await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return call.apply(fs.promises, args);
  };
}
syncBuiltinESMExports();
