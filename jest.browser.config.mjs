import base from './jest.config.mjs'

/** Only where it is asked for: `npm run test:site` builds the site first. */
const site = process.argv.some(arg => arg.includes('test/site'))

export default {
  ...base,
  testMatch: [`<rootDir>/test/${site ? 'site' : 'browser'}/**/*.test.ts`],
  testPathIgnorePatterns: ['/node_modules/'],
}
