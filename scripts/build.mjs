/*
Builds actions/st2upgrade.js, the one file that runs, and NOTICE.md, the notices of what it contains. Both are committed,
and the same sources give the same bytes everywhere.

  node scripts/build.mjs                      writes both
  node scripts/build.mjs --check              writes nothing; exit 1 when a committed file is not what would be built
  node scripts/build.mjs --entry F --out F    another entry, for tests (no NOTICE.md)
*/
import esbuild from 'esbuild'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { notices } from './notices.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, entry: { type: 'string' }, out: { type: 'string' } } })
const bundle = options.out ?? 'actions/st2upgrade.js'

/** zod brings its messages in 50 languages, 0.4 MB that nothing here uses. */
const englishOnly = {
  name: 'english-only',
  setup: ({ onLoad }) => onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: "export { default as en } from './en.js'", resolveDir: path.join(root, 'node_modules/zod/v4/locales') })),
}

/** axios looks at its start for fetch and FormData, which it is never given here: that alone makes Node load them, a tenth of each start of the program. */
const withoutFetch = {
  name: 'without-fetch',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]axios[\\/]lib[\\/]adapters[\\/]fetch\.js$/ }, () => ({ contents: 'export const getFetch = () => undefined' }))
    onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, ({ path: file }) => {
      const [text, look] = [fs.readFileSync(file, 'utf8'), "typeof G.FormData !== 'undefined' ? G.FormData : undefined"]
      if (!text.includes(look)) throw new Error(`${file} does not look for FormData as it did: see what it loads now`)
      return { contents: text.replace(look, 'undefined') }
    })
  },
}

/** docs/decisions/0002-one-bundle-for-node-14.md tells why each of these is as it is. */
async function build() {
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [options.entry ?? 'src/main.ts'],
    outfile: bundle,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Syntax as old as esbuild can make it: a Node that is too old shall get as far as saying so. Builtins are those of 14.18.
    target: 'node10.4',
    inject: ['src/polyfills.ts'],
    define: { 'import.meta.url': 'importMetaUrl' },
    legalComments: 'none',
    plugins: [englishOnly, withoutFetch],
    logLevel: 'warning',
  })
  const taken = Object.entries(Object.values(result.metafile.outputs)[0].inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return { text: fs.readFileSync(path.join(root, 'scripts/launcher.sh'), 'utf8') + result.outputFiles[0].text, inputs: taken.map(([file]) => file) }
}

function write(file, text, mode) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
  fs.chmodSync(file, mode)
}

function differs(file, text, mode) {
  const same = fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text && (fs.statSync(file).mode & 0o111) === (mode & 0o111)
  if (!same) console.error(`${path.relative(root, file)} is not what the sources give: run \`npm run build\` and commit it.`)
  return !same
}

const built = await build()
const files = [[path.resolve(root, bundle), built.text, 0o755]]
if (!options.entry) files.push([path.join(root, 'NOTICE.md'), notices(root, built.inputs), 0o644])
if (options.check) process.exitCode = files.filter((file) => differs(...file)).length > 0 ? 1 : 0
else files.forEach((file) => write(...file))
