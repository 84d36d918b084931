// Errors that a user is meant to see: one line, no stack, and the exit code.

/** Done. */
export const EXIT_DONE = 0
/** Bad data, or a run that failed. */
export const EXIT_FAILED = 1
/** Bad usage. */
export const EXIT_USAGE = 2

/** What ends a command: says what, where and what to do. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Bad data or a failed run. */
export function failed(message: string): Failure {
  return new Failure(EXIT_FAILED, message)
}

/** What the operating system says, in words, by its error code. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; check who may use it',
  EADDRNOTAVAIL: 'no such address here; check the host',
  ECONNREFUSED: 'nobody listens there; start the receiver, or check host and port',
  ECONNRESET: 'the other side closed the connection',
  EHOSTUNREACH: 'no way to that host; check the host',
  EISDIR: 'it is a directory; give a file',
  ELOOP: 'its symbolic links go round in circles; give another path',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
  ENAMETOOLONG: 'its name is too long; give another path',
  ENETUNREACH: 'no way to that network; check the host',
  ENOENT: 'no such file or folder; check the path',
  ENOSPC: 'no space left on the device; free some, or give another path',
  ENOTDIR: 'a part of its path is no folder; check the path',
  ENOTFOUND: 'no such host; check the name',
  ENXIO: 'it is a socket or has no other end; give a file or a pipe',
  EPERM: 'not permitted; check who may use it',
  EPIPE: 'the other side closed the connection',
  EROFS: 'the file system is read-only; give another path',
  ETIMEDOUT: 'no answer in time; check host and port',
}

/** The error's code, '' where it has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Whether an error says that whoever read our output has gone. */
export function isClosedPipe(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].includes(codeOf(error))
}

/** Whether a wait ended because its signal was aborted. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** An error of the operating system, or any other, in words. */
export function reasonOf(error: unknown): string {
  const known = SYSTEM_ERRORS[codeOf(error)]
  if (known !== undefined) return known
  return error instanceof Error ? error.message : String(error)
}

/** "cannot read FILE: why": an operation on a file or an address failed. */
export function cannot(verb: string, what: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  return failed(`cannot ${verb} ${what}: ${reasonOf(error)}`)
}
