// Every failure as a page, with the status and the headers that came with it.
import type { NextFunction, Request, Response } from 'express'
import { HttpError } from './http-error.ts'
import { errorPage } from './pages/error.ts'
import { sendPage } from './pages/layout.ts'
import { visitorOf } from './visitor.ts'

export function notFound(): never {
  throw new HttpError(404, 'There is nothing at this address.')
}

/** For a session that could not be stored: the answer that was about to go out is not true any more. */
export function answerUnstored(error: unknown, req: Request, res: Response): void {
  res.removeHeader('Location')
  // Nor is there a session for the page to speak of.
  Object.assign(req, { session: undefined })
  answerError(error, req, res, () => {})
}

export function answerError(error: unknown, req: Request, res: Response, next: NextFunction): void {
  if (res.headersSent) {
    // Too late for a page: Express cuts the connection.
    next(error)
    return
  }
  const status = statusOf(error)
  // That a store is away is no fault of the shop, and its stack tells nothing.
  if (status === 503) console.error(`${req.method} ${req.path}: ${error}`)
  else if (status >= 500) console.error(`${req.method} ${req.path}:`, error)
  res.set(headersOf(error))
  const message = messageFor(status, error)
  if (req.accepts(['html', 'json', 'text']) !== 'html') {
    res.status(status).json({ status, message })
    return
  }
  const page = errorPage(status, message, res.get('Retry-After'))
  sendPage(res, { title: 'Not this time', visitor: visitorOf(req), main: page }, status)
}

function messageFor(status: number, error: unknown): string {
  if (propertyOf(error, 'code') === 'STORE_UNAVAILABLE')
    return 'The shop cannot reach the place where it keeps its sessions.'
  if (status === 503) return 'Too many requests of yours are waiting for each other already.'
  if (status >= 500) return 'The shop made a mistake. It has been written down.'
  return error instanceof Error ? error.message : 'The shop cannot do that.'
}

function statusOf(error: unknown): number {
  const status = propertyOf(error, 'status')
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500
}

function headersOf(error: unknown): Record<string, string> {
  const headers = propertyOf(error, 'headers')
  return typeof headers === 'object' && headers !== null ? { ...(headers as Record<string, string>) } : {}
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
