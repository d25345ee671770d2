import base from './jest.config.mjs'

/** What needs replicas, outages, crowds or time: see CONTRIBUTING in README.md. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
}
