// ESM-only dependencies (p-map, age-encryption and what they import) are transformed too, so that tests run the same CommonJS as the bundle.
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform: { '^.+\\.(m?[jt]s)$': '<rootDir>/scripts/jest-transform.cjs' },
  transformIgnorePatterns: ['/node_modules/(?!(p-map|age-encryption|@noble|@scure|@paulmillr|stringify-|indent-)[^/]*/)'],
  testSequencer: '<rootDir>/scripts/jest-longest-first.cjs',
  testTimeout: 60000,
  maxWorkers: 2,
}
