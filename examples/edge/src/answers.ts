// What clients get: JSON, errors with shardwire's own stable code.

import { FrameError, ShardwireError } from 'shardwire'

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

export function refusal(
  status: number,
  code: string,
  message: string,
  headers?: Record<string, string>,
): Response {
  return json({ error: { code, message } }, status, headers)
}

/** What a client may know of an error. */
export function described(error: unknown) {
  if (error instanceof FrameError) {
    const { code, message, reason, offset } = error
    return { code, message, reason, offset }
  }
  // The message of ours says what is wrong with the input; any other is for the log alone.
  if (error instanceof ShardwireError) return { code: error.code, message: error.message }
  console.error(error)
  return { code: 'internal', message: 'something went wrong' }
}
