export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // The other tiers: jest.faults.config.mjs and jest.browser.config.mjs.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(faults|torture|doors|browser|nest|site)/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/test/full-stack/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^latchkey$': '<rootDir>/src/index.ts',
    '^latchkey/express$': '<rootDir>/src/express/index.ts',
    '^latchkey/express-session$': '<rootDir>/src/express-session/index.ts',
    '^latchkey/fastify$': '<rootDir>/src/fastify/index.ts',
    '^latchkey/fetch$': '<rootDir>/src/fetch/index.ts',
    '^latchkey/hono$': '<rootDir>/src/hono/index.ts',
    '^latchkey/koa$': '<rootDir>/src/koa/index.ts',
    '^latchkey/next$': '<rootDir>/src/next/index.ts',
    '^latchkey/metrics$': '<rootDir>/src/metrics/index.ts',
    '^latchkey/connect-redis$': '<rootDir>/src/connect-redis/index.ts',
    '^latchkey/contract$': '<rootDir>/src/contract/index.ts',
    '^latchkey/codec$': '<rootDir>/src/codec/index.ts',
    '^latchkey/php$': '<rootDir>/src/php/index.ts',
    '^#redis/sample$': '<rootDir>/src/redis/sample.ts',
  },
  // Most tests wait for real servers more than they compute; more at once would disturb those that look at the clock.
  maxWorkers: 2,
  // What jest keeps of the ES modules of every file would slow down those that come last, and they look at the clock.
  workerIdleMemoryLimit: '300MB',
  testTimeout: 30_000,
}
