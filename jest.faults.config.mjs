import base from './jest.config.mjs'

/** What needs replicas, outages, crowds, time or a packed package, and the torture lab's own tests. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/{faults,torture}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
}
