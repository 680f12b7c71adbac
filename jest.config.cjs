// ESM-only dependencies (p-map, age-encryption and what they import) are transformed too, so that tests run the same CommonJS as the bundle.
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform: { '^.+\\.(m?[jt]s)$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  transformIgnorePatterns: ['/node_modules/(?!(p-map|age-encryption|@noble|@scure|@paulmillr|stringify-|indent-)[^/]*/)'],
  testTimeout: 60000,
  maxWorkers: 2,
}
