/*
Writes the tables of README.md and docs/cli.md out of the source itself, between lines like `<!-- begin exit-codes -->` and
`<!-- end exit-codes -->`.

  node scripts/docs.mjs            writes them
  node scripts/docs.mjs --check    writes nothing; exit 1 when one is stale
*/
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blocks } from './lib/blocks.mjs'
import { loadTables } from './lib/tables.mjs'

const root = join(fileURLToPath(import.meta.url), '..', '..')
const FILES = ['README.md', 'docs/cli.md']
const check = process.argv.includes('--check')
const made = blocks(await loadTables(root))

/** The file's text with every block filled; throws for a block that nobody makes. */
function filled(file, text) {
  return text.replace(/(<!-- begin ([\w-]+) -->\n)[\s\S]*?(<!-- end \2 -->)/g, (_, begin, name, end) => {
    if (made[name] === undefined) throw new Error(`${file}: nobody makes the block ${name}`)
    return `${begin}${made[name]}\n${end}`
  })
}

for (const file of FILES) {
  const path = join(root, file)
  const text = readFileSync(path, 'utf8')
  const fresh = filled(file, text)
  if (fresh === text) continue
  if (!check) writeFileSync(path, fresh)
  else {
    console.error(`${file} is stale: run \`npm run docs\` and commit it.`)
    process.exitCode = 1
  }
}
