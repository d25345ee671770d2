/**
 * Whether a suite that both tiers run tries every case, as jest.faults.config.mjs says for `npm run test:faults`. In
 * `npm test` it tries some of each kind.
 */
export const ALL_CASES = (globalThis as { allCases?: boolean }).allCases === true
