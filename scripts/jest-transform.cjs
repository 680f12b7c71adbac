// Tests run through the same compiler as the bundle. Its own few lines, since other transformers bring native packages that
// are not published for every platform, which a clean install then refuses.
const { transformSync } = require('esbuild')

// Modules are strict; as CommonJS they have to say so.
const STRICT = '"use strict";'

module.exports = {
  process(source, file) {
    const { code, map } = transformSync(source, { sourcefile: file, loader: file.endsWith('.ts') ? 'ts' : 'js', format: 'cjs', target: 'node18', supported: { 'dynamic-import': false }, sourcemap: 'both', sourcesContent: false, banner: STRICT })
    return { code, map }
  },
}
