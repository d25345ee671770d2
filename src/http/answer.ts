import type { ServerResponse } from 'node:http'

/** An answer in place of the application's: nothing of it says what stands behind. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export function answerTo(error: unknown): Answer {
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  const body =
    status === 503
      ? 'The service is busy. Please try again in a moment.\n'
      : 'Something went wrong with your session. Please try again later.\n'
  return { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }, body }
}

/**
 * For frameworks that answer with what an error says: one for visitors, with the properties that http-errors have. Its `cause`
 * is the original.
 */
export function forVisitors(error: unknown): Error {
  const { status, headers, body } = answerTo(error)
  const { 'Content-Type': _, ...rest } = headers
  const shown = new Error(body.trim(), { cause: error })
  return Object.assign(shown, { status, statusCode: status, headers: rest, expose: true })
}

/** Sends it in place of what stood in this response. */
export function sendAnswer(res: ServerResponse, error: unknown): void {
  const { status, headers, body } = answerTo(error)
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  res.statusCode = status
  res.statusMessage = ''
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.end(body)
}
