// Tests run through the same compiler as the bundle. Its own few lines, since other transformers bring native packages that
// are not published for every platform, which a clean install then refuses.
const { createHash } = require('crypto')
const { readFileSync } = require('fs')
const { buildSync, transformSync, version } = require('esbuild')

const OWN_SOURCE = readFileSync(__filename)
// Modules are strict; as CommonJS they have to say so.
const STRICT = '"use strict";'

/**
 * A dependency comes whole, with all that it imports in one scope, as in the bundle: with a module for each of its files every call
 * from one to another goes through a getter, and a key derivation takes seconds.
 */
function dependency(file) {
  const options = { bundle: true, platform: 'node', format: 'cjs', target: 'node18', sourcemap: 'inline', sourcesContent: false, write: false, logLevel: 'error' }
  return { code: buildSync({ ...options, entryPoints: [file] }).outputFiles[0].text }
}

module.exports = {
  process(source, file) {
    if (/[\\/]node_modules[\\/]/.test(file)) return dependency(file)
    const { code, map } = transformSync(source, { sourcefile: file, loader: file.endsWith('.ts') ? 'ts' : 'js', format: 'cjs', target: 'node18', supported: { 'dynamic-import': false }, sourcemap: 'both', sourcesContent: false, banner: STRICT })
    return { code, map }
  },
  /** Without it a change of this file would leave old code in the cache. */
  getCacheKey(source, file) {
    return createHash('sha256').update(OWN_SOURCE).update(version).update(file).update('\0').update(source).digest('hex')
  },
}
