/** Errors of files, in words: what happened to which path, and what to do next. */
import { Refusal } from '../core/exit-codes'

const TOLD: Record<string, [string, string]> = {
  ENOSPC: ['the disk is full', 'Free some space there (`df -h`), then run again: what is there already is kept.'],
  EDQUOT: ['the disk quota is used up', 'Free some space or raise the quota, then run again.'],
  EROFS: ['the file system is read-only', 'Mount it writable, or choose another directory.'],
  EACCES: ['not allowed', 'Run as a user who may, change the mode of the directory, or choose another one.'],
  EPERM: ['not allowed', 'Run as a user who may, or choose another directory.'],
  ENOENT: ['no such file or directory', 'Check the path.'],
  ENOTDIR: ['a part of the path is no directory', 'Check the path.'],
  EEXIST: ['something else is there already', 'Choose another path, or move what is there.'],
  EISDIR: ['it is a directory', 'Give the path of a file.'],
  EMFILE: ['too many open files', 'Raise the limit (`ulimit -n`), then run again.'],
  EIO: ['the disk reports an error', 'Check the disk (`dmesg`) before anything else.'],
}

/** `doing` is a verb, for example `write`. Errors that are none of the file system come back as they are. */
export function fileError(error: unknown, doing: string, path: string): Error {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (error instanceof Refusal || typeof code !== 'string') return error as Error
  const [what, advice] = TOLD[code] ?? [code, 'Check the path and the disk.']
  return new Refusal(`Cannot ${doing} ${path}: ${what}.`, advice)
}

/** Runs `work`; a file system's error becomes a {@link Refusal} that names the path. */
export async function withPath<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(error, doing, path)
  }
}
