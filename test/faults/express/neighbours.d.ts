// What the packages without types of their own look like from here; theirs on DefinitelyTyped would be as many packages again.
declare module 'passport' {
  import type { Request, RequestHandler } from 'express'
  export class Strategy {
    name: string
    authenticate(req: Request, options?: object): void
    success(user: object): void
    fail(challenge?: string, status?: number): void
  }
  export class Passport {
    use(strategy: Strategy): this
    serializeUser(
      serialize: (user: { name: string }, done: (error: unknown, id?: string) => void) => void,
    ): void
    deserializeUser(deserialize: (id: string, done: (error: unknown, user?: object) => void) => void): void
    authenticate(strategy: string, options?: object): RequestHandler
    initialize(): RequestHandler
    session(): RequestHandler
  }
  const passport: { Passport: typeof Passport; Strategy: typeof Strategy }
  export default passport
}
declare module 'connect-flash' {
  import type { RequestHandler } from 'express'
  export default function flash(): RequestHandler
}
declare module 'lusca' {
  import type { RequestHandler } from 'express'

  const lusca: { csrf(): RequestHandler }
  export default lusca
}
declare module 'multer' {
  import type { RequestHandler } from 'express'
  export default function multer(options?: object): { single(field: string): RequestHandler }
}
declare module 'compression' {
  import type { RequestHandler } from 'express'
  export default function compression(options?: object): RequestHandler
}
declare module 'cookie-parser' {
  import type { RequestHandler } from 'express'
  export default function cookieParser(secret?: string): RequestHandler
}
declare module 'supertest' {
  interface Response {
    status: number
    text: string
    headers: Record<string, string | string[] | undefined>
    body: Record<string, unknown>
  }
  interface Test extends PromiseLike<Response> {
    set(name: string, value: string): Test
    send(body: object): Test
    type(type: string): Test
    attach(field: string, file: Buffer, name: string): Test
    redirects(count: number): Test
    expect(status: number): Test
  }
  interface Agent {
    get(path: string): Test
    post(path: string): Test
  }
  const supertest: { agent(app: unknown): Agent }
  export default supertest
}
