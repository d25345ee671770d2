// Modules of the application that the pages' blocks import, and packages that are not installed here.
declare module '*session.js' {
  export const session: import('latchkey/fetch').FetchSessions
}
declare module '*session.server.js' {
  export const session: import('latchkey/fetch').FetchSessions
}
declare module '*app.module.js' {
  export const AppModule: object
}
declare module '@nestjs/core' {
  export const NestFactory: { create(module: object): Promise<import('express').Express> }
}
