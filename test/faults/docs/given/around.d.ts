// What the pages of docs take as given around their blocks of code.
import type { Server } from 'node:http'
import type { Sessions, Store } from 'latchkey'
import type { FetchSessions } from 'latchkey/fetch'
import type { NextSessions } from 'latchkey/next'

declare global {
  namespace NodeJS {
    interface ProcessEnv {
      SESSION_SECRET: string
    }
  }
  const sessions: Sessions
  const session: FetchSessions & NextSessions
  const createSessions: typeof import('latchkey').createSessions
  const server: Server
  const id: string
  const userAgent: string
  const text: Buffer
  const signal: AbortSignal
  function handle(request: Request): Promise<Response>
  function myStore(n: number): Store
  function test(name: string, run: () => Promise<void>): void

  const app: import('express').Express
  const H3: typeof import('h3').H3
  const serve: (server: { fetch(request: Request): Promise<Response> }) => void
  const createYoga: typeof import('graphql-yoga').createYoga
  const schema: Parameters<typeof import('graphql-yoga').createYoga>[0]['schema']
  const fetchRequestHandler: typeof import('@trpc/server/adapters/fetch').fetchRequestHandler
  const router: import('@trpc/server').AnyTRPCRouter
  function redirect(path: string): never
  function stream(): Promise<void>
  function checkPassword(form: unknown): Promise<{ id: string }>
  function savePassword(userId: string, form: unknown): Promise<void>
}

declare module 'latchkey' {
  interface SessionData {
    visits?: number
    user?: unknown
    userId?: string
    cart?: string[]
  }
}
// In JavaScript. TypeScript has `SessionVariables`.
declare module 'hono' {
  interface ContextVariableMap {
    session: import('latchkey/fetch').WebSession
  }
}
// As Socket.IO's guide has it: its sockets know Node's request only.
declare module 'node:http' {
  interface IncomingMessage {
    session: import('express-session').Session & Partial<import('express-session').SessionData>
  }
}
declare module 'express-session' {
  interface SessionData {
    visits: number
  }
}
