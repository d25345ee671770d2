import type { ServerResponse } from 'node:http'
import { SessionError } from '../errors.ts'

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
export function forVisitors(error: unknown): Error & { headers: Record<string, string> } {
  const { status, headers, body } = answerTo(error)
  const { 'Content-Type': _, ...rest } = headers
  const shown = new Error(body.trim(), { cause: error })
  return Object.assign(shown, { status, statusCode: status, headers: rest, expose: true })
}

/** For a visitor who may try again: the store is away, too many wait, or a step was refused. */
export function isUnavailable(error: unknown): error is SessionError {
  return error instanceof SessionError && error.status === 503
}

/** Where a framework answers errors itself, its page for a session that failed says 500. It stays, as a 503. */
export function unavailable(page: Response, failure: unknown): Response {
  const { status, headers } = answerTo(failure)
  if (status !== 503 || page.status !== 500) return page
  const copy = new Response(page.body, { status, headers: page.headers })
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'Content-Type') copy.headers.set(name, value)
  }
  return copy
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
