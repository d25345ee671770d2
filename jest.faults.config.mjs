import { existsSync } from 'node:fs'
import base from './jest.config.mjs'

/** NestJS is heavy: `npm run test:nest` gets it, and from then on its test is a part of this tier. */
const nest = existsSync(new URL('test/nest/node_modules', import.meta.url))

/** What needs replicas, outages, crowds, time or a packed package, and the torture lab's own tests. */
export default {
  ...base,
  testMatch: [
    '<rootDir>/test/{faults,torture,doors,nest}/**/*.test.ts',
    // Of these `npm test` tries some cases only: test/support/all-cases.ts.
    '<rootDir>/test/{codec,explorer,express-session}/**/*.test.ts',
    '<rootDir>/test/{contract/model,php/malformed}.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', ...(nest ? [] : ['<rootDir>/test/nest/'])],
  globals: { allCases: true },
}
