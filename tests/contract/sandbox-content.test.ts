/** The sandbox answers as live StackStorms of three versions did: content of packs, rules, policies, configs, overrides. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { copySync } from 'fs-extra'
import { startSandbox } from '../../src/sandbox/start'
import { readRecording, replay, type Outside } from '../support/recordings'

const FIXTURES = path.join(__dirname, '../fixtures')

/** What a recording does beside the API, done below a root. A pack is copied where the recording cloned it. */
function outside(root: string, { verb, path: file = '', to = '', url = '', text = '', mode, absent }: Outside): string | undefined {
  const target = path.join(root, file)
  if (verb === 'write') {
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, text)
  } else if (verb === 'remove') fs.rmSync(target, { recursive: true, force: true })
  else if (verb === 'git_clone') copySync(path.join(FIXTURES, 'packs', path.basename(url)), path.join(root, to))
  else if (verb === 'read') return readDifference(target, absent, mode, text)
  return undefined
}

function readDifference(file: string, absent: boolean | undefined, mode: string | undefined, text: string): string | undefined {
  if (absent || !fs.existsSync(file)) return absent === !fs.existsSync(file) ? undefined : `${file}: expected ${absent ? 'nothing' : 'a file'}`
  const found = { mode: `0o${(fs.statSync(file).mode & 0o7777).toString(8)}`, text: fs.readFileSync(file, 'utf8') }
  return found.mode === mode && found.text === text ? undefined : `expected ${JSON.stringify({ mode, text })}, got ${JSON.stringify(found)}`
}

/** Paths as they were on the recorded machine; of a schema error only the message, not the schema printed behind it. */
const asRecorded = (root: string) => (text: string): string => text.split(`${root}/opt/stackstorm`).join('/opt/stackstorm').replace(/\\n\\nFailed validating '(?:[^"\\]|\\.)*/g, '')

const recorded = (version: string): string[] => fs.readdirSync(path.join(FIXTURES, 'recordings', version)).filter((name) => name.startsWith('content-')).map((name) => name.replace('.jsonl', ''))

describe.each(['3.9.0', '3.8.1', '3.4.1'] as const)('sandbox of %s', (version) => {
  it.each(recorded(version))('%s', async (scenario) => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-content-'))
    const server = await startSandbox({ root, version })
    try {
      const exchanges = readRecording(version, scenario)
      expect(exchanges.length).toBeGreaterThan(5)
      expect(await replay(exchanges, server, { outside: (what) => outside(root, what), asRecorded: asRecorded(root) })).toEqual([])
    } finally {
      await server.stop()
      fs.rmSync(root, { recursive: true, force: true })
    }
  })
})
