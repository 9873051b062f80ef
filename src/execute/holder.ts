// Who holds a lock, and whether that process is surely gone: only one of this very host, boot and pid name space can be looked up,
// and only where /proc tells which those are. Anybody else counts as alive.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Holder {
  readonly host: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** Of the process, in clock ticks since boot: a pid used again has another. */
  readonly startTime: string;
  readonly since: string;
}

/** This process, as a holder since `nowMs`. */
export function thisProcess(nowMs: number): Holder {
  return {
    host: hostname(),
    bootId: contentOf('/proc/sys/kernel/random/boot_id'),
    pidNamespace: namespaceOf(),
    pid: process.pid,
    startTime: processAt(process.pid)?.startTime ?? '',
    since: new Date(nowMs).toISOString(),
  };
}

/** True where `held` was a process of where we are, `own`, and has ended. */
export function isGone(held: Holder, own: Holder): boolean {
  if (own.bootId === '' || own.pidNamespace === '') return false;
  if (held.host !== own.host || held.bootId !== own.bootId || held.pidNamespace !== own.pidNamespace) return false;
  if (!Number.isInteger(held.pid) || held.pid < 1) return false;
  const now = processAt(held.pid);
  // A pid that /proc does not show may be another user's, hidden by hidepid.
  return now === undefined ? !isThere(held.pid) : now.ended || now.startTime !== held.startTime;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Fields 3 and 22 of /proc/PID/stat; a zombie has ended, though no parent has waited for it yet. Undefined where none is shown. */
function processAt(pid: number): { readonly ended: boolean; readonly startTime: string } | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { ended: /^[ZXx]$/.test(fields[0] ?? ''), startTime: fields[19] ?? '' };
}

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // ignored error: without /proc no process is known to be gone, and a held lock stays held
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // ignored error: as above
  }
}
